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
    var isUsed = [Bool](repeating: false, count: values.count)
    func use(_ ids: [ValueID]) {
      for id in ids where isUsed.indices.contains(id.index) { isUsed[id.index] = true }
    }
    use(inputs)
    use(outputs)
    for node in nodes {
      use(node.inputs)
      use(node.outputs)
    }
    guard isUsed.contains(false) else { return self }
    var renumbered = [ValueID](repeating: ValueID(0), count: values.count)
    var result = self
    result.values = []
    for (index, value) in values.enumerated() where isUsed[index] {
      renumbered[index] = ValueID(result.values.count)
      result.values.append(value)
    }
    let map = { (id: ValueID) in renumbered.indices.contains(id.index) ? renumbered[id.index] : id }
    result.nodes = nodes.map {
      Node($0.op, inputs: $0.inputs.map(map), outputs: $0.outputs.map(map))
    }
    result.inputs = inputs.map(map)
    result.outputs = outputs.map(map)
    return result
  }
}
