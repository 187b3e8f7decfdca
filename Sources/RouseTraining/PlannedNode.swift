import RouseIR

/// What a plan runs in one go: a node of the graph, or a chain of nodes that is cheaper as a whole.
struct PlannedNode {
  let op: any BatchOperator
  let inputs: [ValueID]
  let outputs: [ValueID]

  /// The nodes up to the one that makes `target`, in the order of the graph.
  ///
  /// - Precondition: all of them are `TrainableOperator`s.
  static func nodes(of graph: Graph, upTo target: ValueID) -> [PlannedNode] {
    guard let last = graph.producers[target.index] else { return [] }
    let (producers, consumers) = (graph.producers, graph.consumers)
    var replaced = Set<Int>()
    var chains: [Int: PlannedNode] = [:]
    for index in 0...last {
      let found = MixedDepthwise.find(
        graph, endingAt: index, producers: producers, consumers: consumers)
      guard let found else { continue }
      replaced.formUnion(found.replaced)
      chains[index] = PlannedNode(
        op: found.op, inputs: found.inputs, outputs: graph.nodes[index].outputs)
    }
    return (0...last).compactMap { index in
      if let chain = chains[index] { return chain }
      guard !replaced.contains(index) else { return nil }
      let node = graph.nodes[index]
      guard let op = node.op.trainable else { preconditionFailure("\(node.op.name) cannot train") }
      return PlannedNode(op: op, inputs: node.inputs, outputs: node.outputs)
    }
  }
}
