import RouseIR
import RouseNumerics

/// An ONNX model while `ONNXLowering` makes it: names, ports, state and constants. Nodes are in `ONNXNodeLowering`.
struct ONNXAssembly {
  enum Form {
    case float
    case qdq
    case exact
  }

  let graph: Graph
  let form: Form
  var model: ONNXModel
  /// All value names taken so far.
  private var valueNames: Set<String>
  private var nodeNames: Set<String> = []
  /// What the nodes read for each activation.
  var readable: [ValueID: String] = [:]
  /// The integers of each activation, in the forms that have them.
  var integers: [ValueID: String] = [:]
  /// What the nodes read for a constant in one arrangement.
  var constants: [Arrangement: String] = [:]
  /// The exact form's activations moved up by 128, by the name of what was moved.
  var unsignedValues: [String: String] = [:]
  /// What each variable holds at this point of the run.
  private var contents: [String] = []

  struct Arrangement: Hashable {
    var value: ValueID
    var permutation: [Int]
    /// Weights moved up by 128.
    var isUnsigned = false
  }

  init(_ graph: Graph, _ form: Form) {
    self.graph = graph
    self.form = form
    // ONNX asks for a name.
    model = ONNXModel(graphName: graph.name.isEmpty ? "network" : graph.name)
    valueNames = Set(graph.values.map(\.name))
  }

  mutating func run() throws(FormatError) {
    for value in graph.values { try check(value.name, value.type) }
    for variable in graph.variables { try check(variable.name, variable.type) }
    for id in graph.inputs { input(id) }
    for variable in graph.variables { try state(variable) }
    for node in graph.nodes { try lower(node) }
    for id in graph.outputs { try output(id) }
    for (variable, content) in zip(graph.variables, contents) {
      let next = Self.next(variable.name)
      append("Identity", [content], [next], of: variable.name)
      model.outputs.append(port(next, variable.type))
    }
  }

  /// Float graphs hold float32 only, quantized ones integers with a quantization.
  private func check(_ name: String, _ type: TensorType) throws(FormatError) {
    let isFloat = type.element == .float32
    if form == .float && !isFloat {
      throw .tensorRule(
        .onnx, tensor: name, rule: "float32 in a float model", found: type.element.rawValue)
    }
    if form != .float && (isFloat || type.quantization == nil) {
      throw .tensorRule(
        .onnx, tensor: name, rule: "a quantization in an int8 model",
        found: isFloat ? "float32" : "none")
    }
  }

  // MARK: - Ports

  private mutating func input(_ id: ValueID) {
    let value = graph[id]
    readable[id] = value.name
    switch form {
    case .float: model.inputs.append(port(value.name, value.type))
    case .exact:
      model.inputs.append(port(value.name, value.type))
      integers[id] = value.name
    case .qdq:
      model.inputs.append(.init(name: value.name, shape: onnxShape(value.type.shape)))
      let result = unique(value.name + ".dequantized")
      quantizeDequantize(id, from: value.name, to: result)
      readable[id] = result
    }
  }

  private mutating func output(_ id: ValueID) throws(FormatError) {
    guard let producer = graph.producers[id.index] else {
      throw .tensorRule(
        .onnx, tensor: graph[id].name, rule: "an output is the result of a node", found: "none")
    }
    let node = graph.nodes[producer]
    let source = isSilent(node) ? node.inputs[0] : id
    guard graph.producers[source.index] != nil else {
      throw .tensorRule(
        .onnx, tensor: graph[id].name, rule: "an output is the result of a node", found: "none")
    }
    let (value, shape) = (graph[source], onnxShape(graph[source].type.shape))
    model.outputs.append(
      form == .exact ? port(value.name, value.type) : .init(name: value.name, shape: shape))
  }

  /// True for a last requantization that leaves real numbers as they are: int8 to uint8 in a QDQ model.
  func isSilent(_ node: Node) -> Bool {
    guard form == .qdq, case .quantize = node.op, graph.outputs.contains(node.outputs[0]),
      !graph.outputs.contains(node.inputs[0]), graph[node.inputs[0]].constant == nil,
      !graph.nodes.contains(where: { $0.inputs.contains(node.outputs[0]) })
    else { return false }
    let (x, y) = (graph[node.inputs[0]].type, graph[node.outputs[0]].type)
    guard x.element == .int8, y.element == .uint8, let from = x.quantization,
      let to = y.quantization
    else { return false }
    return from.scales == to.scales && to.zeroPoint == from.zeroPoint + 128
  }

  private func port(_ name: String, _ type: TensorType) -> ONNXModel.Port {
    .init(name: name, element: .init(type.element), shape: onnxShape(type.shape))
  }

  // MARK: - State

  static func next(_ variable: String) -> String { variable + ".next" }

  private mutating func state(_ variable: Variable) throws(FormatError) {
    let (name, next) = (variable.name, Self.next(variable.name))
    for name in [name, next] {
      guard valueNames.insert(name).inserted else {
        throw .tensorRule(.onnx, tensor: name, rule: "a name is given once", found: "twice")
      }
    }
    model.inputs.append(port(name, variable.type))
    contents.append(name)
    model.metadata["rouse.state.\(name)"] = next
    model.metadata["rouse.state_initial.\(name)"] = try Self.initial(variable)
  }

  /// The one number that fills a variable before the first run.
  private static func initial(_ variable: Variable) throws(FormatError) -> String {
    let texts: Set<String> =
      switch variable.initial {
      case nil: [variable.type.quantization.map { "\($0.zeroPoint)" } ?? "0"]
      case .float32(let values): Set(values.map { "\($0)" })
      case .int8(let values): Set(values.map { "\($0)" })
      case .uint8(let values): Set(values.map { "\($0)" })
      case .int32(let values): Set(values.map { "\($0)" })
      }
    guard let text = texts.first, texts.count == 1 else {
      throw .tensorRule(
        .onnx, tensor: variable.name, rule: "one initial value in every element",
        found: "\(texts.count)")
    }
    return text
  }

  mutating func read(_ variable: VariableID, into id: ValueID) {
    let (content, name, type) = (contents[variable.index], graph[id].name, graph[id].type)
    integers[id] = form == .float ? nil : content
    readable[id] = name
    guard form == .qdq, let quantization = type.quantization else {
      return append("Identity", [content], [name], of: name)
    }
    append(
      "DequantizeLinear",
      [
        content, scale(name, quantization), zeroPoint(name, type.element, quantization.zeroPoint),
      ], [name], of: name)
  }

  mutating func assign(_ variable: VariableID, _ id: ValueID) throws(FormatError) {
    guard let name = form == .float ? readable[id] : integers[id] else {
      throw .operatorRule(
        .onnx, op: AssignVariable.name, tensor: graph[variable].name,
        rule: "the result of a node", found: graph[id].name)
    }
    contents[variable.index] = name
  }

  // MARK: - Quantization

  /// QuantizeLinear and DequantizeLinear with the quantization of `id`.
  mutating func quantizeDequantize(_ id: ValueID, from source: String, to result: String) {
    let (name, type) = (graph[id].name, graph[id].type)
    guard let quantization = type.quantization else { return }
    let parameters = [
      scale(name, quantization), zeroPoint(name, type.element, quantization.zeroPoint),
    ]
    let codes = unique(name + ".quantized")
    integers[id] = codes
    append("QuantizeLinear", [source] + parameters, [codes], of: name)
    append("DequantizeLinear", [codes] + parameters, [result], of: name)
  }

  private mutating func scale(_ name: String, _ quantization: Quantization) -> String {
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

  // MARK: - Operands

  /// What a node reads for input `id`, which it wants with these axes when it is a constant.
  mutating func operand(_ id: ValueID, _ permutation: [Int]?) -> String {
    guard graph[id].constant != nil else {
      precondition(permutation == nil, "\(graph[id].name): only constants can be rearranged")
      guard let name = readable[id] else {
        preconditionFailure("\(graph[id].name) is read before it is made")
      }
      return name
    }
    let rank = graph[id].type.shape.rank
    let order = permutation ?? (rank == 4 ? [0, 3, 1, 2] : Array(0..<rank))
    return constant(Arrangement(value: id, permutation: order))
  }

  mutating func constant(_ arrangement: Arrangement) -> String {
    if let name = constants[arrangement] { return name }
    let (id, order) = (arrangement.value, arrangement.permutation)
    let value = graph[id]
    guard let data = value.constant else { preconditionFailure("\(value.name) is no constant") }
    let shape = value.type.shape
    let isFirst = !constants.keys.contains { $0.value == id }
    let name = isFirst ? value.name : unique(value.name + "." + order.map(String.init).joined())
    var elements = ONNXData(data).permuted(shape, order)
    if arrangement.isUnsigned, case .int8(let codes) = elements {
      elements = .uint8(codes.map { UInt8(bitPattern: $0) ^ 0x80 })
    }
    model.initializers.append(
      .init(name: name, shape: Shape(order.map { shape[$0] }), data: elements))
    let result = form == .qdq ? dequantize(name, value.type, order) : name
    constants[arrangement] = result
    return result
  }

  private mutating func dequantize(_ name: String, _ type: TensorType, _ order: [Int]) -> String {
    guard let quantization = type.quantization else { return name }
    var inputs = [name, scale(name, quantization)]
    if case .int8 = type.element {
      // One for each scale: where it is left out, ONNX Runtime 1.31.1 moves weights to uint8 behind a single zero point,
      // which its own DequantizeLinear then refuses (x64quantprecision, convolutions that are not fused).
      let zeros = [Int8](
        repeating: Int8(clamping: quantization.zeroPoint), count: quantization.scales.count)
      inputs.append(
        initializer(
          name + ".zero_point", shape: quantization.axis == nil ? [] : [zeros.count], .int8(zeros)))
    } else if quantization.zeroPoint != 0 {
      inputs.append(zeroPoint(name, type.element, quantization.zeroPoint))
    }
    let axis = quantization.axis.flatMap(order.firstIndex(of:))
    let result = unique(name + ".dequantized")
    append(
      "DequantizeLinear", inputs, [result], of: name,
      attributes: axis.map { ["axis": .int(Int64($0))] } ?? [:])
    return result
  }

  // MARK: - Nodes and names

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

  /// `name`, or with the first free number behind it.
  mutating func unique(_ name: String) -> String { Self.unique(name, in: &valueNames) }

  private static func unique(_ name: String, in taken: inout Set<String>) -> String {
    var candidate = name
    var number = 1
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(name).\(number)"
    }
    return candidate
  }

  private func onnxShape(_ shape: Shape) -> Shape {
    shape.rank == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
  }
}

extension ONNXData {
  init(_ data: TensorData) {
    switch data {
    case .float32(let values): self = .float32(values)
    case .int8(let values): self = .int8(values)
    case .uint8(let values): self = .uint8(values)
    case .int32(let values): self = .int32(values)
    }
  }
}

extension ONNXModel.Element {
  init(_ element: ElementType) {
    switch element {
    case .float32: self = .float32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int32: self = .int32
    }
  }
}
