import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Models of one operator whose results TFLite Micro gave.
enum ONNXVectors {
  private static let all = OperatorVectorTests.Vector.all

  /// Models with int32 tensors, which have no quantization, and with operators that have no exact form, are left out.
  static let exact = all.filter { vector in
    guard let graph = try? vector.graph(), hasOnlyBytes(graph) else { return false }
    // ONNXStreamTests.stateNeedsANameOfItsOwnAndOneInitialValue
    let isFilled = graph.variables.allSatisfy { $0.initial == nil }
    return isFilled && ONNXLowering.operatorWithoutExactForm(in: graph) == nil
  }

  /// The float interpreter takes graphs whose axis 0 is a batch of 1.
  static let float = all.filter { vector in
    guard let graph = try? vector.graph() else { return false }
    let isOne = graph.values.allSatisfy {
      $0.constant != nil || $0.type.shape.dimensions.first == 1
    }
    return hasOnlyBytes(graph) && graph.variables.isEmpty && isOne
  }

  private static func hasOnlyBytes(_ graph: Graph) -> Bool {
    graph.values.allSatisfy {
      $0.type.quantization != nil && ($0.type.element != .int32 || $0.constant != nil)
    }
  }
}

/// Every deployable operator with its options, as the models of `Fixtures/operators` have them: the exact form gives TFLite
/// Micro's bits, the float form the operator's own results; in our interpreter and in ONNX Runtime.
@Suite struct ONNXOperatorTests {
  @Test func everyDeployableOperatorIsThere() throws {
    let exact = Set(try ONNXVectors.exact.flatMap { try $0.graph().nodes.map(\.op.name) })
    let float = Set(try ONNXVectors.float.flatMap { try $0.graph().nodes.map(\.op.name) })
    let moving = ["concatenation", "pack", "pad", "reshape", "split_v", "strided_slice"]
    let weighted = ["conv_2d", "depthwise_conv_2d", "fully_connected"]
    let common = Set(moving + weighted + ["add", "logistic", "max_pool_2d", "mul", "quantize"])
    #expect(exact == common.union(["assign_variable", "read_variable"]))
    #expect(float == common.union(["average_pool_2d", "mean", "softmax"]))
  }

  // MARK: - Exact

  private func inputs(_ graph: Graph, _ row: [Int8]) -> (inputs: [ONNXData], outputs: [ONNXData]) {
    var rest = row[...]
    func take(_ id: ValueID) -> ONNXData {
      let type = graph[id].type
      defer { rest = rest.dropFirst(type.bytes) }
      return ChannelFirst.data(Array(rest.prefix(type.bytes)), type)
    }
    let inputs = graph.inputs.map(take)
    return (inputs, graph.outputs.map(take))
  }

  @Test(arguments: ONNXVectors.exact)
  func exactFormGivesTFLiteMicrosBits(_ vector: OperatorVectorTests.Vector) throws {
    let graph = try vector.graph()
    let model = try ONNXLowering.exactModel(from: graph)
    #expect(try ONNXReader.read(ONNXWriter.write(model)) == model)
    let interpreter = try ONNXInterpreter(model)
    var stream = graph.inputs.count == 1 ? try ONNXStream(model) : nil
    for row in try vector.rows() {
      let (inputs, expected) = self.inputs(graph, row)
      let found =
        try stream?.run(inputs[0])
        ?? interpreter.run(
          zip(model.inputs, inputs).map { .init(shape: $0.shape, data: $1) })
      #expect(found.prefix(expected.count).map(\.data) == expected)
    }
  }

  @Test(.enabled(if: ONNXPeerTests.python != nil))
  func exactFormGivesTFLiteMicrosBitsInONNXRuntime() throws {
    let folder = try ONNXFolder()
    var expected: [(name: String, number: Int, outputs: [ONNXData])] = []
    for vector in ONNXVectors.exact {
      let graph = try vector.graph()
      guard graph.variables.isEmpty else { continue }
      let model = try ONNXLowering.exactModel(from: graph)
      for row in try vector.rows().prefix(3) {
        let (inputs, outputs) = self.inputs(graph, row)
        expected.append((vector.name, try folder.add(model, inputs), outputs))
      }
    }
    try folder.run()
    for (name, number, outputs) in expected {
      for (index, output) in outputs.enumerated() {
        #expect(try folder.result(number, index) == output, "\(name)")
      }
    }
  }

  // MARK: - Float

  /// The same network in float32: constants as the reals that they stand for.
  private func float(_ graph: Graph) -> Graph {
    var result = graph
    for index in graph.values.indices {
      let value = graph.values[index]
      result.values[index].type = TensorType(value.type.shape)
      guard let data = value.constant, let quantization = value.type.quantization else { continue }
      let codes: [Int32] =
        switch data {
        case .int8(let codes): codes.map(Int32.init)
        case .uint8(let codes): codes.map(Int32.init)
        case .int32(let codes): codes
        case .float32: []
        }
      let shape = value.type.shape
      let inner = quantization.axis.map { Shape(Array(shape.dimensions[($0 + 1)...])).count } ?? 1
      let reals = codes.enumerated().map { index, code in
        let channel = quantization.axis == nil ? 0 : index / inner % quantization.scales.count
        return Float(code - quantization.zeroPoint) * quantization.scales[channel]
      }
      result.values[index].constant = .float32(reals)
    }
    return result
  }

  private struct FloatCase {
    var name: String
    var model: ONNXModel
    var inputs: [ONNXData]
    /// Each result in the order of ONNX.
    var expected: [[Float]]
  }

  private func floatCase(_ vector: OperatorVectorTests.Vector) throws -> FloatCase {
    let graph = float(try vector.graph())
    let interpreter = try FloatInterpreter(graph)
    var generator = SeededGenerator(seed: 11)
    var inputs: [ONNXData] = []
    for id in graph.inputs {
      let values = (0..<graph[id].type.shape.count).map { _ in generator.uniform(-3, 3) }
      interpreter.view(of: id).copy(from: values)
      inputs.append(.float32(channelFirst(values, graph[id].type.shape)))
    }
    interpreter.run()
    return FloatCase(
      name: vector.name, model: try ONNXLowering.floatModel(from: graph), inputs: inputs,
      expected: graph.outputs.map {
        channelFirst(interpreter.values(of: $0), graph[$0].type.shape)
      })
  }

  private func channelFirst(_ values: [Float], _ shape: Shape) -> [Float] {
    guard shape.rank == 4 else { return values }
    return (0..<shape[0] * shape[3]).flatMap { index in
      let (image, channel) = (index / shape[3], index % shape[3])
      let plane = shape[1] * shape[2]
      return (0..<plane).map { values[(image * plane + $0) * shape[3] + channel] }
    }
  }

  /// At most a few hundred products are added: 1e-5 of the largest result.
  private func expect(_ found: [ONNXData], _ expected: [[Float]], _ name: String) {
    #expect(found.count >= expected.count, "\(name)")
    for (found, expected) in zip(found, expected) {
      guard case .float32(let values) = found, values.count == expected.count else {
        Issue.record("\(name): another type or shape")
        continue
      }
      let scale = expected.filter(\.isFinite).reduce(1) { max($0, abs($1)) }
      for (a, b) in zip(values, expected) where !(a.isNaN && b.isNaN) {
        #expect(abs(a - b) <= 1e-5 * scale, "\(name)")
      }
    }
  }

  @Test(arguments: ONNXVectors.float)
  func floatFormGivesTheOperatorsResults(_ vector: OperatorVectorTests.Vector) throws {
    let test = try floatCase(vector)
    let interpreter = try ONNXInterpreter(ONNXReader.read(ONNXWriter.write(test.model)))
    let found = try interpreter.run(
      zip(test.model.inputs, test.inputs).map { .init(shape: $0.shape, data: $1) })
    expect(found.map(\.data), test.expected, test.name)
  }

  @Test(.enabled(if: ONNXPeerTests.python != nil))
  func floatFormGivesTheOperatorsResultsInONNXRuntime() throws {
    let folder = try ONNXFolder()
    let cases = try ONNXVectors.float.map(floatCase)
    let numbers = try cases.map { try folder.add($0.model, $0.inputs) }
    try folder.run()
    for (test, number) in zip(cases, numbers) {
      let found = try test.expected.indices.map { try folder.result(number, $0) }
      expect(found, test.expected, test.name)
    }
  }
}
