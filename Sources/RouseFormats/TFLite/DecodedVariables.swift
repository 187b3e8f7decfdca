import RouseIR
import RouseNumerics

/// The variables of a model: VAR_HANDLE of the main subgraph, typed by the subgraph that CALL_ONCE runs.
///
/// The values that the initialization assigns are the variable's initial ones. A variable without initialization has
/// the type under which it is first assigned, or first read: TFLite Micro fills it with the zero point of that type when
/// ASSIGN_VARIABLE allocates it.
struct DecodedVariables {
  private(set) var variables: [Variable] = []
  /// The variable of each resource tensor of the main subgraph.
  private(set) var handles: [Int: VariableID] = [:]
  private var ids: [String: VariableID] = [:]

  init(
    _ model: TFLiteModel, main: TFLiteModel.Subgraph, tensors: inout DecodedTensors
  ) throws(FormatError) {
    var names: [(name: String, tensor: Int)] = []
    for operation in main.operators
    where model.operatorCodes[operation.opcode].builtin == .varHandle {
      names.append(try Self.handle(operation, in: main))
    }
    var found = try Self.initialized(model, main)
    try addFirstUses(.assignVariable, in: main, model, names, &found, &tensors)
    try addFirstUses(.readVariable, in: main, model, names, &found, &tensors)
    for (name, tensor) in names {
      guard handles[tensor] == nil else {
        throw Self.rule("VAR_HANDLE", name, "a tensor of its own", "one of two handles")
      }
      if ids[name] == nil {
        guard let variable = found[name] else {
          throw .modelRule(
            .tflite, what: "variable \(name)", rule: "read or assigned", found: "neither")
        }
        ids[name] = VariableID(variables.count)
        variables.append(variable)
      }
      handles[tensor] = ids[name]
    }
  }

  /// Variables that are not found yet, typed by the operators of this kind in the main subgraph.
  private func addFirstUses(
    _ kind: TFLiteBuiltin, in main: TFLiteModel.Subgraph, _ model: TFLiteModel,
    _ names: [(name: String, tensor: Int)], _ found: inout [String: Variable],
    _ tensors: inout DecodedTensors
  ) throws(FormatError) {
    var nameOfTensor: [Int: String] = [:]
    for (name, tensor) in names { nameOfTensor[tensor] = name }
    for operation in main.operators {
      guard model.operatorCodes[operation.opcode].builtin == kind,
        let handle = operation.inputs.first, let name = nameOfTensor[Int(handle)],
        found[name] == nil
      else { continue }
      let value =
        kind == .readVariable ? operation.outputs.first : operation.inputs.dropFirst().first
      guard let value, value >= 0 else { continue }
      found[name] = Variable(name: name, type: try tensors.type(Int(value)))
    }
  }

  // MARK: - Initialization

  /// The variables that the subgraphs run by CALL_ONCE assign.
  private static func initialized(
    _ model: TFLiteModel, _ main: TFLiteModel.Subgraph
  ) throws(FormatError) -> [String: Variable] {
    var found: [String: Variable] = [:]
    var called: Set<Int> = [0]
    var hasStarted = false
    for operation in main.operators {
      switch model.operatorCodes[operation.opcode].builtin {
      case .callOnce:
        guard !hasStarted else {
          throw rule("CALL_ONCE", "", "before every READ_VARIABLE and ASSIGN_VARIABLE", "after one")
        }
        guard case .callOnce(let target) = operation.options,
          model.subgraphs.indices.contains(Int(target)), called.insert(Int(target)).inserted
        else {
          throw rule("CALL_ONCE", "", "another subgraph, once", "\(operation.options)")
        }
        try addAssignments(of: model.subgraphs[Int(target)], model, to: &found)
      case .readVariable, .assignVariable: hasStarted = true
      default: break
      }
    }
    guard called.count == model.subgraphs.count else {
      throw .modelRule(
        .tflite, what: "subgraphs", rule: "one, and those that CALL_ONCE runs",
        found: "\(model.subgraphs.count), \(called.count - 1) of them run")
    }
    return found
  }

  private static func addAssignments(
    of subgraph: TFLiteModel.Subgraph, _ model: TFLiteModel, to found: inout [String: Variable]
  ) throws(FormatError) {
    var tensors = DecodedTensors(subgraph.tensors, buffers: model.buffers)
    var names: [Int: String] = [:]
    var padded: [Int: TensorType] = [:]
    for operation in subgraph.operators {
      let code = model.operatorCodes[operation.opcode]
      switch code.builtin {
      case .varHandle:
        let (name, tensor) = try handle(operation, in: subgraph)
        names[tensor] = name
      case .pad:
        let (tensor, type) = try Self.padded(operation, subgraph, &tensors)
        padded[tensor] = type
      case .assignVariable:
        guard operation.inputs.count == 2, let name = names[Int(operation.inputs[0])],
          operation.inputs[1] >= 0,
          let variable = try initialized(name, Int(operation.inputs[1]), padded, &tensors)
        else {
          throw rule(
            code.name, subgraph.name, "a variable and a constant", "\(operation.inputs)")
        }
        guard found.updateValue(variable, forKey: name) == nil else {
          throw rule(code.name, name, "one initial value", "two")
        }
      default:
        throw rule(
          code.name, subgraph.name,
          "only VAR_HANDLE, ASSIGN_VARIABLE and PAD in an initialization", code.name)
      }
    }
  }

  /// The variable that starts with the value of a tensor; nil when the tensor's value is not known.
  private static func initialized(
    _ name: String, _ value: Int, _ padded: [Int: TensorType], _ tensors: inout DecodedTensors
  ) throws(FormatError) -> Variable? {
    if let type = padded[value] { return Variable(name: name, type: type) }
    guard let data = try tensors.constant(value) else { return nil }
    return Variable(name: name, type: try tensors.type(value), initial: data)
  }

  /// The result of a PAD that makes zero points of zero points. Nothing is allocated for it: a few bytes can state any
  /// shape.
  private static func padded(
    _ operation: TFLiteModel.Operator, _ subgraph: TFLiteModel.Subgraph,
    _ tensors: inout DecodedTensors
  ) throws(FormatError) -> (tensor: Int, type: TensorType) {
    guard operation.inputs.count == 2, operation.outputs.count == 1,
      let result = operation.outputs.first.map(Int.init), !tensors.isConstant(result),
      let seed = operation.inputs.first.map(Int.init), seed >= 0,
      let paddings = operation.inputs.last.map(Int.init), paddings >= 0,
      let data = try tensors.constant(seed),
      case .int32(let widths)? = try tensors.constant(paddings)
    else {
      throw rule("PAD", subgraph.name, "two constants and one result", "\(operation.inputs)")
    }
    let (from, to) = (try tensors.type(seed), try tensors.type(result))
    guard from.element == to.element, from.quantization == to.quantization,
      from.element == .int8 || from.element == .uint8, data.bytes == from.zeroBytes
    else {
      throw rule(
        "PAD", subgraph.name, "zero points padded with zero points in an initialization",
        "\(from.summary) to \(to.summary)")
    }
    let extents = zip(from.shape.dimensions, widths.pairs).map { $0 + Int($1.0) + Int($1.1) }
    guard widths.count == 2 * from.shape.rank, widths.allSatisfy({ $0 >= 0 }),
      extents == to.shape.dimensions
    else {
      throw rule("PAD", subgraph.name, "paddings from \(from.shape) to \(to.shape)", "\(widths)")
    }
    return (result, to)
  }

  /// The variable's name and the resource tensor of a VAR_HANDLE.
  private static func handle(
    _ operation: TFLiteModel.Operator, in subgraph: TFLiteModel.Subgraph
  ) throws(FormatError) -> (name: String, tensor: Int) {
    guard case .varHandle(let container, let name) = operation.options,
      operation.outputs.count == 1, let tensor = operation.outputs.first
    else {
      throw rule("VAR_HANDLE", subgraph.name, "VarHandleOptions and one result", "\(operation)")
    }
    guard container.isEmpty else {
      throw rule("VAR_HANDLE", name, "an empty container", container)
    }
    guard subgraph.tensors[Int(tensor)].element == .resource else {
      throw rule("VAR_HANDLE", name, "a resource", "\(subgraph.tensors[Int(tensor)].element)")
    }
    return (name, Int(tensor))
  }

  private static func rule(
    _ op: String, _ tensor: String, _ rule: String, _ found: String
  ) -> FormatError {
    .operatorRule(.tflite, op: op, tensor: tensor, rule: rule, found: found)
  }
}

extension [Int32] {
  /// Elements 0 and 1, 2 and 3, ….
  fileprivate var pairs: [(Int32, Int32)] {
    stride(from: 0, to: count - 1, by: 2).map { (self[$0], self[$0 + 1]) }
  }
}
