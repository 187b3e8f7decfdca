/// The same real numbers under another integer type, scale or zero point. Float meaning: the identity.
public struct Quantize: DeployableOperator {
  public static let name = "quantize"

  public init() {}
}
