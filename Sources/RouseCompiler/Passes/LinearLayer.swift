import RouseIR

/// The operators that multiply by weights and may carry a bias and an activation.
struct LinearLayer {
  let op: Op
  /// Axis of the weights that indexes output channels.
  let channelAxis: Int
  let activation: Activation
  /// How its int8 multipliers come from its scales.
  let rule: Int8Rescaling.Rule

  init?(_ op: Op) {
    self.op = op
    switch op {
    case .conv2D(let conv): (channelAxis, activation, rule) = (0, conv.activation, .convolution)
    case .depthwiseConv2D(let conv):
      (channelAxis, activation, rule) = (3, conv.activation, .convolution)
    case .fullyConnected(let dense): (channelAxis, activation, rule) = (0, dense.activation, .dense)
    default: return nil
    }
  }

  func with(activation: Activation) -> Op {
    switch op {
    case .conv2D(var conv):
      conv.activation = activation
      return .conv2D(conv)
    case .depthwiseConv2D(var conv):
      conv.activation = activation
      return .depthwiseConv2D(conv)
    case .fullyConnected(var dense):
      dense.activation = activation
      return .fullyConnected(dense)
    default: return op
    }
  }
}
