import RouseFormats
import RouseIR
import RouseRuntime

/// What TFLite Micro's kernels refuse in Prepare, asked of Rouse's own int8 interpreter.
enum PrepareCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    switch model.graph {
    case .failure(let error): [finding(error, model)]
    case .success(let graph): interpreter(graph, model)
    }
  }

  private static func interpreter(_ graph: Graph, _ model: ModelUnderCheck) -> [Finding] {
    do {
      _ = try Interpreter(graph)
      return []
    } catch {
      return [refused(error.summary, at: model.name)]
    }
  }

  /// Some models that the firmware runs do not fit into Rouse's IR; only what a kernel refuses is an error.
  private static func finding(_ error: FormatError, _ model: ModelUnderCheck) -> Finding {
    switch error {
    case .graph(_, let op, let tensor, let inner):
      refused(inner.summary, at: "\(model.name) operator \(op) that makes `\(tensor)`")
    case .operatorRule(_, let op, let tensor, let rule, let found)
    where !stateOperators.contains(op):
      refused(
        "found \(found), expected \(rule)", at: "\(model.name) operator \(op), tensor `\(tensor)`")
    case .tensorRule(_, let tensor, let rule, let found):
      refused("found \(found), expected \(rule)", at: "\(model.name) tensor `\(tensor)`")
    case .operatorRule(_, let op, _, let rule, let found):
      notSimulated("\(op): found \(found), expected \(rule)", model)
    case .modelRule(_, let what, let rule, let found):
      notSimulated("\(what): found \(found), expected \(rule)", model)
    case .unknownOperator(_, _, let name): notSimulated("Rouse does not run \(name)", model)
    default: notSimulated("\(error)", model)
    }
  }

  /// Rouse's variables start at zero and have one type; the firmware's need not.
  private static let stateOperators = [
    "CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE",
  ]

  private static func refused(_ message: String, at place: String) -> Finding {
    Finding(
      .error, .operatorRefused, at: place, "the int8 kernel refuses this: \(message)",
      help: "AllocateTensors fails on the device; convert the model again as full int8")
  }

  private static func notSimulated(_ message: String, _ model: ModelUnderCheck) -> Finding {
    Finding(
      .warning, .notSimulated, at: model.name,
      "time and results of this model are not known, because Rouse cannot run it: \(message)",
      help: "flash, arena and contract were checked all the same")
  }
}

extension GraphError {
  /// The fact in a few words, without place and advice.
  var summary: String {
    switch self {
    case .wrongInputCount(let op, let expected, let found):
      "\(op) has \(found) inputs, expected \(expected)"
    case .wrongRank(let op, let input, let expected, let found):
      "\(op): \(input) has shape \(found), expected rank \(expected)"
    case .mismatch(let op, let what, let expected, let found):
      "\(op): \(what) is \(found), expected \(expected)"
    case .unsupportedType(let op, let input, let expected, let found):
      "\(op): \(input) is \(found), expected \(expected)"
    case .operatorNotAllowed(let op, let node, let phase, _):
      "\(op) at `\(node)` is not allowed in a \(phase) graph"
    case .useBeforeDefinition(let value, let node): "`\(node)` uses `\(value)` before it is made"
    case .definedTwice(let value): "`\(value)` is made twice"
    case .duplicateName(let name): "two values are called `\(name)`"
    case .unknownVariable(let node, let index):
      "`\(node)` uses variable \(index), which is not there"
    case .variableNeverAssigned(let name): "variable `\(name)` is never assigned"
    case .inferredShapeDiffers(let value, let expected, let found):
      "`\(value)` has shape \(found), its operator makes \(expected)"
    case .cannotStream(let node, let reason): "`\(node)` cannot stream: \(reason)"
    case .missingOutput: "there is no output"
    case .atNode(let node, let error): "\(error.summary) (node `\(node)`)"
    case .notCalibrated(let value): "`\(value)` has no range"
    case .conflictingQuantization(let a, let b):
      "`\(a)` and `\(b)` must have one quantization and have two"
    case .text(let line, let expected, let found):
      "line \(line): found \(found), expected \(expected)"
    }
  }
}
