import RouseIR
import RouseNumerics

/// Turns a whole-window graph into an ONNX model (opset 17, IR version 8) by the operators' own fragments.
///
/// Names are those of the IR. Rank-4 activations are `[n, c, h, w]`, as `ONNXFragment` says; constants are rearranged
/// as the fragments ask.
///
/// The quantized form (QDQ) stores weights and biases as integers behind a DequantizeLinear and puts a
/// QuantizeLinear -> DequantizeLinear pair after every operator, after a fused activation:
///
/// | value `v` of the IR | float model | QDQ model |
/// |---|---|---|
/// | input | port `v` | float port `v`, then `v.quantized`, then `v.dequantized`, which the nodes read |
/// | result of a node | `v` | float `v.real`, then `v.quantized`, then `v`, which the nodes read |
/// | constant | `v` | integers `v`, then `v.dequantized` |
///
/// So both models have the same ports, float in and float out. Scales and zero points are constants `v.scale` and
/// `v.zero_point`.
public enum ONNXLowering {
  /// The float graph after batch norm has been folded.
  ///
  /// - Throws: `FormatError.modelRule` for a graph with variables, `operatorRule` for an operator that ONNX models
  ///   of Rouse do not have, `tensorRule` for a value that is not float32.
  public static func floatModel(
    from graph: Graph, producerVersion: String = "", metadata: [String: String] = [:]
  ) throws(FormatError) -> ONNXModel {
    var lowering = Lowering(graph, isQuantized: false)
    return try lowering.run(producerVersion, metadata)
  }

  /// The int8 graph as QDQ.
  ///
  /// - Throws: as `floatModel`, and `tensorRule` for a value without a quantization.
  public static func qdqModel(
    from graph: Graph, producerVersion: String = "", metadata: [String: String] = [:]
  ) throws(FormatError) -> ONNXModel {
    var lowering = Lowering(graph, isQuantized: true)
    return try lowering.run(producerVersion, metadata)
  }
}

private struct Lowering {
  let graph: Graph
  let isQuantized: Bool
  var model: ONNXModel
  /// All value names taken so far.
  var valueNames: Set<String>
  var nodeNames: Set<String> = []
  /// What the nodes read for each activation.
  var readable: [ValueID: String] = [:]
  /// What the nodes read for a constant with its axes rearranged.
  var constants: [Permuted: String] = [:]

  struct Permuted: Hashable {
    var value: ValueID
    var permutation: [Int]
  }

  init(_ graph: Graph, isQuantized: Bool) {
    self.graph = graph
    self.isQuantized = isQuantized
    model = ONNXModel(graphName: graph.name)
    valueNames = Set(graph.values.map(\.name))
  }

  mutating func run(
    _ producerVersion: String, _ metadata: [String: String]
  ) throws(FormatError) -> ONNXModel {
    model.producerVersion = producerVersion
    model.metadata = metadata
    guard graph.variables.isEmpty else {
      throw .modelRule(
        .onnx, what: "variables", rule: "a whole-window graph without state",
        found: "\(graph.variables.count)")
    }
    for value in graph.values { try check(value) }
    for id in graph.inputs { try input(id) }
    for node in graph.nodes { try lower(node) }
    for id in graph.outputs {
      guard graph.producers[id.index] != nil else {
        throw .tensorRule(
          .onnx, tensor: graph[id].name, rule: "an output is the result of a node", found: "none")
      }
      model.outputs.append(.init(name: graph[id].name, shape: onnxShape(graph[id].type.shape)))
    }
    return model
  }

  /// Float graphs hold float32 only, quantized ones integers with a quantization.
  func check(_ value: Value) throws(FormatError) {
    let type = value.type
    let isFloat = type.element == .float32
    if !isQuantized && !isFloat {
      throw .tensorRule(
        .onnx, tensor: value.name, rule: "float32 in a float model", found: type.element.rawValue)
    }
    if isQuantized && (isFloat || type.quantization == nil) {
      throw .tensorRule(
        .onnx, tensor: value.name, rule: "a quantization in an int8 model",
        found: isFloat ? "float32" : "none")
    }
  }

  // MARK: - Values

  mutating func input(_ id: ValueID) throws(FormatError) {
    let value = graph[id]
    model.inputs.append(.init(name: value.name, shape: onnxShape(value.type.shape)))
    readable[id] = value.name
    guard isQuantized else { return }
    let result = unique(value.name + ".dequantized")
    quantizeDequantize(id, from: value.name, to: result)
    readable[id] = result
  }

  /// QuantizeLinear and DequantizeLinear with the quantization of `id`.
  mutating func quantizeDequantize(_ id: ValueID, from source: String, to result: String) {
    let (name, type) = (graph[id].name, graph[id].type)
    guard let quantization = type.quantization else { return }
    let parameters = [
      scale(name, quantization), zeroPoint(name, type.element, quantization.zeroPoint),
    ]
    let integers = unique(name + ".quantized")
    append("QuantizeLinear", [source] + parameters, [integers], of: name)
    append("DequantizeLinear", [integers] + parameters, [result], of: name)
  }

  mutating func scale(_ name: String, _ quantization: Quantization) -> String {
    let isScalar = quantization.axis == nil
    return initializer(
      name + ".scale", shape: isScalar ? [] : [quantization.scales.count],
      .float32(quantization.scales))
  }

  mutating func zeroPoint(_ name: String, _ element: ElementType, _ value: Int32) -> String {
    let data: ONNXData =
      switch element {
      case .uint8: .uint8([UInt8(clamping: value)])
      case .int8: .int8([Int8(clamping: value)])
      case .int32: .int32([value])
      case .float32: .float32([Float(value)])
      }
    return initializer(name + ".zero_point", shape: [], data)
  }

  /// What a node reads for input `id`, which it wants with these axes when it is a constant.
  mutating func operand(_ id: ValueID, _ permutation: [Int]?) -> String {
    let value = graph[id]
    guard let data = value.constant else {
      precondition(permutation == nil, "\(value.name): only constants can be rearranged")
      guard let name = readable[id] else {
        preconditionFailure("\(value.name) is read before it is made")
      }
      return name
    }
    let shape = value.type.shape
    let order = permutation ?? (shape.rank == 4 ? [0, 3, 1, 2] : Array(0..<shape.rank))
    let key = Permuted(value: id, permutation: order)
    if let name = constants[key] { return name }
    let isFirst = !constants.keys.contains { $0.value == id }
    let name = isFirst ? value.name : unique(value.name + "." + order.map(String.init).joined())
    model.initializers.append(
      .init(
        name: name, shape: Shape(order.map { shape[$0] }),
        data: ONNXData(data, shape: shape, permutation: order)))
    let result = isQuantized ? dequantize(name, value.type, order) : name
    constants[key] = result
    return result
  }

  mutating func dequantize(_ name: String, _ type: TensorType, _ order: [Int]) -> String {
    guard let quantization = type.quantization else { return name }
    var inputs = [name, scale(name, quantization)]
    if quantization.zeroPoint != 0 {
      inputs.append(zeroPoint(name, type.element, quantization.zeroPoint))
    }
    let axis = quantization.axis.flatMap(order.firstIndex(of:))
    let result = unique(name + ".dequantized")
    append(
      "DequantizeLinear", inputs, [result], of: name,
      attributes: axis.map { ["axis": .int(Int64($0))] } ?? [:])
    return result
  }

  // MARK: - Nodes

  mutating func lower(_ node: Node) throws(FormatError) {
    let name = node.outputs.first.map { graph[$0].name } ?? node.op.name
    guard let op = node.op.deployable else {
      throw .operatorRule(
        .onnx, op: node.op.name, tensor: name, rule: "a deployable operator", found: node.op.name)
    }
    let fragment = op.onnx(
      graph.inputTypes(of: node).map(\.shape), graph.outputTypes(of: node).map(\.shape))
    let results = node.outputs.map { id in
      isQuantized ? unique(graph[id].name + ".real") : graph[id].name
    }
    var locals: [String: String] = [:]
    for item in fragment.nodes {
      var inputs: [String] = []
      for operand in item.inputs {
        switch operand {
        case .input(let index): inputs.append(self.operand(node.inputs[index], nil))
        case .permutedInput(let index, let order):
          inputs.append(self.operand(node.inputs[index], order))
        case .output(let index): inputs.append(results[index])
        case .local(let local): inputs.append(locals[local, default: ""])
        case .int64s(let values):
          inputs.append(
            initializer("\(name).ints", shape: [values.count], .int64(values)))
        case .absent: inputs.append("")
        }
      }
      var outputs: [String] = []
      for operand in item.outputs {
        switch operand {
        case .output(let index): outputs.append(results[index])
        case .local(let local):
          let value = unique("\(name).\(local)")
          locals[local] = value
          outputs.append(value)
        case .input, .permutedInput, .int64s, .absent:
          preconditionFailure("\(node.op.name): \(operand) is not a result")
        }
      }
      append(item.opType, inputs, outputs, of: name, attributes: item.attributes)
    }
    for (id, result) in zip(node.outputs, results) {
      readable[id] = graph[id].name
      if isQuantized { quantizeDequantize(id, from: result, to: graph[id].name) }
    }
  }

  mutating func append(
    _ opType: String, _ inputs: [String], _ outputs: [String], of value: String,
    attributes: [String: ONNXAttribute] = [:]
  ) {
    let name = Self.unique("\(value)/\(opType)", in: &nodeNames)
    model.nodes.append(
      .init(name: name, opType: opType, inputs: inputs, outputs: outputs, attributes: attributes))
  }

  mutating func initializer(_ name: String, shape: Shape, _ data: ONNXData) -> String {
    let name = unique(name)
    model.initializers.append(.init(name: name, shape: shape, data: data))
    return name
  }

  // MARK: - Names and shapes

  /// `name`, or with the first free number behind it.
  mutating func unique(_ name: String) -> String { Self.unique(name, in: &valueNames) }

  static func unique(_ name: String, in taken: inout Set<String>) -> String {
    var candidate = name
    var number = 1
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(name).\(number)"
    }
    return candidate
  }

  func onnxShape(_ shape: Shape) -> Shape {
    shape.rank == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
  }
}

extension ONNXData {
  /// The elements with axis `i` of the result being axis `permutation[i]` of `data`.
  fileprivate init(_ data: TensorData, shape: Shape, permutation: [Int]) {
    switch data {
    case .float32(let values): self = .float32(values.permuted(shape, permutation))
    case .int8(let values): self = .int8(values.permuted(shape, permutation))
    case .uint8(let values): self = .uint8(values.permuted(shape, permutation))
    case .int32(let values): self = .int32(values.permuted(shape, permutation))
    }
  }
}
