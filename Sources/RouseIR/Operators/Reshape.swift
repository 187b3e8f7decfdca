/// The same elements in the same order under `shape`, whose axis 0 is 1 (the batch, in training).
public struct Reshape: TrainableOperator, DeployableOperator {
  public static let name = "reshape"
  public var shape: [Int]

  public init(shape: [Int]) {
    self.shape = shape
  }
}
