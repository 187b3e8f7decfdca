import RouseIR

/// A model without state tensors: each tensor that one invocation hands to the next has become a resource with a
/// READ_VARIABLE before its first reader and an ASSIGN_VARIABLE after its writer, which mean the same.
struct UnfoldedState {
  private(set) var model: TFLiteModel
  /// For each operator of the main subgraph, its index in the file; that of the neighbour it was made for.
  private(set) var fileIndices: [Int] = []

  /// The file's tensor of each tensor that was added for an old state.
  private(set) var states: [Int: Int] = [:]

  private var names = UniqueNames()
  private var handles: [TFLiteModel.Operator] = []
  /// Tensors of the main subgraph with `is_variable` and without data.
  private let variables: Set<Int>
  /// The resource, and the tensor of the state before this invocation, of each state that was read.
  private var read: [Int: (handle: Int, old: Int)] = [:]
  private var written: Set<Int> = []

  init(_ source: TFLiteModel) throws(FormatError) {
    model = source
    guard let main = source.subgraphs.first else {
      variables = []
      return
    }
    variables = Set(
      main.tensors.indices.filter {
        main.tensors[$0].isVariable && main.tensors[$0].element != .resource
          && source.buffers[main.tensors[$0].buffer].isEmpty && !main.inputs.contains(Int32($0))
      })
    guard !variables.isEmpty else {
      fileIndices = Array(main.operators.indices)
      return
    }
    for node in main.operators {
      if case .varHandle(_, let name) = node.options { _ = names.unique(name) }
    }
    try unfold(main)
  }

  private mutating func unfold(_ main: TFLiteModel.Subgraph) throws(FormatError) {
    var operators: [TFLiteModel.Operator] = []
    func append(_ node: TFLiteModel.Operator, _ index: Int) {
      operators.append(node)
      fileIndices.append(index)
    }
    for (index, source) in main.operators.enumerated() {
      var node = source
      for (position, input) in source.inputs.enumerated() {
        let tensor = Int(input)
        guard variables.contains(tensor), !written.contains(tensor) else { continue }
        if read[tensor] == nil { append(try reading(tensor), index) }
        if let old = read[tensor]?.old { node.inputs[position] = Int32(old) }
      }
      append(node, index)
      for tensor in source.outputs.map(Int.init) where variables.contains(tensor) {
        guard !source.inputs.contains(Int32(tensor)) || written.contains(tensor) else {
          throw rule(tensor, "another tensor than an input of its operator", "one written in place")
        }
        guard written.insert(tensor).inserted else {
          throw rule(tensor, "a variable that one operator writes", "one that two write")
        }
        guard let handle = read[tensor]?.handle else { continue }
        append(
          operation(.assignVariable, [Int32(handle), Int32(tensor)], [], .none), index)
      }
    }
    if let tensor = read.keys.filter({ !written.contains($0) }).min() {
      throw rule(tensor, "a variable that an operator writes", "one that none writes")
    }
    for handle in handles { append(handle, main.operators.count) }
    model.subgraphs[0].operators = operators
    for tensor in variables { model.subgraphs[0].tensors[tensor].isVariable = false }
  }

  /// Makes the resource of a state tensor and the READ_VARIABLE that gives its old state.
  private mutating func reading(_ tensor: Int) throws(FormatError) -> TFLiteModel.Operator {
    let source = model.subgraphs[0].tensors[tensor]
    let zeroPoint = source.quantization?.zeroPoints.first
    if source.element == .int8 {
      guard zeroPoint != nil else { throw rule(tensor, "a zero point to start at", "none") }
    } else if let zeroPoint, zeroPoint != 0 {
      // Runtimes fill other elements with zero bytes.
      throw .unmodelledTensor(
        .tflite, tensor: name(tensor), rule: "int8 or zero point 0 in a variable",
        found: "\(source.element) with zero point \(zeroPoint)")
    }
    var old = source
    old.name = name(tensor) + StateTensors.pastSuffix
    old.isVariable = false
    let handle = model.subgraphs[0].tensors.count
    model.subgraphs[0].tensors += [
      TFLiteModel.Tensor(name: "", shape: [], element: .resource), old,
    ]
    handles.append(
      operation(
        .varHandle, [], [Int32(handle)],
        .varHandle(container: "", sharedName: names.unique(name(tensor)))))
    read[tensor] = (handle, handle + 1)
    states[handle + 1] = tensor
    return operation(.readVariable, [Int32(handle)], [Int32(handle + 1)], .none)
  }

  private mutating func operation(
    _ builtin: TFLiteBuiltin, _ inputs: [Int32], _ outputs: [Int32], _ options: TFLiteOptions
  ) -> TFLiteModel.Operator {
    let code = TFLiteModel.OperatorCode(code: builtin.rawValue, version: 1)
    let opcode = model.operatorCodes.firstIndex(of: code) ?? model.operatorCodes.count
    if opcode == model.operatorCodes.count { model.operatorCodes.append(code) }
    return TFLiteModel.Operator(opcode: opcode, inputs: inputs, outputs: outputs, options: options)
  }

  private func name(_ tensor: Int) -> String {
    DecodedTensors.name(model.subgraphs[0].tensors[tensor].name, tensor)
  }

  private func rule(_ tensor: Int, _ rule: String, _ found: String) -> FormatError {
    .tensorRule(.tflite, tensor: name(tensor), rule: rule, found: found)
  }
}

/// Gives each name once; a second `x` becomes `x#2`.
struct UniqueNames {
  private var taken: Set<String> = []
  private var next: [String: Int] = [:]

  mutating func unique(_ name: String) -> String {
    var result = name
    while !taken.insert(result).inserted {
      let number = next[name, default: 2]
      next[name] = number + 1
      result = "\(name)#\(number)"
    }
    return result
  }
}
