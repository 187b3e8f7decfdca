/// Joins its inputs along `axis`; all other dimensions agree. Quantized inputs share one scale and zero point.
public struct Concatenation: TrainableOperator, DeployableOperator {
  public static let name = "concatenation"
  public var axis: Int

  public init(axis: Int) {
    self.axis = axis
  }
}
