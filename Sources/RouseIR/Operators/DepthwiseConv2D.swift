/// `y[n, i, j, c·m + q] = activation(Σ_{u, v} x[n, i·strideH + u, j·strideW + v, c] · w[0, u, v, c·m + q] + bias[c·m + q])`,
/// `m` the depth multiplier.
///
/// - Inputs: `x` `[n, height, width, channels]`, `w` `[1, kernelH, kernelW, channels·m]`, `bias` `[channels·m]` (optional
///   while training; always present once quantized).
public struct DepthwiseConv2D: TrainableOperator, DeployableOperator {
  public static let name = "depthwise_conv_2d"
  public var strideH: Int
  public var strideW: Int
  public var dilationH: Int
  public var dilationW: Int
  public var padding: Padding
  public var multiplier: Int
  public var activation: Activation

  public init(strideH: Int = 1, strideW: Int = 1, dilationH: Int = 1, dilationW: Int = 1, padding: Padding = .valid, multiplier: Int = 1, activation: Activation = .none) {
    self.strideH = strideH
    self.strideW = strideW
    self.dilationH = dilationH
    self.dilationW = dilationW
    self.padding = padding
    self.multiplier = multiplier
    self.activation = activation
  }
}
