import RouseIR

/// The inverse of `FoldBatchNorm`: gives a training graph the weights of the network that it was folded into, after they
/// were trained on: `w = w′/g`, `beta = b′ − (b − mean)·g`, with gamma, mean and variance as they were.
///
/// - Rounding: in double, once to float32; folded again, a weight is within one unit in its last place of what it was.
/// - A channel whose gain is nothing gets the gain 1, since no weight times 0 is what was trained.
/// - Biases that folding made up and that the training graph has no place for are not taken back: see `unplaced`.
public enum UnfoldBatchNorm {
  /// A smaller gain was never meant to pass anything, and dividing by it would leave float32.
  private static let smallestGain = 1e-6

  /// - Parameters:
  ///   - folded: made of `graph` by `FoldBatchNorm`; only its constants are read.
  ///   - graph: a training graph.
  /// - Throws: `mismatch` when a constant of a layer is not in `folded`.
  public static func apply(_ folded: Graph, to graph: Graph) throws(GraphError) -> Graph {
    var result = graph
    for layer in layers(of: graph) {
      let weights = try floats(graph[layer.node.inputs[1]].name, folded)
      let bias = layer.node.inputs.count > 2 ? layer.node.inputs[2] : nil
      guard let chain = layer.chain else {
        result[layer.node.inputs[1]].constant = .float32(weights)
        if let bias { result[bias].constant = .float32(try floats(graph[bias].name, folded)) }
        continue
      }
      let folds = try floats(layer.biasName, folded)
      let shape = graph[layer.node.inputs[1]].type.shape
      let (channels, axis) = (shape[layer.linear.channelAxis], layer.linear.channelAxis)
      let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
      var (gamma, gains) = (graph[chain.gamma].floats, chain.gains(in: graph))
      for (group, deviation) in chain.deviations(in: graph).enumerated()
      where abs(gains[group]) < smallestGain {
        gamma[group] = Float(deviation)
        gains[group] = Double(gamma[group]) / deviation
      }
      result[layer.node.inputs[1]].constant = .float32(
        weights.enumerated().map { index, weight in
          Float(Double(weight) / gains[index / inner % channels % gains.count])
        })
      let (mean, own) = (graph[chain.mean].floats, bias.map { graph[$0].floats })
      result[chain.gamma].constant = .float32(gamma)
      result[chain.beta].constant = .float32(
        gains.enumerated().map { group, gain in
          Float(Double(folds[group]) - (Double(own?[group] ?? 0) - Double(mean[group])) * gain)
        })
    }
    return result
  }

  /// Names of the folded network's biases that `graph` cannot hold: those of layers that have none of their own and are
  /// not normalized, and those of channels that are normalized in groups.
  static func unplaced(in graph: Graph) -> Set<String> {
    Set(
      layers(of: graph).filter { layer in
        guard let chain = layer.chain else { return layer.node.inputs.count < 3 }
        let channels = graph[layer.node.inputs[1]].type.shape[layer.linear.channelAxis]
        return graph[chain.beta].type.shape.count != channels
      }.map(\.biasName))
  }

  // MARK: - Layers

  private struct Layer {
    let node: Node
    let linear: LinearLayer
    let chain: FoldableNormalization?
    /// What its bias is called once it is folded.
    let biasName: String
  }

  private static func layers(of graph: Graph) -> [Layer] {
    let consumers = graph.consumers
    return graph.nodes.compactMap { node in
      guard let linear = LinearLayer(node.op) else { return nil }
      return Layer(
        node: node, linear: linear,
        chain: linear.activation == .none
          ? FoldableNormalization(of: node, in: graph, consumers) : nil,
        biasName: node.inputs.count > 2
          ? graph[node.inputs[2]].name : FoldBatchNorm.biasName(of: node, in: graph))
    }
  }

  private static func floats(_ name: String, _ folded: Graph) throws(GraphError) -> [Float] {
    guard let id = folded.value(named: name), case .float32(let values)? = folded[id].constant
    else {
      throw .mismatch(
        op: "unfold-batch-norm", what: "constants of \(folded.name)", expected: name,
        found: "no such constant")
    }
    return values
  }
}
