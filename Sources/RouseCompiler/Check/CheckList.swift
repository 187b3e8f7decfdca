/// Every check of a single model, in the order in which their findings are shown.
///
/// Each is a pure function of the model under check. To add one: a file with an enum and a `findings` function, codes
/// in `FindingCode` and `README.md`, a line here.
enum CheckList {
  typealias Check = @Sendable (ModelUnderCheck) -> [Finding]

  /// What the firmware asks of any model before it loads one.
  static let contract: [Check] = [
    ContractCheck.findings,
    OperatorCheck.findings,
    VariableCheck.findings,
  ]

  /// What can be said of any model, loaded or not.
  static let properties: [Check] = [
    QuantizationCheck.findings,
    TensorTypeCheck.findings,
    KernelFaultCheck.findings,
    ArenaCheck.findings,
  ]

  /// What only a model shows that the firmware would load.
  static let simulation: [Check] = [
    PrepareCheck.findings,
    OutputResolutionCheck.findings,
  ]

  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    let contract = contract.flatMap { $0(model) }
    let isLoaded = !contract.contains { $0.severity == .error }
    return contract + properties.flatMap { $0(model) }
      + (isLoaded ? simulation.flatMap { $0(model) } : [])
  }
}
