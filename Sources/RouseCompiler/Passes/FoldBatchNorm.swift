import RouseIR
import RouseNumerics

/// Replaces `batch_norm(conv(x, w))` by one convolution with `w′ = w·g`, `b′ = beta + (b − mean)·g`,
/// `g = gamma / √(variance + epsilon)` for each output channel, and moves the activation into the convolution.
///
/// A reshape may stand between the two that only splits the channels, so that `n` of them are normalized as groups:
/// channel `c` then has `g[c mod n]`. The reshape that joins the groups again is left out.
///
/// - Rounding: `g` and the products are computed in double and rounded once to float32.
/// - Also gives every convolution and dense layer a bias: the ESP build of TFLite Micro aborts without one.
public enum FoldBatchNorm {
  public static func apply(to graph: Graph) throws(GraphError) -> Graph {
    var folding = Folding(graph)
    try folding.run()
    return folding.result.pruned()
  }

  /// What the bias of a layer that has none is called.
  static func biasName(of node: Node, in graph: Graph) -> String {
    graph[node.outputs[0]].name + "/bias"
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
      if let linear = LinearLayer(node.op), linear.activation == .none,
        let chain = FoldableNormalization(of: node, in: graph, consumers)
      {
        node = try fold(chain, into: node, linear)
        replaced[chain.result] = node.outputs[0]
        folded.formUnion(chain.nodes)
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
    _ chain: FoldableNormalization, into node: Node, _ linear: LinearLayer
  ) throws(GraphError) -> Node {
    let (beta, mean) = (graph[chain.beta].floats, graph[chain.mean].floats)
    let gain = chain.gains(in: graph)
    let weights = graph[node.inputs[1]]
    let channels = weights.type.shape[linear.channelAxis]
    guard channels % gain.count == 0 else {
      throw .mismatch(
        op: BatchNorm.name, what: "channels", expected: "\(channels)", found: "\(gain.count)")
    }
    let inner = weights.type.shape.dimensions[(linear.channelAxis + 1)...].reduce(1, *)
    let scaled = weights.floats.enumerated().map { index, w in
      Float(Double(w) * gain[index / inner % channels % gain.count])
    }
    result[node.inputs[1]].constant = .float32(scaled)

    let oldBias =
      node.inputs.count > 2 ? graph[node.inputs[2]].floats : Array(repeating: 0, count: channels)
    let newBias = (0..<channels).map { channel -> Float in
      let group = channel % gain.count
      let centred = Double(oldBias[channel]) - Double(mean[group])
      return Float(Double(beta[group]) + centred * gain[group])
    }
    var node = node
    if node.inputs.count > 2 {
      result[node.inputs[2]].constant = .float32(newBias)
    } else {
      node.inputs.append(bias(of: node, linear, values: newBias))
    }
    node.op = linear.with(activation: chain.op.activation)
    return node
  }

  /// A new bias constant for `node`; zeros when `values` is nil.
  private mutating func bias(of node: Node, _ linear: LinearLayer?, values: [Float]?) -> ValueID {
    let weights = graph[node.inputs[1]]
    let channels = weights.type.shape[linear?.channelAxis ?? 0]
    let name = FoldBatchNorm.biasName(of: node, in: graph)
    result.values.append(
      Value(
        name: name, type: TensorType([channels]),
        constant: .float32(values ?? Array(repeating: 0, count: channels))))
    return ValueID(result.values.count - 1)
  }
}
