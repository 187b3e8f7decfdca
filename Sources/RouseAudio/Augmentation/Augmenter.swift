import RouseNumerics

/// Varies clips: the speaker (speed, pace, pitch, shift), the room (reverberation, noise), the microphone (equaliser, band
/// stop, soft clipping), the level, and the clipping of a converter, in this order.
///
/// ```swift
/// let augmenter = Augmenter(settings, noises: noises, rooms: rooms)
/// let varied = augmenter.augment(samples, keeping: wordEnd, &generator)
/// ```
/// It is a value without state: the result depends on the samples and the generator, not on what was augmented before.
package struct Augmenter: Sendable {
  package let settings: AugmentationSettings
  private let noises: [any SoundSource]
  private let rooms: [RoomImpulse]

  /// - Parameters:
  ///   - noises: recordings at 16 kHz, of any length; empty ones are left out.
  ///   - rooms: responses at 16 kHz.
  package init(
    _ settings: AugmentationSettings, noises: [any SoundSource], rooms: [RoomImpulse]
  ) {
    self.settings = settings
    self.noises = noises.filter { $0.count > 0 }
    self.rooms = rooms
  }

  /// A variation of `x`, as long as `x`, within `[-1, 1]`.
  ///
  /// - Parameter anchor: the sample that speed does not move: the word's end, when its position matters. Only a shift moves
  ///   it, and the default settings do not shift.
  package func augment(
    _ x: [Float], keeping anchor: Int = 0, _ generator: inout SeededGenerator
  ) -> [Float] {
    guard !x.isEmpty else { return x }
    var y = x
    varySpeaker(&y, anchor, &generator)
    varyRoom(&y, &generator)
    varyMicrophone(&y, &generator)
    varyLevel(&y, &generator)
    return y
  }

  /// True with `probability`; nothing is drawn when it is 0.
  private func occurs(_ probability: Float, _ generator: inout SeededGenerator) -> Bool {
    probability > 0 && generator.unit() < probability
  }

  private func draw(_ range: ClosedRange<Float>, _ generator: inout SeededGenerator) -> Float {
    generator.uniform(range.lowerBound, range.upperBound)
  }
}

// MARK: - Stages

extension Augmenter {
  private func varySpeaker(
    _ y: inout [Float], _ anchor: Int, _ generator: inout SeededGenerator
  ) {
    if occurs(settings.speedProbability, &generator) {
      let factor = draw(settings.speed, &generator)
      place(
        SpeedChange.applied(to: y, factor: factor), scale: 1 / factor, in: &y, anchor, &generator)
    }
    if occurs(settings.stretchProbability, &generator) {
      let factor = draw(settings.stretch, &generator)
      let count = max(1, Int((Float(y.count) * factor).rounded()))
      place(TimeStretch.stretched(y, to: count), scale: factor, in: &y, anchor, &generator)
    }
    if occurs(settings.pitchProbability, &generator) {
      y = PitchShift.shifted(y, semitones: draw(settings.pitchSemitones, &generator))
    }
    let milliseconds = draw(settings.shiftMilliseconds, &generator)
    let shift = Int(milliseconds * Float(AudioClip.standardSampleRate) / 1000)
    if shift != 0 { y = Timing.shifted(y, by: shift, &generator) }
  }

  private func varyRoom(_ y: inout [Float], _ generator: inout SeededGenerator) {
    if !rooms.isEmpty, occurs(settings.roomProbability, &generator) {
      y = rooms[generator.below(rooms.count)].applied(to: y)
    }
    if occurs(settings.noiseProbability, &generator) {
      if noises.isEmpty || generator.unit() < settings.colouredNoiseShare {
        addColouredNoise(to: &y, settings.snrDecibels, &generator)
      } else {
        let recording = noises[generator.below(noises.count)]
        let under = NoiseMixing.segment(
          of: recording, from: generator.below(recording.count), count: y.count)
        NoiseMixing.mix(under, into: &y, snrDecibels: draw(settings.snrDecibels, &generator))
      }
    }
    if occurs(settings.hissProbability, &generator) {
      addColouredNoise(to: &y, settings.hissDecibels, &generator)
    }
  }

  private func varyMicrophone(_ y: inout [Float], _ generator: inout SeededGenerator) {
    if occurs(settings.equaliserProbability, &generator) {
      Equaliser.apply(to: &y, decibels: settings.equaliserDecibels, &generator)
    }
    if occurs(settings.bandStopProbability, &generator) { BandStop.apply(to: &y, &generator) }
    if occurs(settings.softClipProbability, &generator) {
      SoftClipping.apply(to: &y, drive: draw(settings.softClipDrive, &generator))
    }
  }

  private func varyLevel(_ y: inout [Float], _ generator: inout SeededGenerator) {
    var factor = Level.factor(decibels: draw(settings.gainDecibels, &generator))
    if occurs(settings.fullScaleProbability, &generator) {
      let peak = AudioKernels.peak(y)
      let wanted = Level.factor(decibels: draw(settings.fullScaleDecibels, &generator))
      if peak > 0 { factor = min(wanted / peak, Self.largestFullScaleGain) }
    }
    AudioKernels.scale(&y, by: factor, limit: 1)
  }

  /// 40 dB: what is quieter is a pause, and a pause at full scale would be noise that no device hears.
  private static let largestFullScaleGain: Float = 100

  private func addColouredNoise(
    to y: inout [Float], _ decibels: ClosedRange<Float>, _ generator: inout SeededGenerator
  ) {
    let colour = ColouredNoise.allCases[generator.below(ColouredNoise.allCases.count)]
    let noise = colour.samples(y.count, &generator)
    NoiseMixing.mix(noise, into: &y, snrDecibels: draw(decibels, &generator))
  }

  /// Replaces `x` by `y`, which is `scale` times as long, with `anchor` where it was in `x`; near-silence fills what is
  /// missing.
  private func place(
    _ y: [Float], scale: Float, in x: inout [Float], _ anchor: Int,
    _ generator: inout SeededGenerator
  ) {
    let before = anchor - Int((Float(anchor) * scale).rounded())
    let kept = y[min(max(-before, 0), y.count)...].prefix(max(x.count - max(before, 0), 0))
    var moved = Timing.quiet(min(max(before, 0), x.count), &generator) + kept
    moved += Timing.quiet(x.count - moved.count, &generator)
    x = moved
  }
}
