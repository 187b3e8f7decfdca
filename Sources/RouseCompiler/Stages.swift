import RouseEvaluation
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

/// A deployable network and how it will be quantized: what was seen of it, and what was chosen.
public struct CalibratedModel: Sendable {
  public var deployable: DeployableModel
  /// The range of each channel of every value that is quantized by its range, over representative features.
  public var channels: [String: [ValueRange]]
  public var choices: QuantizationChoices
  /// Some representative features and what the float network says of them; nil when it does not end in one logit.
  var reference: LogitReference?
  /// What the int8 network detects in the validation streams, when a pass has run them; nil as soon as the network
  /// changes.
  var validation: DetectionSweep?
  public var report = QuantizationReport()

  /// Chooses the whole range of every value.
  public init(deployable: DeployableModel, channels: [String: [ValueRange]]) {
    self.deployable = deployable
    self.channels = channels
    choices = QuantizationChoices(ranges: channels.compactMapValues(ValueRange.init(of:)))
  }
}

/// The int8 networks; the same weights, scales and zero points in both.
public struct QuantizedModel: Sendable {
  public var window: Graph
  public var streaming: Graph
  /// Why the numbers are as they are.
  public var report: QuantizationReport
  /// What `streaming` detects in the validation streams, when they have been run.
  var validation: DetectionSweep?
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
  /// What the `.tflite` stores of the graph.
  public var form: TFLiteForm
  public var tflite: TFLiteModel
  public var tfliteBytes: [UInt8]
  public var arena: ArenaReport
  public var budget: BudgetReport
  /// What all of it was made of.
  public var provenance: Provenance
}

/// What a finished compilation made.
public struct Compilation: Sendable {
  /// The float networks that were quantized: the source's, with the logit where its codes are fine.
  public var deployable: DeployableModel
  public var planned: PlannedModel
  public var artefacts: [Artefact]
  public var verification: VerificationReport
}
