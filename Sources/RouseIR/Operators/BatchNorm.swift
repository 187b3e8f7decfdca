/// `y = activation(gamma · (x − mean) / √(variance + epsilon) + beta)`, per channel (the last axis).
///
/// Only trains: `FoldBatchNorm` must remove it before deployment.
///
/// - Inputs: `x` `[n, …, channels]`, then `gamma`, `beta`, `runningMean`, `runningVariance`, each `[channels]`. Training
///   normalizes with the statistics of the batch and moves the running ones by `1 − momentum`.
public struct BatchNorm: TrainableOperator {
  public static let name = "batch_norm"
  public var epsilon: Float
  public var momentum: Float
  public var activation: Activation

  public init(epsilon: Float = 0.001, momentum: Float = 0.99, activation: Activation = .none) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.activation = activation
  }
}
