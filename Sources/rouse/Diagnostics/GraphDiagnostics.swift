import RouseIR

extension GraphError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .wrongInputCount(let op, let expected, let found):
      Diagnostic(message: "`\(op)` has \(found) inputs, expected \(expected)")
    case .wrongRank(let op, let input, let expected, let found):
      Diagnostic(message: "`\(op)`: `\(input)` has shape \(found), expected \(expected) dimensions")
    case .mismatch(let op, let what, let expected, let found):
      Diagnostic(message: "`\(op)`: \(what) is \(found), expected \(expected)")
    case .unsupportedType(let op, let input, let expected, let found):
      Diagnostic(message: "`\(op)`: `\(input)` is \(found), TFLite Micro accepts \(expected)")
    case .operatorNotAllowed(let op, let node, let phase, let pass):
      Diagnostic(
        message: "operator `\(op)` is not allowed here (\(phase))", location: "node `\(node)`",
        notes: pass.map { ["pass `\($0)` should have removed it"] } ?? [])
    case .useBeforeDefinition(let value, let node):
      Diagnostic(message: "`\(value)` is used before it is computed", location: "node `\(node)`")
    case .definedTwice(let value): Diagnostic(message: "`\(value)` is computed twice")
    case .duplicateName(let name): Diagnostic(message: "two values are called `\(name)`")
    case .unknownVariable(let node, let index):
      Diagnostic(message: "there is no variable \(index)", location: "node `\(node)`")
    case .variableNeverAssigned(let name):
      Diagnostic(
        message: "variable `\(name)` is read but never assigned",
        help: "TFLite Micro only allocates variables that an ASSIGN_VARIABLE names")
    case .inferredShapeDiffers(let value, let expected, let found):
      Diagnostic(message: "`\(value)` has shape \(found), its operator makes \(expected)")
    case .cannotStream(let node, let reason):
      Diagnostic(message: "cannot run step by step: \(reason)", location: "node `\(node)`")
    case .missingOutput: Diagnostic(message: "the graph has no output")
    case .notCalibrated(let value):
      Diagnostic(message: "calibration never saw `\(value)`, so it has no range")
    case .conflictingQuantization(let a, let b):
      Diagnostic(message: "`\(a)` and `\(b)` must share one scale, but each has a fixed one")
    case .atNode(let node, let error): error.diagnostic.with(location: "node `\(node)`")
    case .notModelled(let error):
      error.diagnostic.with(note: "TFLite Micro runs this; Rouse does not compute what it does")
    case .text(let line, let expected, let found):
      Diagnostic(message: "expected \(expected), found \(found)", location: "line \(line)")
    }
  }
}
