import RouseIR
import RouseNumerics

/// Turns a graph into an ONNX model (opset 17, IR version 8) by the operators' own fragments.
///
/// Names are those of the IR. Rank-4 values are `[n, c, h, w]`, as `ONNXFragment` says; constants are rearranged as the
/// fragments ask. There are three forms, and each takes a whole-window graph or a streaming one:
///
/// | | `floatModel` | `qdqModel` | `exactModel` |
/// |---|---|---|---|
/// | arithmetic | float32 | float32 between integers (QDQ) | integers, rounded twice as on the device |
/// | equal to the int8 graph | no | each layer within one code (`VerifyONNX`) | bit for bit |
/// | input and result ports | float32 | float32 | int8 and uint8, as the `.tflite` |
/// | state ports | float32 | int8 | int8 |
/// | result of a node, value `v` of the IR | `v` | float `v.real`, then `v.quantized`, then `v` | `v` |
/// | input `v` | `v` | `v`, then `v.quantized`, then `v.dequantized` | `v` |
/// | constant `v` | `v` | integers `v`, then `v.dequantized` | integers `v`; weights as uint8 |
///
/// The QDQ form stores weights and biases as integers behind a DequantizeLinear and puts a QuantizeLinear ->
/// DequantizeLinear pair after every operator, after a fused activation. Scales and zero points are constants `v.scale`
/// and `v.zero_point`. A last requantization that changes no real number (int8 to uint8) is left out: both float and QDQ
/// models have the same input and output.
///
/// State of a streaming graph: a variable `s` is an input `s` and an output `s.next`, behind the other ports and in the
/// order of the graph. The output of one run is the input of the next; the first run takes the real number 0, which is
/// the zero point in an int8 port. The metadata says it again: `rouse.state.s` is the name of the output, and
/// `rouse.state_initial.s` the number in every element before the first run.
public enum ONNXLowering {
  /// The float graph after batch norm has been folded.
  ///
  /// - Throws: `FormatError.operatorRule` for an operator that ONNX models of Rouse do not have, `tensorRule` for a value
  ///   that is not float32 and for a variable that has no name of its own or no single initial value.
  public static func floatModel(
    from graph: Graph, producerVersion: String = "", metadata: [String: String] = [:]
  ) throws(FormatError) -> ONNXModel {
    try model(from: graph, .float, producerVersion, metadata)
  }

  /// The int8 graph as QDQ.
  ///
  /// - Throws: as `floatModel`, and `tensorRule` for a value without a quantization.
  public static func qdqModel(
    from graph: Graph, producerVersion: String = "", metadata: [String: String] = [:]
  ) throws(FormatError) -> ONNXModel {
    try model(from: graph, .qdq, producerVersion, metadata)
  }

  /// The int8 graph in integers: every run gives the bits that the device gives.
  ///
  /// - Throws: as `qdqModel`, and `operatorRule` for `operatorWithoutExactForm`.
  public static func exactModel(
    from graph: Graph, producerVersion: String = "", metadata: [String: String] = [:]
  ) throws(FormatError) -> ONNXModel {
    if let name = operatorWithoutExactForm(in: graph) {
      throw .operatorRule(
        .onnx, op: name, tensor: graph.name, rule: "operators with an exact form in ONNX",
        found: name)
    }
    return try model(from: graph, .exact, producerVersion, metadata)
  }

  private static func model(
    from graph: Graph, _ form: ONNXAssembly.Form, _ version: String, _ metadata: [String: String]
  ) throws(FormatError) -> ONNXModel {
    var assembly = ONNXAssembly(graph, form)
    assembly.model.producerVersion = version
    assembly.model.metadata = metadata
    try assembly.run()
    return assembly.model
  }
}
