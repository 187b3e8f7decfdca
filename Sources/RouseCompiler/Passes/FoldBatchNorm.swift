import RouseIR
import RouseNumerics

/// Replaces `batch_norm(conv(x, w))` by one convolution with `w′ = w·g`, `b′ = beta + (b − mean)·g`,
/// `g = gamma / √(variance + epsilon)` for each output channel, and moves the activation into the convolution.
///
/// - Rounding: `g` and the products are computed in double and rounded once to float32.
/// - Also gives every convolution and dense layer a bias: the ESP build of TFLite Micro aborts without one.
public enum FoldBatchNorm {
  public static func apply(to graph: Graph) throws(GraphError) -> Graph {
    var folding = Folding(graph)
    try folding.run()
    return folding.result.pruned()
  }
}

/// The state of one application: the old graph, the new one, and where each old value went.
private struct Folding {
  let graph: Graph
  var result: Graph
  /// Old result of a batch normalization -> the new result of the convolution before it.
  var replaced: [ValueID: ValueID] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    result = graph
    result.nodes = []
  }

  mutating func run() throws(GraphError) {
    let consumers = graph.consumers
    var folded: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() where !folded.contains(index) {
      var node = node
      node.inputs = node.inputs.map { replaced[$0] ?? $0 }
      if let output = node.outputs.first, let linear = LinearLayer(node.op),
        linear.activation == .none,
        consumers[output.index].count == 1, let next = consumers[output.index].first,
        case .batchNorm(let norm) = graph.nodes[next].op, !graph.outputs.contains(output)
      {
        node = try fold(norm, of: graph.nodes[next], into: node, linear)
        folded.insert(next)
      } else if case .batchNorm = node.op {
        throw .operatorNotAllowed(
          op: BatchNorm.name, node: graph[node.outputs[0]].name,
          phase: "deployable: it must follow a convolution or dense layer that only it reads",
          removedBy: nil)
      } else if LinearLayer(node.op) != nil, node.inputs.count == 2 {
        node.inputs.append(bias(of: node, LinearLayer(node.op), values: nil))
      }
      result.nodes.append(node)
    }
    result.outputs = result.outputs.map { replaced[$0] ?? $0 }
    for index in result.values.indices { result.values[index].isParameter = false }
  }

  private mutating func fold(
    _ norm: BatchNorm, of normNode: Node, into node: Node, _ linear: LinearLayer
  ) throws(GraphError) -> Node {
    let parameters = normNode.inputs.dropFirst().map { graph[$0].floats }
    let (gamma, beta, mean, variance) = (
      parameters[0], parameters[1], parameters[2], parameters[3]
    )
    let gain = zip(gamma, variance).map {
      Double($0) / (Double($1) + Double(norm.epsilon)).squareRoot()
    }
    let weights = graph[node.inputs[1]]
    let channels = weights.type.shape[linear.channelAxis]
    guard gain.count == channels else {
      throw .mismatch(
        op: BatchNorm.name, what: "channels", expected: "\(channels)", found: "\(gain.count)")
    }
    let inner = weights.type.shape.dimensions[(linear.channelAxis + 1)...].reduce(1, *)
    let scaled = weights.floats.enumerated().map { index, w in
      Float(Double(w) * gain[index / inner % channels])
    }
    result[node.inputs[1]].constant = .float32(scaled)

    let oldBias =
      node.inputs.count > 2 ? graph[node.inputs[2]].floats : Array(repeating: 0, count: channels)
    let newBias = (0..<channels).map { channel -> Float in
      let centred = Double(oldBias[channel]) - Double(mean[channel])
      return Float(Double(beta[channel]) + centred * gain[channel])
    }
    var node = node
    if node.inputs.count > 2 {
      result[node.inputs[2]].constant = .float32(newBias)
    } else {
      node.inputs.append(bias(of: node, linear, values: newBias))
    }
    node.op = linear.with(activation: norm.activation)
    replaced[normNode.outputs[0]] = node.outputs[0]
    return node
  }

  /// A new bias constant for `node`; zeros when `values` is nil.
  private mutating func bias(of node: Node, _ linear: LinearLayer?, values: [Float]?) -> ValueID {
    let weights = graph[node.inputs[1]]
    let channels = weights.type.shape[linear?.channelAxis ?? 0]
    let name = graph[node.outputs[0]].name + "/bias"
    result.values.append(
      Value(
        name: name, type: TensorType([channels]),
        constant: .float32(values ?? Array(repeating: 0, count: channels))))
    return ValueID(result.values.count - 1)
  }
}
