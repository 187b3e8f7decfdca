/// Replaces the content of a graph variable. One input, no result.
public struct AssignVariable: DeployableOperator {
  public static let name = "assign_variable"
  public var variable: VariableID

  public init(variable: VariableID) {
    self.variable = variable
  }
}
