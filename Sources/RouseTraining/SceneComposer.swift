import RouseAudio
import RouseNumerics

/// A stretch of sound made of recordings, before augmentation.
package struct Scene {
  package var samples: [Float]
  /// The wake word in it; nil in a scene without.
  package var word: Range<Int>?
}

/// Puts recordings into longer stretches of sound, the way they would reach a device that listens all the time.
///
/// A value without state: a scene depends on the clips, the settings and the generator.
package struct SceneComposer: Sendable {
  package let positives: [Clip]
  package let negatives: [Clip]
  package let noises: [Clip]
  package let settings: ExampleSettings
  /// Samples before the end of the word that a positive scene needs: a window and the time that the front end's noise
  /// estimates take to settle.
  package let samplesBeforeWordEnd: Int
  package let samplesAfterWordEnd: Int
  /// Ten seconds, or two windows when they are longer.
  package let negativeSceneSamples: Int

  private static let rate = Float(AudioClip.standardSampleRate)
  /// One second is 2.5 time constants of the slower noise estimate (smoothing 0.025 at 10 ms a row).
  private static let settlingSamples = 16_000
  /// Of a long recording, one piece of at most this length goes into a scene.
  private static let longestPiece = 6 * 16_000

  package init(positives: [Clip], negatives: [Clip], noises: [Clip], preset: Preset) {
    self.positives = positives
    self.negatives = negatives
    self.noises = noises
    settings = preset.examples
    let step = preset.stepMilliseconds * 16
    // A window, the part of a row that the last step is not aligned by, and the front end's window of 30 ms.
    samplesBeforeWordEnd =
      Self.settlingSamples + 480 + step * (preset.windowRows + preset.architecture.stride)
    samplesAfterWordEnd =
      Int(settings.wordEndMilliseconds.upperBound * 16) + 480
      + step * (preset.architecture.stride + 2)
    negativeSceneSamples = max(10 * 16_000, 2 * step * preset.windowRows)
  }

  /// Hours of one scene without the wake word.
  package var negativeSceneHours: Double { Double(negativeSceneSamples) / 16_000 / 3600 }

  // MARK: - Scenes

  /// A positive recording in near-silence, sometimes with other speech before or after it.
  package func positive(_ clip: Clip, _ generator: inout SeededGenerator) -> Scene {
    let end = samplesBeforeWordEnd
    var scene = roomTone(end + samplesAfterWordEnd, &generator)
    var sound = clip.floats
    var word = clip.word
    // The recording's own background before the word must not be what gives it away.
    if generator.unit() < 0.5 {
      let margin = Int(generator.uniform(0.02, 0.2) * Self.rate)
      let start = max(0, word.lowerBound - margin)
      sound = faded(Array(sound[start...]))
      word = word.lowerBound - start..<word.upperBound - start
    }
    let start = end - word.count
    let level = Level.activePower(Array(sound[word]))
    if !negatives.isEmpty, generator.unit() < Float(settings.speechAroundProbability) {
      let before = speech(level: level, &generator)
      let gap = Int(generator.uniform(0.03, 0.6) * Self.rate)
      Self.mix(before, into: &scene, at: start - gap - before.count)
      // Whatever is before the word in its own recording would lie on top of that speech.
      sound = Array(sound[word.lowerBound...])
      word = 0..<word.count
    }
    if !negatives.isEmpty, generator.unit() < Float(settings.speechAroundProbability) / 2 {
      let gap = Int(generator.uniform(0.08, 0.4) * Self.rate)
      Self.mix(speech(level: level, &generator), into: &scene, at: end + gap)
    }
    Self.mix(sound, into: &scene, at: start - word.lowerBound)
    return Scene(samples: scene, word: start..<end)
  }

  /// Seconds of speech, pieces of words and noise with pauses between them, without the wake word.
  package func negative(_ generator: inout SeededGenerator) -> Scene {
    var scene = roomTone(negativeSceneSamples, &generator)
    // One scene in ten holds no speech at all.
    let isNoise = generator.unit() < 0.1
    var at = Int(generator.uniform(0, 0.5) * Self.rate)
    while at < scene.count {
      let sound: [Float]
      if isNoise {
        sound = noise(scene.count, &generator)
      } else if !positives.isEmpty, generator.unit() < Float(settings.partialWordFraction) {
        sound = partialWord(&generator)
      } else {
        sound = piece(of: negatives[generator.below(negatives.count)], &generator)
      }
      Self.mix(
        Level.scaled(sound, decibels: generator.uniform(-12, 6)), into: &scene, at: at)
      let pause = generator.unit()
      at += sound.count + Int(pause * pause * Self.rate)
    }
    return Scene(samples: scene, word: nil)
  }

  /// A held-out recording as it is: quiet before it, its own sound, and quiet after it.
  ///
  /// - Source: 1.5 s of noise of 10 steps of 16 bits before and 0.6 s after are how the reference results that this
  ///   project compares with were scored.
  package static func plain(
    _ samples: ClipSamples, _ generator: inout SeededGenerator
  ) -> [Float] {
    Timing.padded(samples.floats, before: 24_000, after: 9_600, &generator)
  }

  // MARK: - Parts

  /// Noise of 1 to 32 steps of 16 bits: the quiet that recordings of a real microphone have.
  private func roomTone(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    let decibels = generator.uniform(-90, -60)
    return Level.scaled((0..<count).map { _ in generator.uniform(-1, 1) }, decibels: decibels)
  }

  /// Other people's speech, half a second to two, about as loud as the word.
  private func speech(level: Double, _ generator: inout SeededGenerator) -> [Float] {
    var sound = piece(of: negatives[generator.below(negatives.count)], &generator)
    let length = Int(generator.uniform(0.5, 2) * Self.rate)
    if sound.count > length {
      let start = generator.below(sound.count - length)
      sound = faded(Array(sound[start..<start + length]))
    }
    let power = Level.activePower(sound)
    guard power > 0, level > 0 else { return sound }
    let factor = Float((level / power).squareRoot())
    let decibels = generator.uniform(-12, 3)
    return Level.scaled(sound.map { $0 * factor }, decibels: decibels)
  }

  /// The first half of a wake word at most, or its last part.
  private func partialWord(_ generator: inout SeededGenerator) -> [Float] {
    let clip = positives[generator.below(positives.count)]
    let word = clip.floats[clip.word]
    if generator.unit() < 0.5 {
      let kept = Int(generator.uniform(0.25, 0.5) * Float(word.count))
      return faded(Array(word.prefix(kept)))
    }
    let kept = Int(generator.uniform(0.25, 0.55) * Float(word.count))
    return faded(Array(word.suffix(kept)))
  }

  private func piece(of clip: Clip, _ generator: inout SeededGenerator) -> [Float] {
    guard clip.samples.count > Self.longestPiece else { return clip.floats }
    let start = generator.below(clip.samples.count - Self.longestPiece)
    return faded(clip.samples[start..<start + Self.longestPiece].map { Float($0) / 32768 })
  }

  private func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    guard !noises.isEmpty, generator.unit() < 0.8 else {
      let colour = ColouredNoise.allCases[generator.below(ColouredNoise.allCases.count)]
      return Level.scaled(colour.samples(count, &generator), decibels: -30)
    }
    let recording = noises[generator.below(noises.count)].floats
    return NoiseMixing.segment(
      of: recording, from: generator.below(recording.count), count: count)
  }

  /// Five milliseconds of fade at both ends: a cut must not click.
  private func faded(_ x: [Float]) -> [Float] {
    var y = x
    let length = min(80, y.count / 2)
    for i in 0..<length {
      let gain = Float(i) / Float(length)
      y[i] *= gain
      y[y.count - 1 - i] *= gain
    }
    return y
  }

  /// Adds `sound` to `scene` from `start` on, as far as it lies inside.
  private static func mix(_ sound: [Float], into scene: inout [Float], at start: Int) {
    let first = max(0, -start)
    let last = min(sound.count, scene.count - start)
    guard first < last else { return }
    for i in first..<last { scene[start + i] += sound[i] }
  }
}
