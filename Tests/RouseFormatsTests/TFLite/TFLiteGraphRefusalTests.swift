import RouseFormats
import RouseIR
import RouseNumerics
import Testing

@Suite struct TFLiteGraphRefusalTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: String
    let change: @Sendable (inout TFLiteModel) -> Void
    let error: FormatError

    init(
      _ name: String, in model: String, _ error: FormatError,
      _ change: @escaping @Sendable (inout TFLiteModel) -> Void
    ) {
      testDescription = name
      self.model = model
      self.change = change
      self.error = error
    }
  }

  static let faults: [Fault] = [
    Fault(
      "a depthwise convolution with a bias left out", in: "dwconv_k5x1",
      .operatorRule(
        .tflite, op: "DEPTHWISE_CONV_2D", tensor: "t3", rule: "a bias, or two operands",
        found: "a bias that is left out")
    ) { $0.subgraphs[0].operators[0].inputs[2] = -1 },
    Fault(
      "an operator nobody knows", in: "logistic",
      .unknownOperator(.tflite, index: 0, name: "operator code 999")
    ) { $0.operatorCodes[0].code = 999 },
    Fault(
      "an initialization that runs late", in: "stream_state",
      .operatorRule(
        .tflite, op: "CALL_ONCE", tensor: "",
        rule: "before every READ_VARIABLE and ASSIGN_VARIABLE", found: "after one")
    ) { $0.subgraphs[0].operators.append($0.subgraphs[0].operators.removeFirst()) },
    Fault(
      "a subgraph that nobody runs", in: "logistic",
      .modelRule(
        .tflite, what: "subgraphs", rule: "one, and those that CALL_ONCE runs",
        found: "2, 0 of them run")
    ) { $0.subgraphs.append($0.subgraphs[0]) },
    Fault(
      "a variable read under another type", in: "stream_state",
      .operatorRule(
        .tflite, op: "READ_VARIABLE", tensor: "t2",
        rule: "the type of `stream/states`, int8 [1, 3, 1, 4] scale 0.05 zero point -128",
        found: "uint8 [1, 3, 1, 4] scale 0.05 zero point 128")
    ) {
      $0.subgraphs[0].tensors[2].element = .uint8
      $0.subgraphs[0].tensors[2].quantization?.zeroPoints = [128]
    },
    Fault(
      "data of another size", in: "conv2d_same_3x3_s2",
      .tensorRule(.tflite, tensor: "t2", rule: "28 bytes of data", found: "29")
    ) { $0.buffers[$0.subgraphs[0].tensors[2].buffer].append(0) },
    Fault(
      "a zero point among several scales", in: "dwconv_k5x1",
      .unmodelledTensor(
        .tflite, tensor: "t1", rule: "zero point 0 where there are several scales", found: "1")
    ) { $0.subgraphs[0].tensors[1].quantization?.zeroPoints[3] = 1 },
    Fault(
      "a scale of 0", in: "logistic",
      .tensorRule(.tflite, tensor: "t0", rule: "positive scales", found: "[0.0]")
    ) { $0.subgraphs[0].tensors[0].quantization?.scales = [0] },
    Fault(
      "a weight that is no number", in: "dwconv_k5x1",
      .tensorRule(.tflite, tensor: "t1", rule: "finite numbers", found: "NaN")
    ) {
      $0.subgraphs[0].tensors[1].element = .float32
      $0.buffers[$0.subgraphs[0].tensors[1].buffer] = [UInt8](repeating: 0xFF, count: 160 * 4)
    },
    Fault(
      "an int64 activation", in: "logistic",
      .tensorRule(
        .tflite, tensor: "t0", rule: "float32, int8, uint8 or int32", found: "int64")
    ) { $0.subgraphs[0].tensors[0].element = .int64 },
    Fault(
      "an int16 activation", in: "logistic",
      .unmodelledTensor(
        .tflite, tensor: "t0", rule: "float32, int8, uint8 or int32", found: "int16")
    ) { $0.subgraphs[0].tensors[0].element = .int16 },
    Fault(
      "a result of another shape", in: "concat_axis1",
      .graph(
        .tflite, op: "CONCATENATION", tensor: "t2",
        .inferredShapeDiffers(value: "t2", expected: [1, 5, 1, 8], found: [1, 5, 1, 9]))
    ) { $0.subgraphs[0].tensors[2].shape[3] = 9 },
    Fault(
      "an operand that nobody makes", in: "concat_axis1",
      .graph(
        .tflite, op: "CONCATENATION", tensor: "t2",
        .useBeforeDefinition(value: "t1", node: "t2"))
    ) { $0.subgraphs[0].inputs.removeLast() },
    Fault(
      "a result that is an input", in: "logistic",
      .graph(.tflite, op: "LOGISTIC", tensor: "t0", .definedTwice(value: "t0"))
    ) { $0.subgraphs[0].operators[0].outputs = [0] },
    Fault(
      "an operand left out in the middle", in: "fc_50_10_relu",
      .operatorRule(
        .tflite, op: "FULLY_CONNECTED", tensor: "t3",
        rule: "no operand left out before another", found: "[0, -1, 2]")
    ) { $0.subgraphs[0].operators[0].inputs[1] = -1 },
    Fault(
      "options of another operator", in: "fc_50_10_relu",
      .graph(
        .tflite, op: "FULLY_CONNECTED", tensor: "t3",
        .mismatch(
          op: "fully_connected", what: "options", expected: "FullyConnectedOptions",
          found: "none"))
    ) { $0.subgraphs[0].operators[0].options = .none },
    Fault(
      "no output", in: "logistic",
      .modelRule(.tflite, what: "outputs of main", rule: "at least one", found: "none")
    ) { $0.subgraphs[0].outputs = [] },
  ]

  @Test(arguments: faults)
  func refusesWhatItCannotRepresent(_ fault: Fault) throws {
    var model = try TFLiteFixture.model(fault.model)
    fault.change(&model)
    let changed = model
    #expect(throws: fault.error) { try GraphDecoding.graph(from: changed) }
  }
}
