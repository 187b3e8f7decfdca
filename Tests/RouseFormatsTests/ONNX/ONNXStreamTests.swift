import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Streaming models: ports of the state, what the metadata says of them, and runs that carry it.
@Suite struct ONNXStreamTests {
  private func rows(_ graph: Graph, steps: Int) -> [[Int8]] {
    var generator = SeededGenerator(seed: 5)
    let count = graph[graph.inputs[0]].type.shape.count
    return (0..<steps).map { _ in
      (0..<count).map { _ in Int8(truncatingIfNeeded: Int(generator.below(256))) }
    }
  }

  @Test func floatModelHasAPortForEachBuffer() throws {
    let model = try ONNXLowering.floatModel(
      from: StreamingGraph.float32(), metadata: ["rouse.version": "1"])
    #expect(
      model.inputs == [
        .init(name: "features", shape: [1, 3, 8]), .init(name: "stem", shape: [1, 8, 2, 1]),
        .init(name: "block", shape: [1, 4, 2, 1]),
      ])
    #expect(
      model.outputs == [
        .init(name: "logistic", shape: [1, 1]), .init(name: "stem.next", shape: [1, 8, 2, 1]),
        .init(name: "block.next", shape: [1, 4, 2, 1]),
      ])
    #expect(
      model.metadata == [
        "rouse.version": "1", "rouse.state.stem": "stem.next", "rouse.state_initial.stem": "0",
        "rouse.state.block": "block.next", "rouse.state_initial.block": "0",
      ])
    #expect(try ONNXReader.read(ONNXWriter.write(model)) == model)
  }

  @Test func quantizedModelsHaveStateInInt8() throws {
    let graph = try StreamingGraph.int8()
    let (qdq, exact) = (
      try ONNXLowering.qdqModel(from: graph), try ONNXLowering.exactModel(from: graph)
    )
    let state: [ONNXModel.Port] = [
      .init(name: "stem", element: .int8, shape: [1, 8, 2, 1]),
      .init(name: "block", element: .int8, shape: [1, 4, 2, 1]),
    ]
    #expect(qdq.inputs == [.init(name: "features", shape: [1, 3, 8])] + state)
    #expect(exact.inputs == [.init(name: "features", element: .int8, shape: [1, 3, 8])] + state)
    #expect(qdq.outputs.map(\.name) == ["logistic", "stem.next", "block.next"])
    #expect(qdq.outputs.map(\.element) == [.float32, .int8, .int8])
    #expect(exact.outputs.map(\.name) == ["probability", "stem.next", "block.next"])
    #expect(exact.outputs.map(\.element) == [.uint8, .int8, .int8])
    for model in [qdq, exact] {
      #expect(model.metadata["rouse.state_initial.stem"] == "-128")
      #expect(try ONNXReader.read(ONNXWriter.write(model)) == model)
    }
    let arithmetic: Set = ["QuantizeLinear", "DequantizeLinear", "Conv", "Gemm", "Sigmoid"]
    #expect(exact.nodes.allSatisfy { !arithmetic.contains($0.opType) })
  }

  @Test func floatStreamFollowsTheFloatInterpreter() throws {
    let graph = try StreamingGraph.float32()
    let interpreter = try FloatInterpreter(graph)
    var stream = try ONNXStream(ONNXLowering.floatModel(from: graph))
    for row in rows(graph, steps: 30) {
      let reals = row.map { Float($0) / 16 }
      let expected = interpreter.run(reals)[0]
      guard case .float32(let found) = try stream.run(.float32(reals))[0].data else {
        Issue.record("no floats")
        return
      }
      #expect(abs(found[0] - expected) <= 1e-6)
    }
  }

  @Test func exactStreamGivesTheDevicesBits() throws {
    let graph = try StreamingGraph.int8()
    var interpreter = try Interpreter(graph)
    var stream = try ONNXStream(ONNXLowering.exactModel(from: graph))
    var seen: Set<[Int8]> = []
    for row in rows(graph, steps: 60) {
      interpreter.run(row)
      seen.insert(interpreter.output)
      let expected =
        [ChannelFirst.data(interpreter.output, graph[graph.outputs[0]].type)]
        + graph.variables.indices.map {
          ChannelFirst.data(interpreter.int8s(of: VariableID($0)), graph.variables[$0].type)
        }
      #expect(try stream.run(.int8(row)).map(\.data) == expected)
    }
    #expect(seen.count > 5)
  }

  /// Every layer within one code when the layers before it held the device's codes.
  @Test func quantizedStreamFollowsTheDeviceLayerByLayer() throws {
    let graph = try StreamingGraph.int8()
    var interpreter = try Interpreter(graph)
    var stream = try ONNXStream(ONNXLowering.qdqModel(from: graph))
    var compared = 0
    for row in rows(graph, steps: 60) {
      var codes: [String: ONNXData] = [:]
      interpreter.run(inputs: [row]) { _, id, bytes in
        codes[graph[id].name + ".quantized"] = ChannelFirst.data(bytes, graph[id].type)
      }
      let reals = row.map { Float(Int($0) + 128) * 0.1 }
      _ = try stream.run(.float32(reals)) { name, value in
        guard case .int8(let ours)? = codes[name], case .int8(let found) = value.data else {
          return nil
        }
        compared += ours.count
        #expect(zip(ours, found).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(name)")
        return .init(shape: value.shape, data: .int8(ours))
      }
    }
    #expect(compared > 5_000)
  }

  @Test func stateNeedsANameOfItsOwnAndOneInitialValue() throws {
    func failure(_ name: String, _ initial: TensorData? = nil) throws -> FormatError? {
      var graph = try StreamingGraph.float32()
      graph.variables[0].name = name
      graph.variables[0].initial = initial
      do {
        _ = try ONNXLowering.floatModel(from: graph)
        return nil
      } catch { return error }
    }
    #expect(
      try failure("image")
        == .tensorRule(.onnx, tensor: "image", rule: "a name is given once", found: "twice"))
    #expect(
      try failure("stem", .float32((0..<16).map { Float($0 % 3) }))
        == .tensorRule(
          .onnx, tensor: "stem", rule: "one initial value in every element", found: "3"))
    #expect(try failure("stem", .float32([Float](repeating: 2, count: 16))) == nil)
  }

  @Test func modelsWithoutMetadataAreNoStreams() throws {
    var model = try ONNXLowering.floatModel(from: StreamingGraph.float32())
    model.metadata["rouse.state_initial.stem"] = "x"
    #expect(throws: FormatError.self) { try ONNXStream(model) }
    model.metadata = [:]
    #expect(throws: FormatError.self) { try ONNXStream(model) }
  }

  @Test func operatorsWithoutAnExactFormAreRefused() throws {
    var builder = GraphBuilder(name: "g")
    let type = TensorType([1, 4], .int8, Quantization(scale: 0.1, zeroPoint: 0))
    let x = builder.input("x", type)
    builder.output(
      try builder.node(
        "y", .softmax(Softmax()), [x],
        types: [
          TensorType([1, 4], .int8, Quantization(scale: 1 / 256, zeroPoint: -128))
        ])[0])
    let graph = builder.graph
    #expect(ONNXLowering.operatorWithoutExactForm(in: graph) == "softmax")
    #expect(throws: FormatError.self) { try ONNXLowering.exactModel(from: graph) }
  }
}
