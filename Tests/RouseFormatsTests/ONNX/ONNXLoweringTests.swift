import RouseFormats
import RouseIR
import RouseNumerics
import Testing

@Suite struct ONNXLoweringTests {
  func failure(_ body: () throws -> ONNXModel) -> FormatError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? FormatError }
  }

  /// Every name, shape and constant of the smallest graph with a rearranged constant.
  @Test func floatModelOfAConvolution() throws {
    var builder = GraphBuilder(name: "g")
    let x = builder.input("x", TensorType([1, 3, 1, 2]))
    let w = builder.constant("w", .float32([1, 2, 3, 4]), shape: [1, 2, 1, 2])
    let b = builder.constant("b", .float32([0.5]), shape: [1])
    let y = try builder.node("y", .conv2D(Conv2D(activation: .relu)), [x, w, b])
    builder.output(y[0])
    let model = try ONNXLowering.floatModel(
      from: builder.graph, producerVersion: "1", metadata: ["k": "v"])
    #expect((model.opset, model.irVersion) == (17, 8))
    #expect(
      model.metadata == ["k": "v"] && model.producerVersion == "1" && model.producer == "rouse")
    #expect(model.inputs == [.init(name: "x", shape: [1, 2, 3, 1])])
    #expect(model.outputs == [.init(name: "y", shape: [1, 1, 2, 1])])
    #expect(
      model.initializers == [
        .init(name: "w", shape: [1, 2, 2, 1], data: .float32([1, 3, 2, 4])),
        .init(name: "b", shape: [1], data: .float32([0.5])),
      ])
    #expect(model.nodes.map(\.opType) == ["Conv", "Relu"])
    #expect(model.nodes[0].inputs == ["x", "w", "b"] && model.nodes[0].outputs == ["y.linear"])
    #expect(model.nodes[1].inputs == ["y.linear"] && model.nodes[1].outputs == ["y"])
    let result = try ONNXInterpreter(model).run([
      .init(shape: [1, 2, 3, 1], data: .float32([1, 0, -1, 0, 1, -2]))
    ])
    #expect(result.map(\.data) == [.float32([5.5, 0])])
  }

  @Test func quantizedModelOfAConvolution() throws {
    var builder = GraphBuilder(name: "g")
    let quantization = Quantization(scale: 0.5, zeroPoint: -3)
    let x = builder.input("x", TensorType([1, 2, 1, 1], .int8, quantization))
    let w = builder.constant(
      "w", .int8([1, 2]), shape: [1, 1, 1, 2],
      quantization: Quantization(perChannel: [0.25, 2], axis: 3))
    let b = builder.constant(
      "b", .int32([4, -4]), shape: [2], quantization: Quantization(perChannel: [0.125, 1], axis: 0))
    let y = try builder.node(
      "y", .depthwiseConv2D(DepthwiseConv2D(multiplier: 2, activation: .relu)), [x, w, b],
      types: [TensorType([1, 2, 1, 2], .int8, Quantization(scale: 0.25, zeroPoint: -128))])
    builder.output(y[0])
    let model = try ONNXLowering.qdqModel(from: builder.graph)
    #expect(
      model.nodes.map { "\($0.opType) \($0.inputs) -> \($0.outputs)" } == [
        #"QuantizeLinear ["x", "x.scale", "x.zero_point"] -> ["x.quantized"]"#,
        #"DequantizeLinear ["x.quantized", "x.scale", "x.zero_point"] -> ["x.dequantized"]"#,
        #"DequantizeLinear ["w", "w.scale", "w.zero_point"] -> ["w.dequantized"]"#,
        #"DequantizeLinear ["b", "b.scale"] -> ["b.dequantized"]"#,
        #"Conv ["x.dequantized", "w.dequantized", "b.dequantized"] -> ["y.linear"]"#,
        #"Relu ["y.linear"] -> ["y.real"]"#,
        #"QuantizeLinear ["y.real", "y.scale", "y.zero_point"] -> ["y.quantized"]"#,
        #"DequantizeLinear ["y.quantized", "y.scale", "y.zero_point"] -> ["y"]"#,
      ])
    #expect(model.nodes[2].attributes == ["axis": .int(0)])
    #expect(
      model.initializers.filter { $0.name.hasPrefix("w") || $0.name.hasPrefix("y") } == [
        .init(name: "w", shape: [2, 1, 1, 1], data: .int8([1, 2])),
        .init(name: "w.scale", shape: [2], data: .float32([0.25, 2])),
        .init(name: "w.zero_point", shape: [2], data: .int8([0, 0])),
        .init(name: "y.scale", shape: [], data: .float32([0.25])),
        .init(name: "y.zero_point", shape: [], data: .int8([-128])),
      ])
    // 3.3 is 4 steps of 0.5 above zero point -3, that is 3.5; 3.5·0.25 + 0.5 = 1.375 is 5.5 steps of 0.25, to even 6.
    let result = try ONNXInterpreter(model).run([
      .init(shape: [1, 1, 2, 1], data: .float32([3.3, -1]))
    ])
    #expect(result.map(\.data) == [.float32([1.5, 0.25, 10, 0])])
  }

  @Test func bothModelsHaveFloatPorts() throws {
    let graph = try TestNetworks.small()
    let quantized = try TestQuantizer.quantize(
      graph, windows: TestNetworks.windows(graph, count: 4, seed: 1))
    let (float, qdq) = (
      try ONNXLowering.floatModel(from: graph), try ONNXLowering.qdqModel(from: quantized)
    )
    #expect(float.inputs == [.init(name: "features", shape: [1, 22, 4])])
    #expect(float.outputs == [.init(name: "probability", shape: [1, 1])])
    #expect(qdq.inputs == float.inputs)
    // The change from int8 to uint8 at the end is none of real numbers.
    #expect(qdq.outputs == [.init(name: "logistic", shape: [1, 1])])
    for model in [float, qdq] { #expect(try ONNXReader.read(ONNXWriter.write(model)) == model) }
  }

  /// The float and the quantized model are the same function up to quantization: 0.04 is ten steps of the output.
  @Test func quantizedScoresFollowFloatScores() throws {
    let graph = try TestNetworks.small()
    let windows = TestNetworks.windows(graph, count: 8, seed: 1)
    let float = try ONNXInterpreter(ONNXLowering.floatModel(from: graph))
    let qdq = try ONNXInterpreter(
      ONNXLowering.qdqModel(from: TestQuantizer.quantize(graph, windows: windows)))
    for window in windows {
      let (a, b) = (try float.score(window: window), try qdq.score(window: window))
      #expect(abs(a - b) < 0.04)
      #expect((b * 256).rounded() == b * 256, "a multiple of 1/256")
    }
  }

  @Test func aConstantInTwoOrdersIsStoredTwice() throws {
    var builder = GraphBuilder(name: "g")
    let x = builder.input("x", TensorType([1, 2, 1, 1]))
    let w = builder.constant("w", .float32([1, 2]), shape: [1, 2, 1, 1])
    let a = try builder.node("a", .conv2D(Conv2D()), [x, w])[0]
    let b = try builder.node("b", .depthwiseConv2D(DepthwiseConv2D()), [x, w])[0]
    let y = try builder.node("y", .concatenation(Concatenation(axis: 3)), [a, b])[0]
    builder.output(y)
    let model = try ONNXLowering.floatModel(from: builder.graph)
    #expect(model.initializers.map(\.name) == ["w", "w.3012"])
  }

  @Test func graphsThatONNXCannotSayAreRefused() throws {
    var builder = GraphBuilder(name: "g")
    let x = builder.input("x", TensorType([1, 2]))
    builder.output(x)
    let graph = builder.graph
    #expect(
      failure { try ONNXLowering.floatModel(from: graph) }
        == .tensorRule(.onnx, tensor: "x", rule: "an output is the result of a node", found: "none")
    )
    #expect(
      failure { try ONNXLowering.qdqModel(from: graph) }
        == .tensorRule(
          .onnx, tensor: "x", rule: "a quantization in an int8 model", found: "float32"))
    var training = GraphBuilder(name: "g")
    let z = training.input("z", TensorType([1, 1]))
    let parameters = ["gamma", "beta", "mean", "variance"].map {
      training.constant($0, .float32([1]), shape: [1])
    }
    training.output(try training.node("n", .batchNorm(BatchNorm()), [z] + parameters)[0])
    let unfolded = training.graph
    #expect(
      failure { try ONNXLowering.floatModel(from: unfolded) }
        == .operatorRule(
          .onnx, op: "batch_norm", tensor: "n", rule: "a deployable operator", found: "batch_norm"))
  }
}
