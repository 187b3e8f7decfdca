import RouseIR
import RouseNumerics

/// Turns a graph into a TFLite model; `GraphDecoding` is the inverse, up to what `TFLiteForm.visible(in:)` takes away.
///
/// - Subgraph 0, called like the graph, holds one tensor for each value, in the order of the graph; then the resource
///   handles of the variables and the constants that the IR keeps as operator attributes, both without names. Its
///   operators are CALL_ONCE, a VAR_HANDLE for each variable, then the nodes in the order of the graph.
/// - Subgraph 1, "NoOp" as TensorFlow's converter calls it, assigns each variable its initial value. CALL_ONCE runs it
///   before the first inference.
/// - Equal data is stored once, and so are equal attribute constants.
/// - A variable that lives in a tensor has no handle and no operators; what it is read as and what is assigned to it are
///   one tensor.
///
/// Not stored: `Value.isParameter`, which has no meaning once training is over.
public enum TFLiteLowering {
  /// - Throws: `FormatError.operatorRule` for an operator that only trains.
  public static func model(
    from graph: Graph, description: String, form: TFLiteForm = .full
  ) throws(FormatError) -> TFLiteModel {
    var lowering = Lowering(
      graph: graph, form: form, model: TFLiteModel(description: description))
    try lowering.run()
    return lowering.model
  }
}

/// A part of some data, which says of most that they differ: hashing every weight would take longer than writing them.
private struct BufferKey: Hashable {
  private let count: Int
  private let head: [UInt8]
  private let tail: [UInt8]

  init(_ data: [UInt8]) {
    count = data.count
    head = Array(data.prefix(16))
    tail = Array(data.suffix(16))
  }
}

private struct Lowering {
  private let graph: Graph
  private let form: TFLiteForm
  private let formed: FormedGraph
  private(set) var model: TFLiteModel
  private var main = TFLiteModel.Subgraph(name: "")

  private var buffersOfKey: [BufferKey: [Int]] = [:]
  private var opcodeOfCode: [TFLiteModel.OperatorCode: Int] = [:]
  private var attributes: [Attribute: Int32] = [:]
  private var handles: [VariableID: Int32] = [:]

  private struct Attribute: Hashable {
    var values: [Int32]
    var shape: [Int32]
  }

  init(graph: Graph, form: TFLiteForm, model: TFLiteModel) {
    self.graph = graph
    self.form = form
    self.model = model
    formed = FormedGraph(graph, form)
  }

  mutating func run() throws(FormatError) {
    main.name = name(graph.name)
    main.inputs = indices(graph.inputs)
    main.outputs = indices(graph.outputs)
    for id in formed.stored { main.tensors.append(tensor(id)) }
    for pair in formed.pairs { main.tensors[formed.tensor(pair.new)].isVariable = true }
    let initialized = formed.resources.filter {
      form.initialState != .omitted || graph[$0].initial != nil
    }
    if !initialized.isEmpty {
      let callOnce = TFLiteOptions.callOnce(initSubgraph: 1)
      main.operators.append(operation(.callOnce, version: 1, [], [], callOnce))
    }
    for id in formed.resources {
      let handle = Int32(main.tensors.count)
      handles[id] = handle
      main.tensors.append(Self.handle)
      main.operators.append(varHandle(id, tensor: handle))
    }
    for node in formed.nodes { try append(node) }
    model.subgraphs = [main]
    if !initialized.isEmpty { model.subgraphs.append(initialization(of: initialized)) }
    if form.operatorCodes == .oneField { model.sortOperatorCodes() }
  }

  private func name(_ name: String) -> String { form.names == .kept ? name : "" }

  private func indices(_ ids: [ValueID]) -> [Int32] { ids.map { Int32(formed.tensor($0)) } }

  // MARK: - Operators

  private mutating func append(_ node: Node) throws(FormatError) {
    guard let op = node.op.deployable else {
      throw .operatorRule(
        .tflite, op: node.op.name, tensor: node.outputs.first.map { graph[$0].name } ?? "",
        rule: "an operator that can be deployed", found: "one that only trains")
    }
    let fragment = op.tflite(graph.inputTypes(of: node), graph.outputTypes(of: node))
    var inputs: [Int32] = []
    for operand in fragment.operands {
      switch operand {
      case .input(let index): inputs += indices([node.inputs[index]])
      case .variable(let id):
        guard let handle = handles[id] else {
          preconditionFailure("variable \(id.index) lives in a tensor and in a resource")
        }
        inputs.append(handle)
      case .attribute(let values, let isScalar):
        let shape = isScalar ? [] : [Int32(values.count)]
        inputs.append(attribute(Attribute(values: values, shape: shape)))
      case .matrix(let values, let columns):
        let shape = [Int32(values.count / columns), Int32(columns)]
        inputs.append(attribute(Attribute(values: values, shape: shape)))
      }
    }
    main.operators.append(
      operation(
        fragment.builtin, version: fragment.version, inputs, indices(node.outputs),
        fragment.options))
  }

  private mutating func operation(
    _ builtin: TFLiteBuiltin, version: Int32, _ inputs: [Int32], _ outputs: [Int32],
    _ options: TFLiteOptions
  ) -> TFLiteModel.Operator {
    let code = TFLiteModel.OperatorCode(code: builtin.rawValue, version: version)
    let opcode = opcodeOfCode[code] ?? model.operatorCodes.count
    if opcode == model.operatorCodes.count {
      model.operatorCodes.append(code)
      opcodeOfCode[code] = opcode
    }
    return TFLiteModel.Operator(opcode: opcode, inputs: inputs, outputs: outputs, options: options)
  }

  /// The tensor of an attribute; one tensor serves all operators with the same attribute.
  private mutating func attribute(_ attribute: Attribute) -> Int32 {
    if let index = attributes[attribute] { return index }
    let index = Int32(main.tensors.count)
    main.tensors.append(tensor(attribute))
    attributes[attribute] = index
    return index
  }

  // MARK: - Variables

  private static let handle = TFLiteModel.Tensor(name: "", shape: [], element: .resource)

  private mutating func varHandle(_ id: VariableID, tensor: Int32) -> TFLiteModel.Operator {
    let index = formed.resources.firstIndex(of: id) ?? id.index
    let name = form.resourceName(graph[id], index)
    return operation(
      .varHandle, version: 1, [], [tensor], .varHandle(container: "", sharedName: name))
  }

  private mutating func initialization(of variables: [VariableID]) -> TFLiteModel.Subgraph {
    var subgraph = TFLiteModel.Subgraph(name: name("NoOp"))
    var padded = PaddedState()
    for id in variables {
      let handle = Int32(subgraph.tensors.count)
      subgraph.tensors.append(Self.handle)
      let value =
        form.initialState == .computed && PaddedState.canMake(graph[id])
        ? self.padded(graph[id].type, &padded, in: &subgraph)
        : stored(graph[id], in: &subgraph)
      subgraph.operators.append(varHandle(id, tensor: handle))
      subgraph.operators.append(operation(.assignVariable, version: 1, [handle, value], [], .none))
    }
    return subgraph
  }

  /// The tensor of a variable's initial value, with its bytes in the file.
  private mutating func stored(
    _ variable: Variable, in subgraph: inout TFLiteModel.Subgraph
  ) -> Int32 {
    let initial = variable.initialBytes.map(UInt8.init(bitPattern:))
    subgraph.tensors.append(tensor("", variable.type, data: initial))
    return Int32(subgraph.tensors.count - 1)
  }

  /// The tensor of zero points that a PAD makes of one; one PAD serves all variables of a type.
  private mutating func padded(
    _ type: TensorType, _ padded: inout PaddedState, in subgraph: inout TFLiteModel.Subgraph
  ) -> Int32 {
    if let made = padded.results[type] { return made }
    let seedType = PaddedState.seed(of: type)
    let seed = padded.seeds[seedType] ?? Int32(subgraph.tensors.count)
    if padded.seeds.updateValue(seed, forKey: seedType) == nil {
      let data = seedType.zeroBytes.map(UInt8.init(bitPattern:))
      subgraph.tensors.append(tensor("", seedType, data: data))
    }
    let paddings = Int32(subgraph.tensors.count)
    subgraph.tensors.append(
      tensor(
        Attribute(
          values: PaddedState.paddings(of: type), shape: [Int32(type.shape.rank), 2])))
    let result = Int32(subgraph.tensors.count)
    subgraph.tensors.append(tensor("", type, data: nil))
    subgraph.operators.append(
      operation(.pad, version: PaddedState.version, [seed, paddings], [result], .none))
    padded.results[type] = result
    return result
  }

  // MARK: - Tensors

  private mutating func tensor(_ id: ValueID) -> TFLiteModel.Tensor {
    let value = graph[id]
    var type = value.type
    if formed.unscaled.contains(id) { type.quantization = nil }
    return tensor(name(value.name), type, data: value.constant.map(TFLiteConstant.bytes))
  }

  private mutating func tensor(_ attribute: Attribute) -> TFLiteModel.Tensor {
    TFLiteModel.Tensor(
      name: "", shape: attribute.shape, element: .int32,
      buffer: buffer(TFLiteConstant.bytes(.int32(attribute.values))))
  }

  private mutating func tensor(
    _ name: String, _ type: TensorType, data: [UInt8]?
  ) -> TFLiteModel.Tensor {
    TFLiteModel.Tensor(
      name: name, shape: type.shape.dimensions.map(Int32.init), element: .init(type.element),
      buffer: data.map { buffer($0) } ?? 0,
      quantization: type.quantization.map { .init($0, form.zeroPoints) })
  }

  private mutating func buffer(_ data: [UInt8]) -> Int {
    let key = BufferKey(data)
    let known = buffersOfKey[key, default: []]
    if let index = known.first(where: { model.buffers[$0] == data }) { return index }
    model.buffers.append(data)
    buffersOfKey[key] = known + [model.buffers.count - 1]
    return model.buffers.count - 1
  }
}
