import RouseIR
import RouseNumerics

/// One node of the IR as ONNX nodes.
extension ONNXAssembly {
  /// A node while the items of its fragment are named.
  struct Scope {
    let node: Node
    /// The first result, after which everything else of the node is named.
    let name: String
    /// Names of the fragment's results.
    let results: [String]
    var locals: [String: String] = [:]
  }

  mutating func lower(_ node: Node) throws(FormatError) {
    let name = node.outputs.first.map { graph[$0].name } ?? node.op.name
    guard let op = node.op.deployable else {
      throw .operatorRule(
        .onnx, op: node.op.name, tensor: name, rule: "a deployable operator", found: node.op.name)
    }
    if case .readVariable(let read) = node.op {
      return self.read(read.variable, into: node.outputs[0])
    }
    if case .assignVariable(let assign) = node.op {
      return try self.assign(assign.variable, node.inputs[0])
    }
    if isSilent(node) { return }
    let fragment = op.onnx(
      graph.inputTypes(of: node).map(\.shape), graph.outputTypes(of: node).map(\.shape))
    let results = node.outputs.map { id in
      form == .qdq ? unique(graph[id].name + ".real") : graph[id].name
    }
    var scope = Scope(node: node, name: name, results: results)
    if form == .exact { return try lowerExactly(fragment, op, &scope) }
    for item in fragment.nodes { append(item, &scope) }
    for (id, result) in zip(node.outputs, results) {
      readable[id] = graph[id].name
      if form == .qdq { quantizeDequantize(id, from: result, to: graph[id].name) }
    }
  }

  mutating func append(_ item: ONNXNode, _ scope: inout Scope) {
    let inputs = item.inputs.map { operand($0, scope) }
    let outputs = item.outputs.map { result($0, &scope) }
    append(item.opType, inputs, outputs, of: scope.name, attributes: item.attributes)
  }

  /// The name of what a node of a fragment reads.
  mutating func operand(_ operand: ONNXOperand, _ scope: Scope) -> String {
    switch operand {
    case .input(let index): self.operand(scope.node.inputs[index], nil)
    case .permutedInput(let index, let order): self.operand(scope.node.inputs[index], order)
    case .output(let index): scope.results[index]
    case .local(let local): scope.locals[local, default: ""]
    case .int64s(let values):
      initializer("\(scope.name).ints", shape: [values.count], .int64(values))
    case .absent: ""
    }
  }

  /// The name of what a node of a fragment makes; notes new locals.
  mutating func result(_ operand: ONNXOperand, _ scope: inout Scope) -> String {
    switch operand {
    case .output(let index): return scope.results[index]
    case .local(let local):
      let value = unique("\(scope.name).\(local)")
      scope.locals[local] = value
      return value
    case .input, .permutedInput, .int64s, .absent:
      preconditionFailure("\(scope.node.op.name): \(operand) is not a result")
    }
  }
}
