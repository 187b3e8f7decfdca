import RouseFormats
import RouseIR
import RouseRuntime

/// What TFLite Micro's kernels refuse in Prepare, asked of Rouse's own int8 interpreter.
///
/// Rouse refuses more than they do. Only what they refuse is an error; what Rouse alone refuses is a warning, because the
/// device runs it.
enum PrepareCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    switch model.graph {
    case .failure(let error): [finding(error, model)]
    case .success(let graph): interpreter(graph, model)
    }
  }

  private static func interpreter(_ graph: Graph, _ model: ModelUnderCheck) -> [Finding] {
    if let node = graph.nodes.first(where: { mixesFloat($0, graph) }) {
      return [
        refused(
          "float32 beside other types", at: "\(model.name) operator `\(graph.name(of: node))`")
      ]
    }
    do {
      _ = try Interpreter(graph)
      return []
    } catch .atNode(let node, let error) where !error.isRousesOwn {
      return [refused(error.summary, at: "\(model.name) operator `\(node)`")]
    } catch {
      // The memory of a run and the types of a graph are limits of the interpreter, not of a kernel.
      return [notSimulated(error.summary, model)]
    }
  }

  /// Kernels take float32 throughout or not at all; only QUANTIZE makes int8 of it.
  private static func mixesFloat(_ node: Node, _ graph: Graph) -> Bool {
    let types = (graph.inputTypes(of: node) + graph.outputTypes(of: node)).map(\.element)
    if case .quantize = node.op, types == [.float32, .int8] { return false }
    return types.contains(.float32) && !types.allSatisfy { $0 == .float32 }
  }

  // MARK: - Decoding

  private static func finding(_ error: FormatError, _ model: ModelUnderCheck) -> Finding {
    switch error {
    case .graph(_, let op, let tensor, let inner):
      judge(inner, op, at: "\(model.name) operator \(op) that makes `\(tensor)`", model)
    case .operatorRule(_, let op, let tensor, let rule, let found)
    where !stateOperators.contains(op):
      refused(
        "found \(found), expected \(rule)", at: "\(model.name) operator \(op), tensor `\(tensor)`")
    case .tensorRule(_, let tensor, let rule, let found):
      inconsistent("found \(found), expected \(rule)", at: "\(model.name) tensor `\(tensor)`")
    case .unmodelledTensor(_, let tensor, let rule, let found):
      notSimulated("tensor `\(tensor)`: found \(found), expected \(rule)", model)
    case .operatorRule(_, let op, _, let rule, let found):
      notSimulated("\(op): found \(found), expected \(rule)", model)
    case .modelRule(_, let what, let rule, let found):
      notSimulated("\(what): found \(found), expected \(rule)", model)
    case .unknownOperator(_, _, let name): notSimulated("Rouse does not run \(name)", model)
    default: notSimulated("\(error)", model)
    }
  }

  private static func judge(
    _ error: GraphError, _ op: String, at place: String, _ model: ModelUnderCheck
  ) -> Finding {
    switch error {
    case .notModelled: notSimulated("\(op): \(error.summary)", model)
    case .useBeforeDefinition, .definedTwice, .inferredShapeDiffers:
      inconsistent(error.summary, at: place)
    default: refused(error.summary, at: place)
    }
  }

  /// A variable has one type here; the firmware copies bytes whatever their type.
  private static let stateOperators = [
    "CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE",
  ]

  // MARK: - Wording

  private static func refused(_ message: String, at place: String) -> Finding {
    Finding(
      .error, .operatorRefused, at: place, "the int8 kernel refuses this: \(message)",
      help: "AllocateTensors fails on the device; convert the model again as full int8")
  }

  private static func inconsistent(_ message: String, at place: String) -> Finding {
    Finding(
      .error, .modelInconsistent, at: place, "the file contradicts itself: \(message)",
      help:
        "the firmware may not notice, and then reads or writes memory that is not the tensor's; convert the model again"
    )
  }

  private static func notSimulated(_ message: String, _ model: ModelUnderCheck) -> Finding {
    Finding(
      .warning, .notSimulated, at: model.name,
      "time and results of this model are not known, because Rouse cannot run it: \(message)",
      help: "TFLite Micro may run it; flash, arena and contract were checked all the same")
  }
}

extension GraphError {
  /// True for what TFLite Micro does not refuse.
  var isRousesOwn: Bool {
    if case .notModelled = self { true } else { false }
  }

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
    case .notModelled(let error): error.summary
    case .notCalibrated(let value): "`\(value)` has no range"
    case .conflictingQuantization(let a, let b):
      "`\(a)` and `\(b)` must have one quantization and have two"
    case .text(let line, let expected, let found):
      "line \(line): found \(found), expected \(expected)"
    }
  }
}
