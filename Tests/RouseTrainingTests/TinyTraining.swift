import RouseIR
import RouseNumerics
import RouseTraining

/// A network and a problem small enough for a debug build.
enum TinyTraining {
  static let architecture = MixedNetArchitecture(
    clipMilliseconds: 100, firstConvFilters: 4, firstConvKernel: 3, stride: 2,
    pointwiseFilters: [6, 5], mixconvKernels: [[3], [2, 3]])

  static func graph(seed: UInt64 = 1) throws -> Graph {
    var generator = SeededGenerator(seed: seed)
    return try MixedNet.graph(architecture, stepMilliseconds: 10, generator: &generator)
  }

  static func settings(batch: Int = 32, steps: Int = 150) throws -> TrainingSettings {
    var settings = try Preset(named: "esphome-standard").training
    settings.batch = batch
    settings.optimizer = .adam
    settings.dropout = 0
    settings.labelSmoothing = 0.02
    settings.phases[0].steps = steps
    settings.phases[0].masks = SpectrumMasks()
    settings.phases[0].learningRate = 0.03
    settings.phases[0].finalLearningRate = 0.0001
    settings.phases[0].warmUpSteps = 5
    return settings
  }

  /// Class 1 has a rising tone at a random time, class 0 a falling one: an easy problem that needs the time axis.
  struct Tones: ExampleSource {
    let seed: UInt64

    func fill(
      step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
      targets: FloatView,
      weights: FloatView, shards: Shards
    ) {
      var generator = SeededGenerator(seed: seed, stream: UInt64(step))
      let rows = input.shape[1]
      for example in 0..<targets.count {
        let isPositive = example % 2 == 0
        targets[example] = isPositive ? 1 : 0
        weights[example] = Float(isPositive ? phase.positiveWeight : phase.negativeWeight)
        let start = generator.below(8)
        for row in 0..<rows {
          let centre = isPositive ? start + row : start + rows - row
          for channel in 0..<40 {
            input[(example * rows + row) * 40 + channel] =
              generator.uniform(0, 2) + (abs(channel - centre) < 2 ? 8 : 0)
          }
        }
      }
    }
  }
}
