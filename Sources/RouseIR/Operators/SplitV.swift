/// Cuts its input along `axis` into results of the given sizes.
public struct SplitV: TrainableOperator, DeployableOperator {
  public static let name = "split_v"
  public var sizes: [Int]
  public var axis: Int

  public init(sizes: [Int], axis: Int) {
    self.sizes = sizes
    self.axis = axis
  }
}
