import RouseFrontEnd
import RouseNumerics

/// Where a trainer's batches come from.
package protocol ExampleSource: Sendable {
  /// Fills `input` `[batch, rows, 40]`, `targets` and `weights` `[batch]` for one step.
  ///
  /// Depends on the step's number and `hardNegatives` alone, never on steps before it, so that a resumed run sees the
  /// same batches.
  ///
  /// - Parameter hardNegatives: what the last search found; empty before the first.
  func fill(
    step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
    targets: FloatView,
    weights: FloatView, shards: Shards)
}

/// Draws windows from a feature bank.
///
/// Example `i` of step `s` depends on the seed, `s` and `i` only. Its first number of examples are positives.
package struct ExampleSampler: ExampleSource {
  package let bank: FeatureBank
  package let geometry: WindowGeometry
  package let examples: ExampleSettings
  package let training: TrainingSettings
  package let seed: UInt64
  /// What a teacher says of the bank; nil without one.
  private let lesson: Lesson?

  package init(_ bank: FeatureBank, _ preset: Preset, seed: UInt64, lesson: Lesson? = nil) {
    self.bank = bank
    self.lesson = lesson
    geometry = WindowGeometry(preset)
    examples = preset.examples
    training = preset.training
    self.seed = seed
  }

  package func fill(
    step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
    targets: FloatView,
    weights: FloatView, shards: Shards
  ) {
    let batch = targets.count
    let positives = max(1, Int((Double(batch) * training.positiveFraction).rounded()))
    let smoothing = Float(training.labelSmoothing) / 2
    let stepSeed = FeatureBank.GeneratorStream.steps.generator(seed, step).state
    shards.forEach({ _, rows in
      for example in rows {
        var generator = SeededGenerator(seed: stepSeed, stream: UInt64(example))
        let isPositive = example < positives
        let positive = isPositive ? generator.below(bank.positives.count) : nil
        let first =
          positive.map { positiveRow($0, &generator) } ?? negativeRow(hardNegatives, &generator)
        let label = isPositive ? 1 - smoothing : smoothing
        targets[example] = lesson?.target(label, row: first, positive: positive) ?? label
        weights[example] = Float(isPositive ? phase.positiveWeight : phase.negativeWeight)
        let count = geometry.rows * FeatureStreams.channels
        input.dequantize(
          bank.streams.values, from: first * FeatureStreams.channels, count: count,
          at: example * count, scale: FeatureQuantization.scale,
          zeroPoint: FeatureQuantization.zeroPoint)
      }
    })
  }

  /// First row, in the bank, of a window that ends shortly after the end of a wake word, or before it but in its second
  /// half.
  private func positiveRow(_ index: Int, _ generator: inout SeededGenerator) -> Int {
    let positive = bank.positives[index]
    let after = examples.wordEndMilliseconds
    let milliseconds = generator.uniform(Float(after.lowerBound), Float(after.upperBound))
    let middle = positive.word.lowerBound + positive.word.count / 2
    return row(
      positive.stream,
      endingAt: max(middle, positive.word.upperBound + Int(milliseconds * 16)))
  }

  /// A window that the network is wrong about, one anywhere in a stream without the wake word, or one that ends in the
  /// first half of a wake word.
  private func negativeRow(_ hard: [UInt32], _ generator: inout SeededGenerator) -> Int {
    if !hard.isEmpty, generator.unit() < Float(examples.hardNegatives.fraction) {
      return Int(hard[generator.below(hard.count)])
    }
    if generator.unit() < Float(examples.partialWordFraction) {
      let positive = bank.positives[generator.below(bank.positives.count)]
      let missing = generator.uniform(0.5, 0.9) * Float(positive.word.count)
      return row(positive.stream, endingAt: positive.word.upperBound - Int(missing))
    }
    let stream = bank.streams.ranges[bank.negatives[generator.below(bank.negatives.count)]]
    let windows = geometry.windows(inRows: stream.count)
    return stream.lowerBound + geometry.start(ofWindow: generator.below(windows))
  }

  /// The aligned window of a stream that ends nearest to `sample` and lies inside it.
  private func row(_ index: Int, endingAt sample: Int) -> Int {
    let stream = bank.streams.ranges[index]
    let last = geometry.start(ofWindow: geometry.windows(inRows: stream.count) - 1)
    let first = min(max(geometry.start(endingAt: sample), geometry.phase), last)
    return stream.lowerBound + first
  }
}
