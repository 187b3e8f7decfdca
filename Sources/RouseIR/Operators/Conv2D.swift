/// `y[n, i, j, o] = activation(Σ_{u, v, c} x[n, i·strideH + u·dilationH, j·strideW + v·dilationW, c] · w[o, u, v, c] + bias[o])`.
///
/// - Inputs: `x` `[n, height, width, channels]`, `w` `[out, kernelH, kernelW, channels]`, `bias` `[out]` (optional while
///   training; always present once quantized).
public struct Conv2D: TrainableOperator, DeployableOperator {
  public static let name = "conv_2d"
  public var strideH: Int
  public var strideW: Int
  public var dilationH: Int
  public var dilationW: Int
  public var padding: Padding
  public var activation: Activation

  public init(strideH: Int = 1, strideW: Int = 1, dilationH: Int = 1, dilationW: Int = 1, padding: Padding = .valid, activation: Activation = .none) {
    self.strideH = strideH
    self.strideW = strideW
    self.dilationH = dilationH
    self.dilationW = dilationW
    self.padding = padding
    self.activation = activation
  }
}
