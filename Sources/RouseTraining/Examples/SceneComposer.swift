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
  package let positives: WeightedClips
  package let negatives: WeightedClips
  package let noises: [Clip]
  package let settings: ExampleSettings
  /// Samples before the end of the word that a positive scene needs: a window and the time that the front end's noise
  /// estimates take to settle.
  package let samplesBeforeWordEnd: Int
  package let samplesAfterWordEnd: Int
  /// Ten seconds, or two windows when they are longer.
  package let negativeSceneSamples: Int

  static let rate = Float(AudioClip.standardSampleRate)
  /// One second is 2.5 time constants of the slower noise estimate (smoothing 0.025 at 10 ms a row).
  private static let settlingSamples = 16_000

  package init(
    positives: [Clip], negatives: [Clip], noises: [Clip], preset: Preset,
    settings: ExampleSettings? = nil
  ) {
    self.positives = WeightedClips(positives)
    self.negatives = WeightedClips(negatives)
    self.noises = noises
    let settings = settings ?? preset.examples
    self.settings = settings
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
    let first = start - word.lowerBound
    if generator.unit() < Float(settings.gatedProbability) {
      Self.silence(&scene, first..<first + sound.count)
    }
    Self.mix(sound, into: &scene, at: first)
    return Scene(samples: scene, word: start..<end)
  }

  /// Seconds of speech, pieces of words and noise with pauses between them, without the wake word.
  ///
  /// In a scene of isolated utterances the pauses are as long as those before a wake word: else any voice after quiet
  /// would be taken for it.
  package func negative(_ generator: inout SeededGenerator) -> Scene {
    var scene = roomTone(negativeSceneSamples, &generator)
    // One scene in ten holds no speech at all.
    let isNoise = generator.unit() < 0.1
    let isIsolated = !isNoise && generator.unit() < Float(settings.isolatedFraction)
    var at = Int(generator.uniform(0, 0.5) * Self.rate)
    while at < scene.count {
      var sound: [Float]
      if isNoise {
        sound = noise(scene.count, &generator)
      } else if !positives.isEmpty, generator.unit() < Float(settings.partialWordFraction) {
        sound = partialWord(&generator)
      } else {
        sound = strangeSpeech(&generator)
      }
      if isIsolated { sound = utterance(sound, &generator) }
      if generator.unit() < Float(settings.gatedProbability) {
        Self.silence(&scene, at..<at + sound.count)
      }
      Self.mix(
        Level.scaled(sound, decibels: generator.uniform(-12, 6)), into: &scene, at: at)
      at += sound.count + pause(isIsolated, &generator)
    }
    return Scene(samples: scene, word: nil)
  }

  /// Samples until somebody speaks again: mostly a moment, or up to two and a half seconds.
  private func pause(_ isIsolated: Bool, _ generator: inout SeededGenerator) -> Int {
    if isIsolated { return Int(generator.uniform(0.3, 2.5) * Self.rate) }
    let pause = generator.unit()
    return Int(pause * pause * Self.rate)
  }

  /// A held-out recording as it is: quiet before it, its own sound, and quiet after it.
  ///
  /// - Source: 1.5 s of noise of 10 steps of 16 bits before and 0.6 s after are how the reference results that this
  ///   project compares with were scored.
  package static func plain(
    _ samples: [Float], _ generator: inout SeededGenerator
  ) -> [Float] {
    Timing.padded(samples, before: 24_000, after: 9_600, &generator)
  }
}
