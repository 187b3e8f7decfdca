import RouseIR

/// What normalizes a layer's result: one node, or a reshape that splits the channels, the normalization of their
/// groups, and a reshape that joins them.
struct FoldableNormalization {
  let op: BatchNorm
  /// All of its nodes.
  let nodes: [Int]
  let result: ValueID
  let gamma: ValueID
  let beta: ValueID
  let mean: ValueID
  let variance: ValueID

  /// Nil unless the result of `node` goes nowhere else.
  init?(of node: Node, in graph: Graph, _ consumers: [[Int]]) {
    func reader(of node: Node) -> Int? {
      guard let result = node.outputs.first, !graph.outputs.contains(result) else { return nil }
      return consumers[result.index].count == 1 ? consumers[result.index][0] : nil
    }
    func next(_ index: Int) -> Int? { reader(of: graph.nodes[index]) }
    guard let output = node.outputs.first, let first = reader(of: node) else { return nil }
    if case .batchNorm(let op) = graph.nodes[first].op {
      self.init(op, graph.nodes[first], nodes: [first], result: graph.nodes[first].outputs[0])
      return
    }
    guard case .reshape = graph.nodes[first].op, let norm = next(first),
      case .batchNorm(let op) = graph.nodes[norm].op, let join = next(norm),
      case .reshape = graph.nodes[join].op, let result = graph.nodes[join].outputs.first,
      graph[result].type.shape == graph[output].type.shape
    else { return nil }
    self.init(op, graph.nodes[norm], nodes: [first, norm, join], result: result)
  }

  private init(_ op: BatchNorm, _ norm: Node, nodes: [Int], result: ValueID) {
    self.op = op
    self.nodes = nodes
    self.result = result
    (gamma, beta, mean, variance) = (norm.inputs[1], norm.inputs[2], norm.inputs[3], norm.inputs[4])
  }

  /// `gamma / √(variance + epsilon)` of each group; channel `c` of `n` groups is in group `c mod n`.
  func gains(in graph: Graph) -> [Double] {
    zip(graph[gamma].floats, deviations(in: graph)).map { Double($0) / $1 }
  }

  /// `√(variance + epsilon)` of each group.
  func deviations(in graph: Graph) -> [Double] {
    graph[variance].floats.map { (Double($0) + Double(op.epsilon)).squareRoot() }
  }
}
