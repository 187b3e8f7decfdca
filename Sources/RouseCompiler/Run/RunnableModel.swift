import RouseFormats
import RouseIR
import RouseRuntime

/// A `.tflite` file, decoded and ready to run as TFLite Micro runs it, bit for bit.
public struct RunnableModel: Sendable {
  public let graph: Graph
  /// In the state of a device that has just started; copies run independently.
  public let interpreter: Interpreter

  /// - Throws: `FormatError` for bytes that are no model or hold what Rouse does not run, `GraphError` for what TFLite
  ///   Micro refuses in Prepare.
  public init(tflite bytes: [UInt8]) throws {
    graph = try GraphDecoding.graph(from: TFLiteReader.read(bytes))
    interpreter = try Interpreter(graph)
  }

  public var inputTypes: [TensorType] { graph.inputs.map { graph[$0].type } }
  public var outputTypes: [TensorType] { graph.outputs.map { graph[$0].type } }
}
