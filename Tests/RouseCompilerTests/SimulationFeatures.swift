import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining

/// Device features, 40 a row, that nobody recorded.
enum SimulationFeatures {
  static let type = Quantization(
    scale: FeatureQuantization.scale, zeroPoint: FeatureQuantization.zeroPoint)

  /// Rows like those of a voice: a slope over the channels, two peaks that wander, loud and quiet stretches.
  static func speechLike(_ rows: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    var peaks: (Float, Float, Float) = (8, 22, 0.5)
    return (0..<rows).flatMap { _ -> [Int8] in
      peaks.0 = min(16, max(3, peaks.0 + generator.uniform(-1, 1)))
      peaks.1 = min(36, max(18, peaks.1 + generator.uniform(-1.5, 1.5)))
      peaks.2 = min(1, max(0, peaks.2 + generator.uniform(-0.2, 0.2)))
      return (0..<40).map { channel in
        let (a, b) = (Float(channel) - peaks.0, Float(channel) - peaks.1)
        let shape = 60 / (1 + a * a / 9) + 45 / (1 + b * b / 16) - Float(channel)
        let loud = peaks.2 * (150 + shape) + generator.uniform(0, 25)
        return Int8(max(0, min(255, loud)) - 128)
      }
    }
  }

  static func noise(_ rows: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<rows * 40).map { _ in Int8(generator.below(256) - 128) }
  }
}

/// Class 1 has a rising tone at a random time, class 0 a falling one, in noise.
struct RisingTones: ExampleSource {
  let seed: UInt64

  func fill(
    step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
    targets: FloatView,
    weights: FloatView, shards: Shards
  ) {
    var generator = SeededGenerator(seed: seed, stream: UInt64(step))
    for example in 0..<targets.count {
      let isPositive = example % 2 == 0
      targets[example] = isPositive ? 1 : 0
      weights[example] = 1
      let window = Self.window(rows: input.shape[1], isPositive, &generator)
      input.slice(example * window.count, count: window.count).copy(from: window)
    }
  }

  static func window(
    rows: Int, _ isPositive: Bool, _ generator: inout SeededGenerator
  ) -> [Float] {
    let start = generator.below(8)
    return (0..<rows * 40).map { index in
      let (row, channel) = (index / 40, index % 40)
      let centre = isPositive ? start + row : start + rows - row
      return generator.uniform(0, 4) + (abs(channel - centre) < 2 ? 8 : 0)
    }
  }
}
