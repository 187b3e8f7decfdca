extension Value {
  /// The elements of a float32 constant.
  ///
  /// - Precondition: the value is a float32 constant; `GraphVerifier` has made sure.
  public var floats: [Float] {
    guard case .float32(let values)? = constant else {
      preconditionFailure("\(name) is not a float32 constant")
    }
    return values
  }
}

extension Graph {
  /// The same graph without values that no node, input or output mentions; the order of the rest is kept.
  public func pruned() -> Graph {
    var used = Set(inputs + outputs)
    for node in nodes { used.formUnion(node.inputs + node.outputs) }
    var renumbered: [ValueID: ValueID] = [:]
    var result = self
    result.values = []
    for (index, value) in values.enumerated() where used.contains(ValueID(index)) {
      renumbered[ValueID(index)] = ValueID(result.values.count)
      result.values.append(value)
    }
    let map = { (id: ValueID) in renumbered[id] ?? id }
    result.nodes = nodes.map {
      Node($0.op, inputs: $0.inputs.map(map), outputs: $0.outputs.map(map))
    }
    result.inputs = inputs.map(map)
    result.outputs = outputs.map(map)
    return result
  }
}
