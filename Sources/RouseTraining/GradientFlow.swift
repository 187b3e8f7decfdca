import RouseIR
import RouseNumerics

/// Which gradients backward computes and where they go.
///
/// An operator overwrites the gradients of its inputs, so when several nodes read one value, the first writes where the
/// gradient belongs and every other one in a place of its own; the places are summed, in node order, before the
/// value's producer runs backward.
struct GradientFlow {
  struct NodeGradients {
    var outputs: [FloatView]
    /// Nil where nothing depends on a parameter, and for constants that are not parameters.
    var inputs: [FloatView?]
    var sums: [(into: FloatView, from: FloatView)]
  }

  /// Nil for nodes that no parameter influences.
  var nodes: [NodeGradients?]
  var parameterSums: [(into: FloatView, from: FloatView)] = []
  var outputGradient: FloatView?

  /// A flow without gradients.
  init(nodeCount: Int) { nodes = Array(repeating: nil, count: nodeCount) }

  init(
    _ graph: Graph, _ nodes: [PlannedNode], _ target: ValueID, _ layout: ParameterLayout,
    _ gradients: FloatBuffer, views: [FloatView]
  ) {
    self.init(nodeCount: nodes.count)
    var isWanted = graph.values.map { $0.isParameter && $0.constant != nil }
    for node in nodes where node.inputs.contains(where: { isWanted[$0.index] }) {
      for output in node.outputs { isWanted[output.index] = true }
    }
    precondition(isWanted[target.index], "nothing to train")

    // A gradient starts as zeros and stays so for results that nothing reads.
    var home: [Int: FloatView] = [:]
    for (index, wanted) in isWanted.enumerated() where wanted && views[index].count > 0 {
      let value = graph.values[index]
      if let entry = layout[value.name], value.constant != nil {
        home[index] = layout.view(entry, of: gradients).reshaped(value.type.shape)
      } else {
        home[index] = FloatView(zeros: views[index].shape)
      }
    }
    outputGradient = home[target.index]

    var isWritten = Set<Int>()
    var sums: [Int: [(into: FloatView, from: FloatView)]] = [:]
    for (index, node) in nodes.enumerated() {
      guard node.outputs.contains(where: { isWanted[$0.index] }) else { continue }
      let inputs = node.inputs.map { id -> FloatView? in
        guard let place = home[id.index] else { return nil }
        if isWritten.insert(id.index).inserted { return place }
        let other = FloatView(zeros: place.shape)
        sums[id.index, default: []].append((place, other))
        return other
      }
      self.nodes[index] = NodeGradients(
        outputs: node.outputs.compactMap { home[$0.index] }, inputs: inputs, sums: [])
    }
    for (index, node) in nodes.enumerated() where self.nodes[index] != nil {
      self.nodes[index]?.sums = node.outputs.flatMap { sums[$0.index] ?? [] }
    }
    for (index, value) in graph.values.enumerated() where value.constant != nil {
      parameterSums += sums[index] ?? []
    }
  }
}
