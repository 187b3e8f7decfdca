import RouseFormats
import RouseIR
import RouseRuntime

/// A float network that a device could run: no training-only operators.
///
/// `window` takes a whole window of features and is what ONNX gets; `streaming` takes a few rows at a time, remembers
/// the rest in variables, and is what the firmware gets. Both compute the same function.
public struct DeployableModel: Sendable {
  public var window: Graph
  public var streaming: Graph

  public init(window: Graph, streaming: Graph) {
    self.window = window
    self.streaming = streaming
  }
}

/// A deployable network and the range of every activation over representative features.
public struct CalibratedModel: Sendable {
  public var deployable: DeployableModel
  public var ranges: [String: ValueRange]
}

/// The int8 networks; the same weights, scales and zero points in both.
public struct QuantizedModel: Sendable {
  public var window: Graph
  public var streaming: Graph
}

/// The quantized streaming network in the operators that the target runs cheapest; the same bits come out.
public struct LoweredModel: Sendable {
  public var graph: Graph
  public var report: LoweringReport
}

/// A quantized network in the bytes that will be flashed, with its memory and its verdict.
public struct PlannedModel: Sendable {
  /// The canonical networks.
  public var quantized: QuantizedModel
  /// What the bytes hold.
  public var lowered: LoweredModel
  public var detection: Detection
  public var tflite: TFLiteModel
  public var tfliteBytes: [UInt8]
  public var arena: ArenaReport
  public var budget: BudgetReport
}

/// What a finished compilation made.
public struct Compilation: Sendable {
  public var planned: PlannedModel
  public var artefacts: [Artefact]
  public var verification: VerificationReport
}
