import RouseIR
import RouseTraining

/// The float network that is compiled, and what is known of where it comes from.
///
/// A run folder of Rouse gives one, and so does another program's model file.
public struct SourceModel: Sendable {
  /// Over a whole window: one input `[1, rows, features]`, one probability; may hold batch normalization.
  public var graph: Graph
  public var wakeWord: String
  /// Milliseconds between two feature rows.
  public var stepMilliseconds: Int
  /// What made the network: `preset esphome-standard`, `ONNX of pytorch 2.13.0`.
  public var origin: String
  /// SHA-256 of what it was trained on, in hexadecimal; nil when nobody knows.
  public var corpusDigest: String?

  public init(
    graph: Graph, wakeWord: String, stepMilliseconds: Int, origin: String, corpusDigest: String?
  ) {
    self.graph = graph
    self.wakeWord = wakeWord
    self.stepMilliseconds = stepMilliseconds
    self.origin = origin
    self.corpusDigest = corpusDigest
  }

  public init(_ trained: TrainedModel) {
    self.init(
      graph: trained.graph, wakeWord: trained.wakeWord,
      stepMilliseconds: trained.preset.stepMilliseconds,
      origin: "preset \(trained.preset.name)", corpusDigest: trained.provenance.corpusDigest)
  }
}
