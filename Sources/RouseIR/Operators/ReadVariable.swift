/// The current content of a graph variable. No inputs, one result.
public struct ReadVariable: DeployableOperator {
  public static let name = "read_variable"
  public var variable: VariableID

  public init(variable: VariableID) {
    self.variable = variable
  }
}
