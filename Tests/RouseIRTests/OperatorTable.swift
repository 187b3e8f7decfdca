import Foundation
import RouseIR
import RouseNumerics
import Testing

/// One row of the operator table: an operator with example inputs. Every generic test runs every row.
struct OperatorExample: Sendable, CustomTestStringConvertible {
  var op: Op
  /// Shapes with axis 0 of activations 1.
  var inputs: [Shape]
  /// How many inputs, from the first, are activations; the rest are constants.
  var activations = 1
  var variables: [Shape] = []

  var testDescription: String {
    op.name + " " + op.definition.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }

  var graphVariables: [Variable] {
    variables.enumerated().map { Variable(name: "v\($0)", type: TensorType($1)) }
  }

  func resultShapes() throws -> [Shape] {
    try op.definition.outputShapes(inputs, graphVariables)
  }

  static let table: [OperatorExample] = [
    OperatorExample(
      op: .conv2D(Conv2D(strideH: 2, activation: .relu)),
      inputs: [[1, 7, 1, 3], [4, 3, 1, 3], [4]]),
    OperatorExample(
      op: .conv2D(Conv2D(strideW: 2, padding: .same)), inputs: [[1, 4, 5, 2], [3, 3, 3, 2], [3]]),
    OperatorExample(
      op: .depthwiseConv2D(DepthwiseConv2D(activation: .relu)),
      inputs: [[1, 9, 1, 4], [1, 5, 1, 4], [4]]),
    OperatorExample(
      op: .depthwiseConv2D(DepthwiseConv2D(padding: .same, multiplier: 2)),
      inputs: [[1, 4, 3, 2], [1, 3, 3, 4], [4]]),
    OperatorExample(
      op: .fullyConnected(FullyConnected()), inputs: [[1, 12], [3, 12], [3]]),
    OperatorExample(
      op: .batchNorm(BatchNorm(activation: .relu)), inputs: [[1, 5, 1, 3], [3], [3], [3], [3]]),
    OperatorExample(op: .batchNorm(BatchNorm()), inputs: [[1, 4, 3, 2], [2], [2], [2], [2]]),
    OperatorExample(
      op: .fakeQuantize(FakeQuantize(scales: [0.1], limits: -9...12)), inputs: [[1, 4, 3]]),
    OperatorExample(
      op: .fakeQuantize(FakeQuantize(scales: [0.1, 1e-3, 1 / 3], axis: 2, limits: -127...127)),
      inputs: [[1, 4, 3, 2]]),
    OperatorExample(
      op: .fakeRequantize(
        FakeRequantize(
          ChannelMultipliers(
            [0.7, 0.01, 3].map { FixedPointMultiplier($0) }, zeroPoint: -100, range: -100...127),
          parts: 2)), inputs: [[1, 4, 1, 6], [3]]),
    OperatorExample(op: .logistic(Logistic()), inputs: [[1, 11]]),
    OperatorExample(
      op: .concatenation(Concatenation(axis: 3)),
      inputs: [[1, 4, 1, 3], [1, 4, 1, 2], [1, 4, 1, 1]], activations: 3),
    OperatorExample(
      op: .concatenation(Concatenation(axis: 1)), inputs: [[1, 2, 1, 3], [1, 4, 1, 3]],
      activations: 2),
    OperatorExample(
      op: .stridedSlice(
        StridedSlice(
          begin: [0, 2, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1], beginMask: 13, endMask: 15)
      ),
      inputs: [[1, 6, 1, 3]]),
    OperatorExample(
      op: .stridedSlice(
        StridedSlice(
          begin: [0, -1, 1, 4], end: [1, -6, 2, 0], strides: [1, -2, 1, -1], beginMask: 1,
          endMask: 1, shrinkAxisMask: 4)), inputs: [[1, 6, 3, 5]]),
    OperatorExample(op: .splitV(SplitV(sizes: [1, 3, 2], axis: 3)), inputs: [[1, 4, 1, 6]]),
    OperatorExample(op: .splitV(SplitV(sizes: [2, 1], axis: 1)), inputs: [[1, 3, 1, 2]]),
    OperatorExample(op: .reshape(Reshape(shape: [1, 12])), inputs: [[1, 3, 1, 4]]),
    OperatorExample(op: .reshape(Reshape(shape: [1, 3, 2, 2])), inputs: [[1, 3, 4]]),
    OperatorExample(op: .quantize(Quantize()), inputs: [[1, 9]]),
    OperatorExample(
      op: .fullyConnected(FullyConnected(activation: .relu6, keepDimensions: true)),
      inputs: [[1, 3, 4], [5, 4], [5]]),
    OperatorExample(
      op: .fullyConnected(FullyConnected(activation: .reluN1To1)),
      inputs: [[1, 1, 2, 3], [2, 6], [2]]),
    OperatorExample(
      op: .add(Add(activation: .relu)), inputs: [[1, 3, 2, 4], [1, 3, 2, 4]], activations: 2),
    OperatorExample(op: .add(Add()), inputs: [[1, 3, 2, 4], [4]]),
    OperatorExample(op: .add(Add()), inputs: [[1, 3, 1, 4], [1, 3, 2, 1]], activations: 2),
    OperatorExample(
      op: .mul(Mul(activation: .reluN1To1)), inputs: [[1, 3, 2, 4], [1, 3, 2, 4]], activations: 2),
    OperatorExample(op: .mul(Mul()), inputs: [[1, 3, 2, 4], [2, 1]]),
    OperatorExample(op: .mul(Mul()), inputs: [[1, 3, 1, 4], [1, 3, 1, 1]], activations: 2),
    OperatorExample(
      op: .averagePool2D(AveragePool2D(filterH: 2, filterW: 3, strideH: 2)), inputs: [[1, 5, 4, 3]]),
    OperatorExample(
      op: .averagePool2D(
        AveragePool2D(filterH: 3, filterW: 2, strideW: 2, padding: .same, activation: .relu)),
      inputs: [[1, 4, 5, 2]]),
    OperatorExample(
      op: .maxPool2D(MaxPool2D(filterH: 2, filterW: 2, strideH: 2, strideW: 2)),
      inputs: [[1, 5, 4, 3]]),
    OperatorExample(
      op: .maxPool2D(MaxPool2D(filterH: 3, filterW: 1, padding: .same, activation: .relu6)),
      inputs: [[1, 4, 2, 2]]),
    OperatorExample(
      op: .averagePool2D(AveragePool2D(filterH: 1, filterW: 6)), inputs: [[1, 4, 6, 1]]),
    OperatorExample(
      op: .maxPool2D(MaxPool2D(filterH: 5, filterW: 1)), inputs: [[1, 5, 1, 4]]),
    OperatorExample(op: .mean(Mean(axes: [1, 2])), inputs: [[1, 4, 3, 5]]),
    OperatorExample(op: .mean(Mean(axes: [2], keepDimensions: true)), inputs: [[1, 4, 3, 5]]),
    OperatorExample(op: .mean(Mean(axes: [3])), inputs: [[1, 4, 1, 5]]),
    OperatorExample(
      op: .pad(Pad(before: [0, 1, 0, 2], after: [0, 2, 0, 0])), inputs: [[1, 3, 2, 2]]),
    OperatorExample(op: .pad(Pad(before: [0, 0, 1], after: [0, 0, 1])), inputs: [[1, 3, 2]]),
    OperatorExample(
      op: .pack(Pack(axis: 2)), inputs: [[1, 3, 4], [1, 3, 4], [1, 3, 4]], activations: 3),
    OperatorExample(op: .pack(Pack(axis: 1)), inputs: [[1, 5], [1, 5]], activations: 2),
    OperatorExample(op: .softmax(Softmax()), inputs: [[1, 7]]),
    OperatorExample(op: .softmax(Softmax(beta: 0.5)), inputs: [[1, 3, 2, 5]]),
    OperatorExample(
      op: .readVariable(ReadVariable(variable: VariableID(1))), inputs: [], activations: 0,
      variables: [[1, 1], [1, 2, 1, 3]]),
    OperatorExample(
      op: .assignVariable(AssignVariable(variable: VariableID(0))), inputs: [[1, 2, 1, 3]],
      variables: [[1, 2, 1, 3], [1, 1]]),
  ]
}

extension Op {
  /// How far the int8 result may be from the float result of the same dequantized inputs, in steps of the result. A new
  /// case does not compile until it has a tolerance and a row in the table.
  var int8Tolerance: Float {
    switch self {
    // Exact sums, one rounding to the result's grid; double rounding moves a value near a tie.
    case .conv2D, .depthwiseConv2D, .fullyConnected: 0.51
    // Only trains.
    case .batchNorm, .fakeQuantize, .fakeRequantize: 0
    // Fixed point with 23 bits behind the result's grid.
    case .logistic: 0.51
    case .quantize: 0.51
    // Both operands have 20 bits behind their grid.
    case .add: 0.51
    // A multiplier near 1/100 leaves 6 bits behind the result's grid between the two roundings.
    case .mul: 0.52
    // One rounding of an exact sum.
    case .averagePool2D: 0.51
    // A multiplier near 1/2: the first of the two roundings is to halves.
    case .mean: 0.76
    // The reciprocal of the sum has 31 bits, the sum 19; TFLite Micro states no more.
    case .softmax: 0.51
    // Bytes move.
    case .concatenation, .stridedSlice, .splitV, .reshape, .readVariable, .assignVariable,
      .maxPool2D, .pad, .pack:
      0
    }
  }
}

extension Op {
  enum GradientCheck { case finiteDifferences, straightThrough, none }

  /// How the gradient of an operator is checked. A new case does not compile until it says so.
  var gradientCheck: GradientCheck {
    switch self {
    case .conv2D, .depthwiseConv2D, .fullyConnected, .batchNorm, .logistic, .concatenation,
      .stridedSlice, .splitV, .reshape, .add, .mul, .averagePool2D, .maxPool2D, .mean, .pad:
      .finiteDifferences
    // The slope of rounding is 0 wherever there is one; `FakeQuantizeTests` state what passes instead.
    case .fakeQuantize, .fakeRequantize: .straightThrough
    // Do not train.
    case .quantize, .pack, .softmax, .readVariable, .assignVariable: .none
    }
  }
}

@Suite struct OperatorTableTests {
  /// The cases of `Op` as its source lists them: the table has a row for each.
  @Test func everyCaseOfTheEnumHasARow() throws {
    let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/RouseIR/Op.swift")
    let text = try String(contentsOf: source, encoding: .utf8)
    let end = try #require(text.range(of: "public var definition"))
    let cases = text[..<end.lowerBound].matches(of: /case \w+\((\w+)\)/).map { String($0.1) }
    #expect(cases.count > 20)
    let payloads = Set(
      OperatorExample.table.map { String(describing: type(of: $0.op.definition)) })
    #expect(payloads == Set(cases))
  }

  @Test(arguments: OperatorExample.table)
  func whatTrainsHasAGradientCheck(_ example: OperatorExample) {
    #expect((example.op.trainable != nil) == (example.op.gradientCheck != .none))
  }

  @Test func everyOperatorHasARow() {
    let names = Set(OperatorExample.table.map(\.op.name))
    #expect(
      names == [
        "conv_2d", "depthwise_conv_2d", "fully_connected", "batch_norm", "fake_quantize",
        "fake_requantize", "logistic", "concatenation", "strided_slice", "split_v", "reshape",
        "quantize", "read_variable", "assign_variable", "add", "mul", "average_pool_2d",
        "max_pool_2d", "mean", "pad", "pack", "softmax",
      ])
  }

  // MARK: - Text

  @Test(arguments: OperatorExample.table)
  func textReadsBack(_ example: OperatorExample) throws {
    var b = GraphBuilder(name: "example")
    for shape in example.variables { _ = b.variable("v\(shape.count)", TensorType(shape)) }
    var generator = SeededGenerator(seed: 1)
    let inputs = example.inputs.enumerated().map { index, shape in
      index < example.activations
        ? b.input("x\(index)", TensorType(shape))
        : b.constant(
          "c\(index)", .float32((0..<shape.count).map { _ in generator.uniform(-1, 1) }),
          shape: shape)
    }
    let results = try b.node("y", example.op, inputs)
    for id in results { b.output(id) }
    let text = GraphText.print(b.graph, .full)
    #expect(try GraphText.parse(text) == b.graph, "\(text)")
  }

  // MARK: - TFLite

  /// The registration list of ESPHome's `StreamingModel::register_streaming_ops_`. SOFTMAX is TFLite Micro's alone.
  static let registered: Set<String> = [
    "CALL_ONCE", "VAR_HANDLE", "RESHAPE", "READ_VARIABLE", "STRIDED_SLICE", "CONCATENATION",
    "ASSIGN_VARIABLE", "CONV_2D", "MUL", "ADD", "MEAN", "FULLY_CONNECTED", "LOGISTIC", "QUANTIZE",
    "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D", "PAD", "PACK", "SPLIT_V",
  ]

  @Test(arguments: OperatorExample.table.filter { $0.op.deployable != nil })
  func tfliteReadsBackAndIsRegistered(_ example: OperatorExample) throws {
    let op = try #require(example.op.deployable)
    let quantized = { TensorType($0, .int8, Quantization(scale: 0.1, zeroPoint: 0)) }
    let inputs = example.inputs.map(quantized)
    let results = try example.resultShapes().map(quantized)
    let fragment = op.tflite(inputs, results)
    let name = fragment.builtin.schemaName
    #expect(Self.registered.contains(name) || name == "SOFTMAX")
    var source = TFLiteSource(
      options: fragment.options, operandTypes: [], operandConstants: [], variable: nil,
      resultTypes: results)
    for operand in fragment.operands {
      switch operand {
      case .input(let index):
        source.operandTypes.append(inputs[index])
        source.operandConstants.append(nil)
      case .attribute(let values, let isScalar):
        source.operandTypes.append(TensorType(isScalar ? [] : [values.count], .int32))
        source.operandConstants.append(.int32(values))
      case .matrix(let values, let columns):
        source.operandTypes.append(TensorType([values.count / columns, columns], .int32))
        source.operandConstants.append(.int32(values))
      case .variable(let id):
        source.variable = id
        source.operandTypes.append(TensorType([], .int32))
        source.operandConstants.append(nil)
      }
    }
    #expect(try Op(fragment.builtin, source) == example.op)
  }

  // MARK: - ONNX

  /// Every operand exists when it is read and every result is made once.
  @Test(
    arguments: OperatorExample.table.filter { $0.op.deployable != nil && $0.variables.isEmpty })
  func onnxFragmentIsWellFormed(_ example: OperatorExample) throws {
    let results = try example.resultShapes()
    let fragment = try #require(example.op.deployable).onnx(example.inputs, results)
    var made: Set<ONNXOperand> = []
    for node in fragment.nodes {
      for operand in node.inputs {
        switch operand {
        case .input(let index), .permutedInput(let index, _):
          #expect(example.inputs.indices.contains(index))
        case .output, .local: #expect(made.contains(operand), "\(operand) before it is made")
        case .int64s, .absent: break
        }
      }
      for operand in node.outputs { #expect(made.insert(operand).inserted, "\(operand) twice") }
    }
    for index in results.indices { #expect(made.contains(.output(index))) }
  }
}
