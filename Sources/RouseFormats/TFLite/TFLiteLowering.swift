import RouseIR
import RouseNumerics

/// Turns a graph into a TFLite model; `GraphDecoding` is the inverse.
///
/// - Subgraph 0, called like the graph, holds one tensor for each value, in the order of the graph; then the resource
///   handles of the variables and the constants that the IR keeps as operator attributes, both without names. Its
///   operators are CALL_ONCE, a VAR_HANDLE for each variable, then the nodes in the order of the graph.
/// - Subgraph 1, "NoOp" as TensorFlow's converter calls it, assigns each variable its initial value. CALL_ONCE runs it
///   before the first inference.
/// - Equal data is stored once, and so are equal attribute constants.
///
/// Not stored: `Value.isParameter`, which has no meaning once training is over.
public enum TFLiteLowering {
  /// - Throws: `FormatError.operatorRule` for an operator that only trains.
  public static func model(
    from graph: Graph, description: String
  ) throws(FormatError) -> TFLiteModel {
    var lowering = Lowering(graph: graph, model: TFLiteModel(description: description))
    try lowering.run()
    return lowering.model
  }
}

private struct Lowering {
  private let graph: Graph
  private(set) var model: TFLiteModel
  private var main = TFLiteModel.Subgraph(name: "")

  private var bufferOfData: [[UInt8]: Int] = [:]
  private var opcodeOfCode: [TFLiteModel.OperatorCode: Int] = [:]
  private var attributes: [Attribute: Int32] = [:]

  private struct Attribute: Hashable {
    var values: [Int32]
    var shape: [Int32]
  }

  init(graph: Graph, model: TFLiteModel) {
    self.graph = graph
    self.model = model
  }

  mutating func run() throws(FormatError) {
    main.name = graph.name
    main.inputs = graph.inputs.map { Int32($0.index) }
    main.outputs = graph.outputs.map { Int32($0.index) }
    for value in graph.values {
      main.tensors.append(
        tensor(value.name, value.type, data: value.constant.map(TFLiteConstant.bytes)))
    }
    let handles = Int32(main.tensors.count)
    if !graph.variables.isEmpty {
      let callOnce = TFLiteOptions.callOnce(initSubgraph: 1)
      main.operators.append(operation(.callOnce, version: 1, [], [], callOnce))
      for (index, variable) in graph.variables.enumerated() {
        main.tensors.append(Self.handle)
        main.operators.append(varHandle(variable, tensor: handles + Int32(index)))
      }
    }
    for node in graph.nodes { try append(node, handles: handles) }
    model.subgraphs = [main]
    if !graph.variables.isEmpty { model.subgraphs.append(initialization()) }
  }

  // MARK: - Operators

  private mutating func append(_ node: Node, handles: Int32) throws(FormatError) {
    guard let op = node.op.deployable else {
      throw .operatorRule(
        .tflite, op: node.op.name, tensor: node.outputs.first.map { graph[$0].name } ?? "",
        rule: "an operator that can be deployed", found: "one that only trains")
    }
    let fragment = op.tflite(graph.inputTypes(of: node), graph.outputTypes(of: node))
    let inputs = fragment.operands.map { operand -> Int32 in
      switch operand {
      case .input(let index): Int32(node.inputs[index].index)
      case .variable(let id): handles + Int32(id.index)
      case .attribute(let values, let isScalar):
        attribute(Attribute(values: values, shape: isScalar ? [] : [Int32(values.count)]))
      case .matrix(let values, let columns):
        attribute(
          Attribute(values: values, shape: [Int32(values.count / columns), Int32(columns)]))
      }
    }
    main.operators.append(
      operation(
        fragment.builtin, version: fragment.version, inputs,
        node.outputs.map { Int32($0.index) }, fragment.options))
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
    main.tensors.append(
      TFLiteModel.Tensor(
        name: "", shape: attribute.shape, element: .int32,
        buffer: buffer(TFLiteConstant.bytes(.int32(attribute.values)))))
    attributes[attribute] = index
    return index
  }

  // MARK: - Variables

  private static let handle = TFLiteModel.Tensor(name: "", shape: [], element: .resource)

  private mutating func varHandle(_ variable: Variable, tensor: Int32) -> TFLiteModel.Operator {
    operation(
      .varHandle, version: 1, [], [tensor], .varHandle(container: "", sharedName: variable.name))
  }

  private mutating func initialization() -> TFLiteModel.Subgraph {
    var subgraph = TFLiteModel.Subgraph(name: "NoOp")
    for variable in graph.variables {
      let handle = Int32(subgraph.tensors.count)
      let initial = variable.initialBytes.map(UInt8.init(bitPattern:))
      subgraph.tensors += [Self.handle, tensor("", variable.type, data: initial)]
      subgraph.operators.append(varHandle(variable, tensor: handle))
      subgraph.operators.append(
        operation(.assignVariable, version: 1, [handle, handle + 1], [], .none))
    }
    return subgraph
  }

  // MARK: - Tensors

  private mutating func tensor(
    _ name: String, _ type: TensorType, data: [UInt8]?
  ) -> TFLiteModel.Tensor {
    TFLiteModel.Tensor(
      name: name, shape: type.shape.dimensions.map(Int32.init), element: .init(type.element),
      buffer: data.map { buffer($0) } ?? 0,
      quantization: type.quantization.map(TFLiteModel.Quantization.init))
  }

  private mutating func buffer(_ data: [UInt8]) -> Int {
    if let index = bufferOfData[data] { return index }
    model.buffers.append(data)
    bufferOfData[data] = model.buffers.count - 1
    return model.buffers.count - 1
  }
}
