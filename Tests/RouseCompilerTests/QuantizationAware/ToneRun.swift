import Foundation
import RouseCompiler
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining

/// A run whose wake word is a rising tone, as far as `QuantizationAwareTraining` gets to see it: trained weights, feature
/// files and examples. Small enough for a debug build.
final class ToneRun {
  let folder: RunFolder

  init() throws {
    let path = NSTemporaryDirectory() + "rouse-tone-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    folder = RunFolder(path)
    var generator = SeededGenerator(seed: 21)
    try write(folder.calibrationFile) {
      (0..<8).map { (Self.stream($0 % 2 == 0 ? .rising : .falling, &generator), "positive") }
    }
    try write(folder.validationFile) {
      (0..<24).map { _ in (Self.stream(.rising, &generator), "positive") }
        + (0..<30).map { _ in (Self.stream(.falling, &generator), "negative") }
    }
    try write(folder.testFile) { [(Self.stream(.rising, &generator), "positive")] }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.path) }

  private func write(_ path: String, _ clips: () -> [(rows: [Int8], role: String)]) throws {
    var writer = try FeatureStoreWriter(
      path: path, stepMilliseconds: 10, provenance: [UInt8](repeating: 7, count: 32))
    for (index, clip) in clips().enumerated() {
      try writer.append(clip.rows, name: "clip \(index)", label: "", speaker: "", role: clip.role)
    }
    try writer.commit()
  }

  // MARK: - Sound

  enum Tone { case rising, falling, none }

  /// Rows of noise with a tone after `start` rows.
  static func rows(
    _ count: Int, _ tone: Tone, from start: Int, _ generator: inout SeededGenerator
  ) -> [Float] {
    (0..<count * 40).map { index in
      let (row, channel) = (index / 40 - start, index % 40)
      let centre = tone == .rising ? 4 + 2 * row : 36 - 2 * row
      let isTone = tone != .none && (0..<16).contains(row) && abs(channel - centre) < 2
      return generator.uniform(0, 4) + (isTone ? 5 : 0)
    }
  }

  /// More than a second of noise, because the detector is deaf for that long, then the tone.
  private static func stream(_ tone: Tone, _ generator: inout SeededGenerator) -> [Int8] {
    let start = 120 + generator.below(10)
    return rows(170, tone, from: start, &generator).map {
      Int8(max(0, min(255, ($0 / FeatureQuantization.scale).rounded())) - 128)
    }
  }

  /// Windows of noise, with a rising tone in every second one and a falling one in every fourth.
  struct Windows: ExampleSource {
    /// The step whose loss is infinite.
    var broken: Int?

    func fill(
      step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
      targets: FloatView, weights: FloatView, shards: Shards
    ) {
      let rows = input.shape[1]
      for example in 0..<targets.count {
        var generator = SeededGenerator(
          seed: 5, stream: UInt64(step * targets.count + example))
        let tone: Tone = example % 2 == 0 ? .rising : example % 4 == 1 ? .falling : .none
        targets[example] = tone == .rising ? 0.99 : 0.01
        weights[example] = step == broken ? .infinity : 1
        // A positive ends near the end of its tone.
        let start = rows - 16 - (tone == .rising ? generator.below(3) : generator.below(9) - 4)
        let window = ToneRun.rows(rows, tone, from: start, &generator)
        input.slice(example * window.count, count: window.count).copy(from: window)
      }
    }
  }

  // MARK: - Training

  static func preset(
    steps: Int, rate: Double, changes: [(String, String)] = []
  ) throws -> Preset {
    var yaml = try Preset(named: "demo").source
    for (old, new) in [
      ("clip_ms: 1500", "clip_ms: 200"), ("first_conv_filters: 32", "first_conv_filters: 6"),
      ("first_conv_kernel: 5", "first_conv_kernel: 3"), ("stride: 3", "stride: 2"),
      ("[64, 64, 64, 64]", "[8, 6]"), ("[[5], [7, 11], [9, 15], [23]]", "[[3], [2, 3]]"),
      ("batch: 128", "batch: 32"), ("time_masks: 2", "time_masks: 0"),
      ("frequency_masks: 2", "frequency_masks: 0"),
      ("average_decay: 0.995", "average_decay: 0.9"),
      (
        "  validate_every: 250\n",
        "  validate_every: 250\n  quantization_aware: {steps: \(steps), learning_rate: \(rate)}\n"
      ),
    ] + changes {
      guard yaml.contains(old) else { throw CancellationError() }
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    return try Preset(yaml: yaml, file: "tones.yaml")
  }

  /// The network after `steps` of float training.
  func model(_ preset: Preset, steps: Int) throws -> TrainedModel {
    var generator = SeededGenerator(seed: 1)
    let graph = try preset.architecture.graph(stepMilliseconds: 10, generator: &generator)
    var settings = preset.training
    settings.optimizer = .adam
    settings.dropout = 0
    settings.phases[0].steps = max(steps, 1)
    settings.phases[0].learningRate = 0.02
    settings.phases[0].warmUpSteps = 5
    let layout = ParameterLayout(graph)
    let trainer = Trainer(
      graph, settings: settings, examples: Windows(), state: TrainingState(graph, layout),
      threads: 1)
    for _ in 0..<steps { _ = try trainer.step() }
    return TrainedModel(
      graph: layout.graph(graph, with: trainer.state.average), preset: preset, wakeWord: "rise",
      provenance: TrainingProvenance(
        presetDigest: "00", corpusDigest: "11", seed: 1, steps: steps, bestStep: steps, score: nil))
  }

  func training(
    _ model: TrainedModel, threads: Int = 1, windows: Windows = Windows(),
    observer: TrainingObserver = TrainingObserver()
  ) -> FinishedTraining {
    FinishedTraining(
      model: model, folder: folder, examples: windows, hardNegatives: [], threads: threads,
      observer: observer)
  }
}
