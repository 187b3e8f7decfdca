import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

@Suite struct TFLiteGraphFuzzTests {
  /// A small file whose tensors all share one buffer would decode to gigabytes.
  @Test func limitsCopiesOfSharedData() throws {
    var model = try TFLiteFixture.model("logistic")
    model.buffers.append([UInt8](repeating: 0, count: 65_536))
    let shared = TFLiteModel.Tensor(
      name: "c", shape: [65_536], element: .int8, buffer: model.buffers.count - 1)
    model.subgraphs[0].tensors += [TFLiteModel.Tensor](repeating: shared, count: 100)
    model.operatorCodes[0].code = TFLiteBuiltin.concatenation.rawValue
    model.subgraphs[0].operators[0].options = .concatenation(axis: 0, activation: .none)
    model.subgraphs[0].operators[0].inputs = (2..<102).map(Int32.init)
    let changed = model
    #expect(
      throws: FormatError.unmodelledTensor(
        .tflite, tensor: "c", rule: "data of its own",
        found: "a buffer that too many tensors share")
    ) { try GraphDecoding.graph(from: changed) }
  }

  /// Changes indices, shapes, options and quantization of a sound model: the result is a graph or an error.
  @Test(arguments: [UInt64(1), 2, 3])
  func survivesChangedModels(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sources = [
      try TFLiteLowering.model(from: try StreamingGraph.int8(), description: ""),
      try TFLiteLowering.model(from: try StreamingGraph.int8(), description: "", form: .lean),
      try TFLiteLowering.model(
        from: try StreamingGraph.int8(), description: "", form: TFLiteForm(initialState: .computed)),
      try TFLiteFixture.model("stream_state"), try TFLiteFixture.model("dwconv_mult2_same"),
      try TFLiteFixture.model("split_v"), try TFLiteFixture.model("add_same"),
      try TFLiteFixture.model("avgpool"), try TFLiteFixture.model("mean_hw_same_q"),
      try TFLiteFixture.model("pad"), try TFLiteFixture.model("softmax"),
    ]
    var decoded = 0
    for _ in 0..<1000 {
      var model = sources[random.below(sources.count)]
      for _ in 0...random.below(2) { model.change(&random) }
      if let graph = try? GraphDecoding.graph(from: model) {
        decoded += 1
        #expect(throws: Never.self) { try TFLiteLowering.model(from: graph, description: "") }
        // A graph that is not refused runs without a trap.
        if var interpreter = try? Interpreter(graph) {
          let inputs = graph.inputs.map { [Int8](repeating: 3, count: graph[$0].type.bytes) }
          interpreter.run(inputs: inputs)
        }
      }
    }
    #expect((1..<1000).contains(decoded))
  }
}

extension TFLiteModel {
  /// One random change that keeps every index inside its list, as the reader guarantees.
  fileprivate mutating func change(_ random: inout SeededGenerator) {
    let numbers: [Int32] = [-1, 0, 1, 2, 3, 65_536, .max, .min]
    let number = numbers[random.below(numbers.count)]
    let s = random.below(subgraphs.count)
    let tensors = subgraphs[s].tensors.count
    let t = random.below(tensors)
    let o = random.below(subgraphs[s].operators.count)
    switch random.below(10) {
    case 0: subgraphs[s].tensors[t].shape = [max(number, 0)] + subgraphs[s].tensors[t].shape
    case 1 where !subgraphs[s].tensors[t].shape.isEmpty:
      subgraphs[s].tensors[t].shape[random.below(subgraphs[s].tensors[t].shape.count)] =
        max(number, 0)
    case 2: subgraphs[s].tensors[t].buffer = random.below(buffers.count)
    case 3: subgraphs[s].tensors[t].quantization?.dimension = number
    case 4: subgraphs[s].tensors[t].quantization?.zeroPoints = [Int64(number)]
    case 5: subgraphs[s].operators[o].inputs.append(Int32(random.below(tensors)))
    case 6 where !subgraphs[s].operators[o].inputs.isEmpty:
      subgraphs[s].operators[o].inputs[0] = Int32(random.below(tensors + 1)) - 1
    case 7: subgraphs[s].operators[o].outputs = [Int32(random.below(tensors))]
    case 8: subgraphs[s].operators[o].opcode = random.below(operatorCodes.count)
    default:
      let small = Int32(truncatingIfNeeded: random.below(5))
      let options: [TFLiteOptions] = [
        .none, .concatenation(axis: number, activation: .none), .callOnce(initSubgraph: small),
        .conv2D(
          padding: .same, strideH: number, strideW: 1, dilationH: number, dilationW: 1,
          activation: .none),
        .depthwiseConv2D(
          padding: .valid, strideH: 1, strideW: number, dilationH: 1, dilationW: 1,
          multiplier: number, activation: .relu),
        .stridedSlice(
          beginMask: number, endMask: small, ellipsisMask: 0, newAxisMask: 0,
          shrinkAxisMask: number),
        .splitV(count: number), .reshape(newShape: [number, number]),
        .pool2D(
          padding: .same, strideH: number, strideW: small, filterH: number, filterW: small,
          activation: .reluN1To1),
        .fullyConnected(activation: .relu6, keepDimensions: true), .add(activation: .relu),
        .mul(activation: .none), .reducer(keepDimensions: false), .pack(count: small, axis: number),
        .softmax(beta: Float(number)),
      ]
      subgraphs[s].operators[o].options = options[random.below(options.count)]
    }
  }
}
