/// `y = 1 / (1 + exp(−x))`, any shape.
public struct Logistic: TrainableOperator, DeployableOperator {
  public static let name = "logistic"

  public init() {}
}
