import RouseFormats
import RouseIR

/// Stream state: how many variables there are, and whether each is made, read and started as it should.
///
/// - Source: `micro_resource_variable.cc`, `call_once.cc`, `read_variable.cc`, `assign_variable.cc` of TFLite Micro.
enum VariableCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    let state = State(model)
    return count(state, model) + unassigned(state, model) + unread(state, model)
      + initialization(state, model)
  }

  // MARK: - Facts

  /// Variables by name, `container/shared_name`, and who touches them.
  private struct State {
    var names: [String] = []
    var reads: [String: ModelUnderCheck.Operator] = [:]
    var assigned: Set<String> = []
    /// By the subgraph that CALL_ONCE runs.
    var started: Set<String> = []
    var calls: [ModelUnderCheck.Operator] = []
    var firstUse: Int?

    init(_ model: ModelUnderCheck) {
      for subgraph in model.model.subgraphs.indices { add(subgraph, model) }
    }

    private mutating func add(_ subgraph: Int, _ model: ModelUnderCheck) {
      let source = model.model.subgraphs[subgraph]
      var nameOfTensor: [Int32: String] = [:]
      for node in model.operators(of: subgraph) {
        let operation = source.operators[node.index]
        switch node.code.builtin {
        case .varHandle:
          guard case .varHandle(let container, let name) = node.options,
            let tensor = operation.outputs.first
          else { continue }
          let full = container.isEmpty ? name : "\(container)/\(name)"
          nameOfTensor[tensor] = full
          if !names.contains(full) { names.append(full) }
        case .readVariable:
          guard let name = operation.inputs.first.flatMap({ nameOfTensor[$0] }) else { continue }
          if reads[name] == nil { reads[name] = node }
          if subgraph == 0 { firstUse = firstUse ?? node.index }
        case .assignVariable:
          guard let name = operation.inputs.first.flatMap({ nameOfTensor[$0] }) else { continue }
          assigned.insert(name)
          if subgraph == 0 { firstUse = firstUse ?? node.index } else { started.insert(name) }
        case .callOnce: calls.append(node)
        default: continue
        }
      }
    }
  }

  // MARK: - Use

  private static func count(_ state: State, _ model: ModelUnderCheck) -> [Finding] {
    let limit = model.profile.memory.resourceVariables
    guard state.names.count > limit.value else { return [] }
    return [
      Finding(
        .error, .tooManyVariables, at: model.name,
        "the model has \(state.names.count) variables, the firmware has room for \(limit.value)",
        help: "use fewer stateful layers, or let branches share one ring buffer (the longest); the "
          + "limit is from \(limit.source)")
    ]
  }

  /// Only ASSIGN_VARIABLE makes the buffer.
  private static func unassigned(_ state: State, _ model: ModelUnderCheck) -> [Finding] {
    state.names.compactMap { name in
      guard let read = state.reads[name], !state.assigned.contains(name) else { return nil }
      return Finding(
        .error, .variableNeverAssigned, at: model.place(read),
        "variable `\(name)` is read and never assigned; the firmware has no memory for it and the first inference fails",
        help: "assign it in the model, or in the subgraph that CALL_ONCE runs")
    }
  }

  private static func unread(_ state: State, _ model: ModelUnderCheck) -> [Finding] {
    state.names.filter { state.reads[$0] == nil }.map { name in
      Finding(
        .note, .variableNeverRead, at: model.name,
        "variable `\(name)` is never read", help: "remove it: it takes memory and time")
    }
  }

  // MARK: - Start

  private static func initialization(_ state: State, _ model: ModelUnderCheck) -> [Finding] {
    var result: [Finding] = []
    for call in state.calls {
      guard case .callOnce(let target) = call.options,
        target > 0, Int(target) < model.model.subgraphs.count, call.subgraph == 0
      else {
        result.append(
          Finding(
            .error, .initializationSubgraph, at: model.place(call),
            "CALL_ONCE names a subgraph that cannot be run: it must be one of the "
              + "\(model.model.subgraphs.count - 1) others, called from the main one",
            help: "convert the model again; the file is inconsistent"))
        continue
      }
      if let first = state.firstUse, first < call.index {
        result.append(
          Finding(
            .warning, .initializationLate, at: model.place(call),
            "the state is set after operator \(first) has used it: the first inference sees other values, and whatever it "
              + "stored is lost",
            help: "CALL_ONCE must come before READ_VARIABLE and ASSIGN_VARIABLE"))
      }
      result += startValues(Int(target), model)
    }
    let unset = state.reads.keys.filter { !state.started.contains($0) }.sorted()
    if let first = unset.first, state.assigned.isSuperset(of: unset) {
      result.append(
        Finding(
          .note, .variableNotInitialized, at: model.name,
          "\(unset.count == 1 ? "variable" : "\(unset.count) variables, the first") `\(first)` "
            + "has no initial value; TFLite Micro starts it at its zero point"))
    }
    return result
  }

  /// Values other than the zero point are no fault, but nobody's training starts with them.
  private static func startValues(_ subgraph: Int, _ model: ModelUnderCheck) -> [Finding] {
    model.operators(of: subgraph).compactMap { node in
      guard node.code.builtin == .assignVariable, node.inputs.count == 2,
        let value = node.inputs[1], [.int8, .uint8].contains(value.element), model.isConstant(value)
      else { return nil }
      let zero = UInt8(truncatingIfNeeded: value.quantization?.zeroPoints.first ?? 0)
      guard model.model.buffers[value.buffer].contains(where: { $0 != zero }) else { return nil }
      return Finding(
        .warning, .initialValue, at: model.place(node),
        "a variable starts at other values than its zero point \(Int8(bitPattern: zero)), which stands for silence",
        help:
          "the device and `rouse run` start with these values; compare the first second of output with the trainer's"
      )
    }
  }
}
