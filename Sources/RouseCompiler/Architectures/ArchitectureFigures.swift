import Foundation
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining

/// What the network of a preset takes from a target, before anything is trained.
public struct ArchitectureFigures: Hashable, Sendable, Encodable {
  /// Name of the preset.
  public var preset: String
  /// Numbers that training changes.
  public var parameters: Int
  /// Sound that one decision depends on.
  public var windowMilliseconds: Int
  /// Sound between two inferences.
  public var stepMilliseconds: Int
  /// Multiply-accumulates of one inference.
  public var multiplyAccumulates: Int
  /// int8 weights and int32 biases.
  public var weightBytes: Int
  /// The `.tflite` file.
  public var fileBytes: Int
  /// The manifest's `tensor_arena_size`.
  public var arenaBytes: Int
  /// Estimated time of one inference.
  public var inferenceMicroseconds: Int
  /// Estimated share of the time that is spent on inferences and features, in percent, rounded up.
  public var loadPercent: Int
  /// Name of the target's profile and what runs on it.
  public var target: String
  public var firmware: String
  public var canRun: Bool
  /// Why the firmware cannot run it, as `rouse check` says it; empty when it can.
  public var obstacles: [String]
}

extension ArchitectureFigures {
  /// Really compiles the network for the target with new weights, calibrated on generated sound.
  ///
  /// Sizes and costs are those of a trained network up to what the compiler chooses by measured error: which layers get
  /// one weight scale, and so may become dense ones.
  ///
  /// - Throws: what the passes throw for a network that cannot be streamed or quantized.
  public init(of preset: Preset, on profile: TargetProfile) throws {
    var generator = SeededGenerator(seed: 0)
    let training = try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &generator)
    let request = Self.request(training, preset, profile)
    let window = try FoldBatchNorm.apply(to: training)
    let streaming = try MakeStreaming.apply(to: window)
    let calibrated = try Calibrate.apply(
      to: DeployableModel(window: window, streaming: streaming), over: request.calibration)
    let quantized = try QuantizeModel.apply(to: try Tune.apply(to: calibrated, request))
    let lowered = try Lower.apply(
      to: quantized.streaming, for: profile, objective: request.objective, passes: request.passes)
    let planned = try Plan.apply(to: quantized, Self.detection(preset), lowered, request)
    let check = try Check.report(
      CheckRequest(
        inputs: [.init(file: preset.name, model: .bytes(planned.tfliteBytes))], profile: profile))

    let rows = streaming[streaming.inputs[0]].type.shape[1]
    let stepMicroseconds = 1000 * rows * preset.stepMilliseconds
    let time = planned.budget.time
    self.init(
      preset: preset.name,
      parameters: training.values.reduce(0) { $0 + ($1.isParameter ? $1.type.shape.count : 0) },
      windowMilliseconds: Self.windowMilliseconds(preset),
      stepMilliseconds: rows * preset.stepMilliseconds,
      multiplyAccumulates: Self.multiplyAccumulates(streaming),
      weightBytes: Self.weightBytes(quantized.streaming), fileBytes: planned.tfliteBytes.count,
      arenaBytes: planned.arena.recommendedBytes,
      inferenceMicroseconds: time?.parts.first?.amount ?? 0,
      loadPercent: ((time?.used ?? 0) * 100 + stepMicroseconds - 1) / stepMicroseconds,
      target: profile.name, firmware: profile.currentFirmware.release,
      canRun: check.verdict == .fits,
      obstacles: check.findings.filter { $0.severity == .error }.map(\.message))
  }

  private static func request(
    _ training: Graph, _ preset: Preset, _ profile: TargetProfile
  ) -> CompilationRequest {
    let features = MicroFrontEnd.features(
      of: Array(GeneratedSound.samples.prefix(soundSamples)),
      stepMilliseconds: preset.stepMilliseconds)
    var request = CompilationRequest(
      source: SourceModel(
        graph: training, wakeWord: preset.name, stepMilliseconds: preset.stepMilliseconds,
        origin: "preset \(preset.name)", corpusDigest: nil),
      calibration: [features.deviceInt8], heldOut: [],
      validation: .init(positives: [], ambient: []), profile: profile, name: preset.name,
      output: "")
    // What these choose moves ranges and biases, and no byte of a file's size.
    request.passes.subtract([.searchRanges, .correctBias, .shapeLogit])
    return request
  }

  /// Four seconds: more than any preset hears at once.
  private static let soundSamples = 4 * MicroFrontEnd.sampleRate

  /// No decision is made: any cutoff does.
  private static func detection(_ preset: Preset) -> Detection {
    Detection(cutoff: 127, window: preset.detection.slidingWindow)
  }

  private static func windowMilliseconds(_ preset: Preset) -> Int {
    (preset.windowRows - 1) * preset.stepMilliseconds
      + 1000 * MicroFrontEnd.windowSamples / MicroFrontEnd.sampleRate
  }

  private static func multiplyAccumulates(_ streaming: Graph) -> Int {
    streaming.nodes.reduce(0) { sum, node in
      let shapes = (streaming.inputTypes(of: node), streaming.outputTypes(of: node))
      return sum + node.op.definition.cost(shapes.0.map(\.shape), shapes.1.map(\.shape)).macs
    }
  }

  private static func weightBytes(_ graph: Graph) -> Int {
    graph.values.reduce(0) { $0 + ($1.constant == nil ? 0 : $1.type.bytes) }
  }
}

extension [ArchitectureFigures] {
  /// Keys in alphabetical order, two spaces of indentation, a newline at the end.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("figures hold only text and integers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
