import RouseIR

extension TFLiteForm {
  /// What `GraphDecoding` gives back of a graph that was lowered in this form.
  ///
  /// Operators, data and the types of everything that is computed stay. Names are those of the file or made of tensor
  /// indices; biases may be without scales; values that no node touches are left out. State that lives in a tensor is
  /// read directly before its first use and assigned directly after it is made; what is read stands behind all other
  /// values.
  public func visible(in graph: Graph) -> Graph {
    let formed = FormedGraph(graph, self)
    var result = Graph(name: names == .kept ? graph.name : "")
    func fileName(_ id: ValueID) -> String {
      DecodedTensors.name(names == .kept ? graph[id].name : "", formed.tensor(id))
    }

    var variableIDs: [VariableID: VariableID] = [:]
    var variableNames = UniqueNames()
    func add(_ id: VariableID, _ name: String) {
      variableIDs[id] = VariableID(result.variables.count)
      result.variables.append(graph[id])
      result.variables[result.variables.count - 1].name = variableNames.unique(name)
    }
    for (index, id) in formed.resources.enumerated() { add(id, resourceName(graph[id], index)) }
    for pair in formed.pairs { add(pair.variable, fileName(pair.new)) }

    var valueIDs: [ValueID: ValueID] = [:]
    var valueNames = UniqueNames()
    func add(_ id: ValueID, _ name: String) {
      var value = graph[id]
      value.name = valueNames.unique(name)
      value.isParameter = false
      if formed.unscaled.contains(id) { value.type.quantization = nil }
      valueIDs[id] = ValueID(result.values.count)
      result.values.append(value)
    }
    let touched = Set(graph.inputs + formed.nodes.flatMap { $0.inputs + $0.outputs })
    for id in formed.stored where touched.contains(id) { add(id, fileName(id)) }
    for pair in formed.pairs { add(pair.old, fileName(pair.new) + StateTensors.pastSuffix) }

    func numbers(_ ids: [ValueID]) -> [ValueID] { ids.compactMap { valueIDs[$0] } }
    var unread = formed.pairs
    for node in formed.nodes {
      for input in node.inputs {
        guard let index = unread.firstIndex(where: { $0.old == input }) else { continue }
        let op = ReadVariable(variable: unread[index].variable)
        let read = Op.readVariable(op).renumbered(variableIDs)
        result.nodes.append(Node(read, inputs: [], outputs: numbers([input])))
        unread.remove(at: index)
      }
      result.nodes.append(
        Node(
          node.op.renumbered(variableIDs), inputs: numbers(node.inputs),
          outputs: numbers(node.outputs)))
      for pair in formed.pairs where node.outputs.contains(pair.new) {
        let op = AssignVariable(variable: pair.variable)
        let assign = Op.assignVariable(op).renumbered(variableIDs)
        result.nodes.append(Node(assign, inputs: numbers([pair.new]), outputs: []))
      }
    }
    result.inputs = numbers(graph.inputs)
    result.outputs = numbers(graph.outputs)
    return result
  }
}

extension Op {
  fileprivate func renumbered(_ variables: [VariableID: VariableID]) -> Op {
    switch self {
    case .readVariable(let op):
      .readVariable(ReadVariable(variable: variables[op.variable] ?? op.variable))
    case .assignVariable(let op):
      .assignVariable(AssignVariable(variable: variables[op.variable] ?? op.variable))
    default: self
    }
  }
}
