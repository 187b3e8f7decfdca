import RouseNumerics

/// What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED compute in integers, for formats that spell it out:
/// `y = clamp(multiplier[o] · (bias[o] + Σ (x − inputZeroPoint) · (w − weightZeroPoint)) + zeroPoint)`.
public struct WeightedIntegers: Hashable, Sendable {
  public let inputZeroPoint: Int32
  public let weightZeroPoint: Int32
  /// One for each output channel, as the multipliers; zeros for an operator without a bias.
  public let bias: [Int32]
  public let multipliers: [FixedPointMultiplier]
  public let zeroPoint: Int32
  /// What a fused activation leaves of int8.
  public let range: ClosedRange<Int32>

  /// - Throws: what the operator's int8 kernel refuses.
  /// - Precondition: the node is one of the three operators.
  public init(of node: Node, in graph: Graph) throws(GraphError) {
    let place = Int8Node(
      name: graph.name(of: node), inputTypes: graph.inputTypes(of: node),
      inputs: node.inputs.map {
        graph[$0].constant.map(Int8Location.constant) ?? .arena(offset: 0)
      },
      outputTypes: graph.outputTypes(of: node), outputs: [0], variables: [])
    let weights: Int8Weights
    switch node.op {
    case .conv2D(let op):
      weights = try Int8Weights(
        op: Conv2D.name, place, axis: 0, rule: .convolution, activation: op.activation)
    case .depthwiseConv2D(let op):
      weights = try Int8Weights(
        op: DepthwiseConv2D.name, place, axis: 3, rule: .convolution, activation: op.activation)
    case .fullyConnected(let op):
      weights = try Int8Weights(
        op: FullyConnected.name, place, axis: 0, rule: .dense, activation: op.activation)
    default: preconditionFailure("\(node.op.name) has no weights")
    }
    inputZeroPoint = weights.inputZeroPoint
    weightZeroPoint = graph[node.inputs[1]].type.quantization?.zeroPoint ?? 0
    bias = weights.bias
    multipliers = weights.channels
    zeroPoint = weights.outputZeroPoint
    range = weights.range
  }
}
