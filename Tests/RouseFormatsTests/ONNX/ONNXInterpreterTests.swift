import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// Each operator against values worked out by hand from its definition in the ONNX documentation.
@Suite struct ONNXInterpreterTests {
  typealias Value = ONNXInterpreter.Value

  /// One node, its operands as constants.
  func model(
    _ opType: String, _ operands: [Value?], results: Int = 1,
    _ attributes: [String: ONNXAttribute] = [:]
  ) -> ONNXModel {
    var model = ONNXModel(graphName: "one")
    for (index, operand) in operands.enumerated() {
      guard let operand else { continue }
      model.initializers.append(
        .init(name: "x\(index)", shape: operand.shape, data: operand.data))
    }
    let outputs = (0..<results).map { "y\($0)" }
    model.outputs = outputs.map { .init(name: $0, shape: [1]) }
    model.nodes = [
      .init(
        name: "n", opType: opType,
        inputs: operands.enumerated().map { $1 == nil ? "" : "x\($0)" }, outputs: outputs,
        attributes: attributes)
    ]
    return model
  }

  func run(
    _ opType: String, _ operands: [Value?], results: Int = 1,
    _ attributes: [String: ONNXAttribute] = [:]
  ) throws -> [Value] {
    try ONNXInterpreter(model(opType, operands, results: results, attributes)).run([])
  }

  func floats(_ shape: Shape, _ values: [Float]) -> Value {
    Value(shape: shape, data: .float32(values))
  }
  func ints(_ values: Int64...) -> Value { Value(shape: [values.count], data: .int64(values)) }

  // MARK: - Arithmetic

  @Test func convolutionWithPadsStridesAndDilations() throws {
    let x = floats([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let w = floats([1, 1, 2, 1], [1, 10])
    #expect(try run("Conv", [x, w]) == [floats([1, 1, 2, 3], [41, 52, 63, 74, 85, 96])])
    #expect(
      try run(
        "Conv", [x, w, floats([1], [0.5])],
        [
          "strides": .ints([1, 2]), "dilations": .ints([2, 1]), "pads": .ints([1, 0, 1, 1]),
          "kernel_shape": .ints([2, 1]),
        ])
        // Rows −1, 1 | 0, 2 | 1, 3 of columns 0, 2; rows outside are zero.
        == [floats([1, 1, 3, 2], [40.5, 60.5, 71.5, 93.5, 4.5, 6.5])])
  }

  @Test func groupedConvolution() throws {
    let x = floats([1, 4, 1, 1], [1, 2, 3, 4])
    let w = floats([2, 2, 1, 1], [1, 10, 100, 1000])
    #expect(
      try run("Conv", [x, w], ["group": .int(2)]) == [floats([1, 2, 1, 1], [21, 4300])])
  }

  @Test func matrixProduct() throws {
    let a = floats([1, 2], [1, 2])
    let b = floats([2, 2], [1, 2, 3, 4])
    #expect(try run("Gemm", [a, b]) == [floats([1, 2], [7, 10])])
    #expect(
      try run(
        "Gemm", [a, b, floats([2], [1, -1])],
        ["transB": .int(1), "alpha": .float(2), "beta": .float(3)])
        == [floats([1, 2], [13, 19])])
    #expect(
      try run("Gemm", [floats([2, 1], [1, 2]), b], ["transA": .int(1)])
        == [floats([1, 2], [7, 10])])
  }

  @Test func activations() throws {
    let x = floats([4], [-1, 0, 3, 9])
    #expect(try run("Relu", [x]) == [floats([4], [0, 0, 3, 9])])
    #expect(try run("Clip", [x, floats([], [0]), floats([], [6])]) == [floats([4], [0, 0, 3, 6])])
    #expect(try run("Clip", [x, nil, floats([], [6])]) == [floats([4], [-1, 0, 3, 6])])
    #expect(
      try run("Sigmoid", [floats([3], [0, 200, -200])])
        == [floats([3], [0.5, 1, 0])])
    #expect(try run("Sigmoid", [floats([1], [1])]) == [floats([1], [0.731_058_6])])
  }

  @Test func poolsAndMeans() throws {
    let x = floats([1, 1, 3, 2], [1, 2, 3, 4, 5, 6])
    let window: [String: ONNXAttribute] = [
      "kernel_shape": .ints([2, 1]), "strides": .ints([1, 1]),
    ]
    #expect(try run("MaxPool", [x], window) == [floats([1, 1, 2, 2], [3, 4, 5, 6])])
    #expect(
      try run("AveragePool", [x], window.merging(["pads": .ints([1, 0, 0, 0])]) { $1 })
        == [floats([1, 1, 3, 2], [1, 2, 2, 3, 4, 5])])
    let int8 = Value(shape: [1, 1, 2, 1], data: .int8([-7, 5]))
    #expect(
      try run("MaxPool", [int8], window) == [Value(shape: [1, 1, 1, 1], data: .int8([5]))])
    #expect(
      try run("ReduceMean", [x], ["axes": .ints([-2]), "keepdims": .int(0)])
        == [floats([1, 1, 2], [3, 4])])
    #expect(try run("ReduceMean", [x]) == [floats([1, 1, 1, 1], [3.5])])
    #expect(
      try run("Softmax", [floats([2, 2], [0, 0, 1000, 1000])], ["axis": .int(0)])
        == [floats([2, 2], [0, 0, 1, 1])])
  }

  @Test func elementwiseWithRepeatedAxes() throws {
    let x = floats([2, 2], [1, 2, 3, 4])
    #expect(try run("Add", [x, floats([2], [10, 20])]) == [floats([2, 2], [11, 22, 13, 24])])
    #expect(try run("Mul", [x, floats([2, 1], [1, 2])]) == [floats([2, 2], [1, 2, 6, 8])])
    #expect(
      try run("Sub", [floats([], [1]), floats([2, 1], [1, 2])]) == [floats([2, 1], [0, -1])])
    #expect(try run("Div", [ints(7, -7), ints(2)]) == [ints(3, -3)])
    #expect(
      try run(
        "Add", [Value(shape: [1], data: .int32([.max])), Value(shape: [], data: .int32([1]))])
        == [Value(shape: [1], data: .int32([.min]))])
    #expect(try run("Abs", [ints(-2, 3)]) == [ints(2, 3)])
    #expect(try run("Sign", [ints(-2, 0, 3)]) == [ints(-1, 0, 1)])
    #expect(
      try run("Clip", [ints(-9, 0, 9), Value(shape: [], data: .int64([-2])), nil])
        == [ints(-2, 0, 9)])
    #expect(
      try run("Cast", [ints(-129, 300)], ["to": .int(3)])
        == [Value(shape: [2], data: .int8([127, 44]))])
  }

  @Test func integerSumsOfProducts() throws {
    let x = Value(shape: [1, 2, 1, 1], data: .uint8([0, 255]))
    let w = Value(shape: [1, 2, 1, 1], data: .uint8([255, 0]))
    let zeros = [UInt8(1), 128].map { Value(shape: [], data: .uint8([$0])) }
    #expect(
      try run("ConvInteger", [x, w] + zeros)
        == [Value(shape: [1, 1, 1, 1], data: .int32([-127 - 254 * 128]))])
    let a = Value(shape: [1, 2], data: .uint8([0, 255]))
    let b = Value(shape: [2, 1], data: .int8([-128, 127]))
    #expect(
      try run("MatMulInteger", [a, b]) == [Value(shape: [1, 1], data: .int32([255 * 127]))])
    #expect(
      try run("MatMul", [floats([1, 2], [1, 2]), floats([2, 1], [3, 4])])
        == [floats([1, 1], [11])])
  }

  // MARK: - Movement

  @Test func unsqueezeGatherAndPad() throws {
    #expect(
      try run("Unsqueeze", [floats([2], [1, 2]), ints(0, -1)]) == [floats([1, 2, 1], [1, 2])])
    #expect(
      try run("Gather", [floats([3], [1, 2, 3]), Value(shape: [1, 2], data: .int32([2, -3]))])
        == [floats([1, 2], [3, 1])])
    #expect(
      try run("Pad", [floats([1, 2], [1, 2]), ints(1, 0, 0, 1), floats([], [9])])
        == [floats([2, 3], [9, 9, 9, 1, 2, 9])])
    #expect(
      try run("Pad", [Value(shape: [1], data: .int8([3])), ints(1, 1)])
        == [Value(shape: [3], data: .int8([0, 3, 0]))])
  }

  @Test func resultsCanBeReplacedWhileTheModelRuns() throws {
    var model = ONNXModel(graphName: "g", inputs: [.init(name: "x", shape: [1])])
    model.nodes = [
      .init(name: "", opType: "Relu", inputs: ["x"], outputs: ["y"]),
      .init(name: "", opType: "Identity", inputs: ["y"], outputs: ["z"]),
    ]
    model.outputs = [.init(name: "z", shape: [1])]
    var seen: [String] = []
    let found = try ONNXInterpreter(model).run([floats([1], [-1])]) { name, _ in
      seen.append(name)
      return name == "y" ? floats([1], [7]) : nil
    }
    #expect(found == [floats([1], [7])] && seen == ["y", "z"])
  }

  @Test func concatenationAlongEachAxis() throws {
    let a = floats([2, 1], [1, 2])
    let b = floats([2, 2], [3, 4, 5, 6])
    #expect(try run("Concat", [a, b], ["axis": .int(1)]) == [floats([2, 3], [1, 3, 4, 2, 5, 6])])
    #expect(try run("Concat", [a, a], ["axis": .int(-2)]) == [floats([4, 1], [1, 2, 1, 2])])
  }

  @Test func slices() throws {
    let x = floats([2, 3], [1, 2, 3, 4, 5, 6])
    #expect(
      try run("Slice", [x, ints(1), ints(.max), ints(1)]) == [floats([2, 2], [2, 3, 5, 6])])
    #expect(
      try run("Slice", [x, ints(-1, 0), ints(.min, -1), ints(0, 1), ints(-1, 1)])
        == [floats([2, 2], [4, 5, 1, 2])])
    #expect(try run("Slice", [x, ints(2), ints(1), ints(1)]) == [floats([2, 0], [])])
  }

  @Test func splitReshapeSqueezeTranspose() throws {
    let x = floats([2, 3], [1, 2, 3, 4, 5, 6])
    #expect(
      try run("Split", [x, ints(1, 2)], results: 2, ["axis": .int(1)])
        == [floats([2, 1], [1, 4]), floats([2, 2], [2, 3, 5, 6])])
    #expect(
      try run("Reshape", [x, ints(0, -1, 1)]) == [floats([2, 3, 1], [1, 2, 3, 4, 5, 6])])
    #expect(
      try run("Squeeze", [floats([1, 2, 1], [1, 2]), ints(0, -1)]) == [floats([2], [1, 2])])
    #expect(
      try run("Transpose", [x], ["perm": .ints([1, 0])])
        == [floats([3, 2], [1, 4, 2, 5, 3, 6])])
    #expect(try run("Identity", [x]) == [x])
    #expect(try run("Constant", [], ["value_float": .float(6)]) == [floats([], [6])])
  }

  // MARK: - Quantization

  @Test func quantizeRoundsHalfToEvenAndSaturates() throws {
    let x = floats([8], [0.25, 0.75, 1.25, -0.25, -0.75, 1000, -1000, .nan])
    let scale = floats([], [0.5])
    let int8 = Value(shape: [], data: .int8([1]))
    #expect(
      try run("QuantizeLinear", [x, scale, int8])
        == [Value(shape: [8], data: .int8([1, 3, 3, 1, -1, 127, -128, -128]))])
    #expect(
      try run("QuantizeLinear", [x, scale])
        == [Value(shape: [8], data: .uint8([0, 2, 2, 0, 0, 255, 0, 0]))])
  }

  @Test func dequantizePerAxis() throws {
    let x = Value(shape: [2, 2], data: .int8([-128, 127, 1, 2]))
    #expect(
      try run("DequantizeLinear", [x, floats([2], [0.5, 2])], ["axis": .int(0)])
        == [floats([2, 2], [-64, 63.5, 2, 4])])
    #expect(
      try run("DequantizeLinear", [x, floats([2], [0.5, 2])])
        == [floats([2, 2], [-64, 254, 0.5, 4])])
    let bias = Value(shape: [1], data: .int32([.max]))
    #expect(
      try run("DequantizeLinear", [bias, floats([], [0x1p-31])]) == [floats([1], [1])])
  }

  // MARK: - Errors

  @Test func brokenModelsAreErrors() throws {
    func failure(_ model: ONNXModel) -> FormatError? {
      do {
        _ = try ONNXInterpreter(model).run([])
        return nil
      } catch { return error }
    }
    let x = floats([1, 1, 2, 2], [1, 2, 3, 4])
    #expect(failure(model("Erf", [x])) == .unknownOperator(.onnx, index: 0, name: "Erf"))
    #expect(
      failure(model("Relu", []))
        == .operatorRule(.onnx, op: "Relu", tensor: "y0", rule: "an operand 0", found: "none"))
    #expect(
      failure(model("Relu", [x], results: 2))
        == .operatorRule(.onnx, op: "Relu", tensor: "y0", rule: "2 results", found: "1"))
    let broken: [ONNXModel] = [
      model("Relu", [ints(1)]),
      model("Conv", [x, floats([1, 2, 1, 1], [1, 2])]),
      model("Conv", [x, floats([1, 1, 3, 1], [1, 2, 3])]),
      model("Conv", [x, x], ["strides": .ints([0, 1])]),
      model("Conv", [x, x], ["strides": .ints([1])]),
      model("Conv", [x, x], ["pads": .ints([.max, .max, .max, .max])]),
      model("Conv", [x, x], ["group": .int(0)]),
      model("Conv", [x, x], ["group": .float(1)]),
      model("Conv", [x, x, floats([2], [1, 2])]),
      model("Conv", [x, x], ["auto_pad": .string("SAME_UPPER")]),
      model("Gemm", [floats([1, 1], [1]), floats([2, 1], [1, 2])]),
      model("Concat", [x, floats([1], [1])], ["axis": .int(0)]),
      model("Concat", [x, x], ["axis": .int(4)]),
      model("Slice", [x, ints(0), ints(1, 2)]),
      model("Slice", [x, ints(0), ints(1), ints(0), ints(0)]),
      model("Split", [x, ints(1, 2)], ["axis": .int(2)]),
      model("Reshape", [x, ints(3)]),
      model("Reshape", [x, ints(-1, -1)]),
      model("Reshape", [x, ints(.max, .max)]),
      model("Squeeze", [x, ints(2)]),
      model("Transpose", [x], ["perm": .ints([0, 0, 1, 2])]),
      model("Constant", []),
      model("ConvInteger", [x, x]),
      model("MatMul", [floats([1, 2], [1, 2]), floats([1, 2], [1, 2])]),
      model("MaxPool", [x], ["kernel_shape": .ints([3, 1])]),
      model("MaxPool", [x], ["kernel_shape": .ints([1, 1]), "ceil_mode": .int(1)]),
      model("AveragePool", [x], ["kernel_shape": .ints([1])]),
      model("Softmax", [x], ["axis": .int(4)]),
      model("Add", [x, floats([3], [1, 2, 3])]),
      model("Add", [x, ints(1)]),
      model("Div", [ints(1), ints(0)]),
      model("Cast", [x], ["to": .int(3)]),
      model("Cast", [ints(1)], ["to": .int(99)]),
      model("Unsqueeze", [x, ints(0, 0)]),
      model("Gather", [floats([1], [1]), ints(1)]),
      model("Pad", [x, ints(1)]),
      model("Pad", [x, ints(0, 0, 0, 0, 0, 0, 0, -1)]),
      model("QuantizeLinear", [x, floats([], [0])]),
      model("QuantizeLinear", [x, floats([2], [1, 1])], ["axis": .int(0)]),
      model("DequantizeLinear", [x, floats([], [1])]),
    ]
    for model in broken {
      guard case .operatorRule(.onnx, _, _, _, _) = failure(model) else {
        Issue.record("accepted \(model.nodes)")
        continue
      }
    }
  }

  @Test func namesAreMadeOnceAndBeforeTheyAreRead() throws {
    func failure(_ nodes: [ONNXModel.Node]) -> FormatError? {
      do {
        _ = try ONNXInterpreter(
          ONNXModel(graphName: "g", inputs: [.init(name: "x", shape: [1])], nodes: nodes))
        return nil
      } catch { return error }
    }
    let first = ONNXModel.Node(name: "", opType: "Relu", inputs: ["x"], outputs: ["y"])
    let second = ONNXModel.Node(name: "", opType: "Relu", inputs: ["y"], outputs: ["z"])
    #expect(failure([first, second]) == nil)
    #expect(
      failure([second, first])
        == .tensorRule(.onnx, tensor: "y", rule: "made before it is read", found: "not made"))
    #expect(
      failure([first, first])
        == .tensorRule(.onnx, tensor: "y", rule: "a name is given once", found: "twice"))
  }

  @Test func inputsMustMatchThePorts() throws {
    let interpreter = try ONNXInterpreter(
      ONNXModel(graphName: "g", inputs: [.init(name: "x", shape: [2])]))
    #expect(throws: FormatError.self) { try interpreter.run([floats([1], [1])]) }
    #expect(throws: FormatError.self) { try interpreter.run([ints(1, 2)]) }
    #expect(throws: FormatError.self) { try interpreter.score(window: [1]) }
  }
}
