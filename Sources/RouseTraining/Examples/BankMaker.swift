import RouseAudio
import RouseNumerics

/// Composes and augments the streams of banks.
///
/// Stream `index` of a generation depends on the recordings, the preset, the seed and those two numbers, so that any
/// thread may make it at any time.
package struct BankMaker: Sendable {
  private let composer: SceneComposer
  private let augmenter: Augmenter
  private let preset: Preset
  private let seed: UInt64
  private let positives: Int
  /// Streams of a bank: those with the wake word come first.
  package let count: Int

  package init(_ composer: SceneComposer, _ augmenter: Augmenter, preset: Preset, seed: UInt64) {
    self.composer = composer
    self.augmenter = augmenter
    self.preset = preset
    self.seed = seed
    positives = preset.examples.positiveStreams
    let negatives = (preset.examples.negativeHours / composer.negativeSceneHours).rounded()
    count = positives + max(1, Int(negatives))
  }

  /// Rows of a bank; the last of a stream may be missing.
  var rows: Int {
    let positive = composer.samplesBeforeWordEnd + composer.samplesAfterWordEnd
    let samples = positives * positive + (count - positives) * composer.negativeSceneSamples
    return samples / (preset.stepMilliseconds * Architecture.samplesPerMillisecond) + count
  }

  /// Rows of a stream with the wake word that end no later than the word.
  var rowsBeforeWordEnd: Int {
    (composer.samplesBeforeWordEnd - Architecture.windowSamples)
      / (preset.stepMilliseconds * Architecture.samplesPerMillisecond) + 1
  }

  /// For each stream with the wake word the name of the recording in it.
  var positiveRecordings: [String] {
    (0..<positives).map { composer.positives.spread($0, of: positives).record.name }
  }

  /// The feature rows of a stream and where the wake word is in it; nil in one without.
  package func stream(_ index: Int, generation: Int) -> (rows: [Int8], word: Range<Int>?) {
    let scene: Scene
    var generator: SeededGenerator
    if index < positives {
      generator = FeatureBank.GeneratorStream.positives.generator(
        seed, index, generation: generation)
      scene = composer.positive(composer.positives.spread(index, of: positives), &generator)
    } else {
      generator = FeatureBank.GeneratorStream.negatives.generator(
        seed, index - positives, generation: generation)
      scene = composer.negative(&generator)
    }
    let varied = augmenter.augment(
      scene.samples, keeping: scene.word?.upperBound ?? 0, &generator)
    return (FeatureStreams.rows(varied, stepMilliseconds: preset.stepMilliseconds), scene.word)
  }
}
