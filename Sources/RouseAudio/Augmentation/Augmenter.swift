import RouseNumerics

/// How clips are varied. Probabilities in `0...1`; a value is drawn evenly from its range each time.
package struct AugmentationSettings: Hashable, Sendable {
  /// Speed and pitch together, see `Timing.spedUp`.
  package var speedProbability: Float = 0
  package var speed: ClosedRange<Float> = 0.9...1.1
  /// Milliseconds by which the clip moves to later times.
  package var shiftMilliseconds: ClosedRange<Float> = 0...0
  package var roomProbability: Float = 0.5
  package var noiseProbability: Float = 0.75
  package var snrDecibels: ClosedRange<Float> = -5...40
  /// Share of noisy clips whose noise is coloured noise instead of a recording; all of them without recordings.
  package var colouredNoiseShare: Float = 0.25
  package var gainDecibels: ClosedRange<Float> = -30...6

  package init() {}
}

/// Varies clips: speed, shift, room, noise, gain, and the clipping of a converter, in this order.
///
/// ```swift
/// let augmenter = Augmenter(settings, noises: noises, rooms: rooms)
/// let varied = augmenter.augment(samples, keeping: wordEnd, &generator)
/// ```
/// It is a value without state: the result depends on the samples and the generator, not on what was augmented before.
package struct Augmenter: Sendable {
  package let settings: AugmentationSettings
  private let noises: [[Float]]
  private let rooms: [RoomImpulse]

  /// - Parameters:
  ///   - noises: recordings at 16 kHz, of any length; empty ones are left out.
  ///   - rooms: responses at 16 kHz.
  package init(_ settings: AugmentationSettings, noises: [[Float]], rooms: [RoomImpulse]) {
    self.settings = settings
    self.noises = noises.filter { !$0.isEmpty }
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
    if generator.unit() < settings.speedProbability {
      y = spedUp(y, factor: draw(settings.speed, &generator), anchor: anchor, &generator)
    }
    let milliseconds = draw(settings.shiftMilliseconds, &generator)
    let shift = Int(milliseconds * Float(AudioClip.standardSampleRate) / 1000)
    if shift != 0 { y = Timing.shifted(y, by: shift, &generator) }
    if !rooms.isEmpty, generator.unit() < settings.roomProbability {
      y = rooms[generator.below(rooms.count)].applied(to: y)
    }
    if generator.unit() < settings.noiseProbability {
      let noise = noise(y.count, &generator)
      y = NoiseMixing.mixed(y, with: noise, snrDecibels: draw(settings.snrDecibels, &generator))
    }
    return Level.clipped(Level.scaled(y, decibels: draw(settings.gainDecibels, &generator)))
  }

  private func draw(_ range: ClosedRange<Float>, _ generator: inout SeededGenerator) -> Float {
    generator.uniform(range.lowerBound, range.upperBound)
  }

  private func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    if noises.isEmpty || generator.unit() < settings.colouredNoiseShare {
      let colour = ColouredNoise.allCases[generator.below(ColouredNoise.allCases.count)]
      return colour.samples(count, &generator)
    }
    let recording = noises[generator.below(noises.count)]
    return NoiseMixing.segment(
      of: recording, from: generator.below(recording.count), count: count)
  }

  /// Changes speed and puts `anchor` back in its place; near-silence fills what is missing.
  private func spedUp(
    _ x: [Float], factor: Float, anchor: Int, _ generator: inout SeededGenerator
  ) -> [Float] {
    let y = Timing.spedUp(x, factor: factor)
    let before = anchor - Int((Float(anchor) / factor).rounded())
    let moved =
      before >= 0 ? Timing.quiet(before, &generator) + y : Array(y.dropFirst(-before))
    guard moved.count < x.count else { return Array(moved.prefix(x.count)) }
    return moved + Timing.quiet(x.count - moved.count, &generator)
  }
}
