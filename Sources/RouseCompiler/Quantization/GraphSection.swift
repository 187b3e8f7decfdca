import RouseIR

extension Graph {
  /// The values that nodes before `node` make, or the graph is given, and that `node` or later ones read.
  func crossing(before node: Int) -> [ValueID] {
    var isMade = [Bool](repeating: false, count: values.count)
    for id in inputs { isMade[id.index] = true }
    for node in nodes[..<node] { for id in node.outputs { isMade[id.index] = true } }
    var isRead = [Bool](repeating: false, count: values.count)
    for node in nodes[node...] { for id in node.inputs { isRead[id.index] = true } }
    return values.indices.filter { isMade[$0] && isRead[$0] }.map(ValueID.init)
  }

  /// The nodes of `range` as a graph of their own, with the names they have here.
  ///
  /// Its inputs are what crosses into it, in order. Its variables are all of this graph's; one that an earlier node
  /// assigns would start anew.
  func section(_ range: Range<Int>, outputs: [ValueID]) -> Graph {
    var result = self
    result.inputs = crossing(before: range.lowerBound).filter { id in
      nodes[range].contains { $0.inputs.contains(id) } || outputs.contains(id)
    }
    result.nodes = Array(nodes[range])
    result.outputs = outputs
    for index in variables.indices where variables[index].initial == nil {
      let type = variables[index].type
      // Says that the variable needs no assignment to be readable; it starts at 0 as before.
      if type.element == .int8 { result.variables[index].initial = .int8(type.zeroBytes) }
    }
    return result.pruned()
  }

  /// The node that makes the value called `name`.
  func producer(of name: String) -> Int? {
    value(named: name).flatMap { producers[$0.index] }
  }
}
