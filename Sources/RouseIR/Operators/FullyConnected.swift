/// `y[n, o] = activation(Σ_i x[n, i] · w[o, i] + bias[o])`.
///
/// - Inputs: `x` `[n, in]`, `w` `[out, in]`, `bias` `[out]` (optional while training; always present once quantized).
public struct FullyConnected: TrainableOperator, DeployableOperator {
  public static let name = "fully_connected"
  public var activation: Activation

  public init(activation: Activation = .none) {
    self.activation = activation
  }
}
