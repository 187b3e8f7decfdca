import RouseFormats
import RouseIR
import RouseNumerics
import Testing

@Suite struct TFLiteGraphTests {
  // MARK: - Equality

  @Test(arguments: [false, true])
  func decodesWhatItLowered(isFloat: Bool) throws {
    let graph = try isFloat ? StreamingGraph.float32() : StreamingGraph.int8()
    let bytes = TFLiteWriter.write(try TFLiteLowering.model(from: graph, description: "rouse"))
    #expect(try GraphDecoding.graph(from: try TFLiteReader.read(bytes)) == graph)
  }

  /// What another implementation wrote means the same graph after it was lowered here.
  @Test(arguments: [
    "add_same", "avgpool", "concat_axis1", "conv2d_same_3x3_s2", "dwconv_k5x1",
    "dwconv_mult2_same", "fc_50_10_relu", "fc_nobias", "logistic", "maxpool", "mean_hw_same_q",
    "mul_same", "pad", "quantize_i8_u8", "reshape", "softmax", "split_v", "stream_state",
    "strided_slice",
  ])
  func decodesModelsOfOthers(name: String) throws {
    let graph = try GraphDecoding.graph(from: try TFLiteFixture.model(name))
    #expect(graph.nodes.count == (name == "stream_state" ? 4 : 1))
    #expect(graph.values.count { $0.constant != nil } == Self.constants[name, default: 0])
    let lowered = try TFLiteLowering.model(from: graph, description: "")
    #expect(try GraphDecoding.graph(from: lowered) == graph)
  }

  /// Constants that stay values; those of the other operators are attributes.
  static let constants = [
    "conv2d_same_3x3_s2": 2, "dwconv_k5x1": 2, "dwconv_mult2_same": 2, "fc_50_10_relu": 2,
    "fc_nobias": 1,
  ]

  @Test func foldsVariablesOfOthers() throws {
    let graph = try GraphDecoding.graph(from: try TFLiteFixture.model("stream_state"))
    let type = TensorType([1, 3, 1, 4], .int8, Quantization(scale: 0.05, zeroPoint: -128))
    #expect(graph.variables == [Variable(name: "stream/states", type: type)])
    #expect(
      graph.nodes.map(\.op.name) == [
        "read_variable", "concatenation", "strided_slice", "assign_variable",
      ])
    #expect(graph.values.allSatisfy { $0.constant == nil })
  }

  // MARK: - Form

  @Test func startsVariablesAtTheirZeroPoint() throws {
    let model = try TFLiteLowering.model(from: try StreamingGraph.int8(), description: "")
    let main = model.subgraphs[0]
    #expect(main.name == "tiny")
    let names = main.operators.prefix(3).map { model.operatorCodes[$0.opcode].builtin }
    #expect(names == [.callOnce, .varHandle, .varHandle])
    #expect(main.operators[0].options == .callOnce(initSubgraph: 1))

    let noOp = model.subgraphs[1]
    #expect(noOp.name == "NoOp")
    #expect(
      noOp.operators.map(\.options) == [
        .varHandle(container: "", sharedName: "stem"), .none,
        .varHandle(container: "", sharedName: "block"), .none,
      ])
    #expect(noOp.operators[1].inputs == [0, 1])
    #expect(model.buffers[noOp.tensors[1].buffer] == [UInt8](repeating: 0x80, count: 16))
    #expect(noOp.tensors[3].shape == [1, 2, 1, 4])
  }

  /// What CALL_ONCE assigns is kept element for element, and written again.
  @Test(arguments: [ElementType.int8, .uint8])
  func keepsOtherInitialValues(element: ElementType) throws {
    var graph = try GraphDecoding.graph(from: try TFLiteFixture.model("stream_state"))
    if element == .uint8 {
      for index in graph.values.indices {
        graph.values[index].type.element = .uint8
        graph.values[index].type.quantization?.zeroPoint = 128
      }
      graph.variables[0].type.element = .uint8
      graph.variables[0].type.quantization?.zeroPoint = 128
    }
    let data: TensorData =
      element == .int8 ? .int8((0..<12).map { Int8($0 * 11 - 128) }) : .uint8(Array(120..<132))
    graph.variables[0].initial = data
    let model = try TFLiteLowering.model(from: graph, description: "")
    let bytes = data.bytes.map(UInt8.init(bitPattern:))
    #expect(model.buffers[model.subgraphs[1].tensors[1].buffer] == bytes)
    let read = try GraphDecoding.graph(from: try TFLiteReader.read(TFLiteWriter.write(model)))
    #expect(read == graph)
    #expect(try GraphText.parse(GraphText.print(graph, .full)) == graph)
  }

  /// TFLite Micro allocates a variable with the zero point of what is assigned to it, not of what it is read as.
  @Test func startsWithTheZeroPointOfTheAssignment() throws {
    var model = try TFLiteFixture.model("stream_state")
    model.subgraphs.removeLast()
    model.subgraphs[0].operators.removeFirst()
    model.subgraphs[0].tensors[2].quantization?.zeroPoints = [5]
    let graph = try GraphDecoding.graph(from: model)
    #expect(graph.variables[0].type.quantization?.zeroPoint == -128)
    #expect(graph.variables[0].initial == nil)
  }

  @Test func storesEqualConstantsOnce() throws {
    let model = try TFLiteLowering.model(from: try StreamingGraph.int8(), description: "")
    #expect(Set(model.buffers).count == model.buffers.count)
    let slices = model.subgraphs[0].operators.filter {
      model.operatorCodes[$0.opcode].builtin == .stridedSlice
    }
    #expect(slices.count == 2)
    #expect(slices[0].inputs[3] == slices[1].inputs[3], "both strides are 1, 1, 1, 1")
  }

  @Test func lowersGraphsWithoutVariablesToOneSubgraph() throws {
    let graph = try GraphDecoding.graph(from: try TFLiteFixture.model("logistic"))
    let model = try TFLiteLowering.model(from: graph, description: "text")
    #expect(model.subgraphs.count == 1)
    #expect(model.description == "text")
    #expect(model.operatorCodes.map(\.builtin) == [.logistic])
  }

  @Test func refusesOperatorsThatOnlyTrain() throws {
    var builder = GraphBuilder(name: "g")
    let x = builder.input("x", TensorType([1, 1, 1, 2]))
    let parameters = ["gamma", "beta", "mean", "variance"].map {
      builder.constant($0, .float32([1, 1]), shape: [2])
    }
    builder.output(try builder.node("norm", .batchNorm(BatchNorm()), [x] + parameters)[0])
    let graph = builder.graph
    #expect(
      throws: FormatError.operatorRule(
        .tflite, op: "batch_norm", tensor: "norm", rule: "an operator that can be deployed",
        found: "one that only trains")
    ) { try TFLiteLowering.model(from: graph, description: "") }
  }

  // MARK: - Models of others

  @Test func namesValuesThatHaveNone() throws {
    var model = try TFLiteFixture.model("split_v")
    for (index, name) in [0: "x", 3: "", 4: "x", 5: "x"] {
      model.subgraphs[0].tensors[index].name = name
    }
    let graph = try GraphDecoding.graph(from: model)
    #expect(graph.values.map(\.name) == ["x", "tensor_3", "x#2", "x#3"])
  }

  @Test func leavesOutTensorsThatNothingTouches() throws {
    var model = try TFLiteFixture.model("logistic")
    model.subgraphs[0].tensors.insert(
      TFLiteModel.Tensor(name: "stray", shape: [0], element: .int64), at: 2)
    let graph = try GraphDecoding.graph(from: model)
    #expect(graph.values.map(\.name) == ["t0", "t1"])
  }

  @Test func typesVariablesWithoutInitialization() throws {
    let expected = try GraphDecoding.graph(from: try TFLiteFixture.model("stream_state"))
    var model = try TFLiteFixture.model("stream_state")
    model.subgraphs.removeLast()
    model.subgraphs[0].operators.removeFirst()
    #expect(try GraphDecoding.graph(from: model) == expected)
  }
}
