/// Counts what a model costs.
enum ModelTotals {
  /// Also fills in `macs` of each operator.
  static func count(_ graphs: inout [InspectedGraph]) -> ModelInspection.Totals {
    var totals = ModelInspection.Totals()
    var variables: [String: Int] = [:]
    for index in graphs.indices {
      for position in graphs[index].operators.indices {
        let macs = macs(of: graphs[index].operators[position], in: graphs[index])
        graphs[index].operators[position].macs = macs
        totals.operators[graphs[index].operators[position].name, default: 0] += 1
        guard index == 0 else { continue }
        if let macs {
          totals.macs = sum(totals.macs, macs)
        } else {
          totals.operatorsWithUnknownMACs += 1
        }
      }
      for tensor in graphs[index].tensors {
        let count = tensor.count() ?? 0
        switch tensor.role {
        case .weight: totals.weights = sum(totals.weights, count)
        case .bias: totals.biases = sum(totals.biases, count)
        default: break
        }
      }
      collect(graphs[index], &variables)
    }
    totals.variables.count = variables.count
    totals.variables.bytes = variables.values.reduce(0, sum)
    return totals
  }

  /// `a + b`, at most the largest `Int`: shapes of a damaged file may claim anything.
  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (value, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : value
  }

  // MARK: - Multiplications

  /// `elements of the result · multiplications for each`; 0 for operators without weights.
  private static func macs(of node: InspectedOperator, in graph: InspectedGraph) -> Int? {
    guard let slots = OperatorFamily.operands(node.name) else { return 0 }
    func tensor(_ slot: Int) -> InspectedTensor? {
      guard node.inputs.indices.contains(slot), node.inputs[slot] >= 0 else { return nil }
      return graph.tensors[node.inputs[slot]]
    }
    guard let result = node.outputs.first.map({ graph.tensors[$0] }),
      let weights = tensor(slots.weights), let w = extents(weights), !w.isEmpty,
      let data = tensor(slots.data), let results = count(result), let elements = count(weights)
    else { return nil }
    func product(_ a: Int, _ b: Int) -> Int? {
      let (value, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? nil : value
    }
    switch node.name {
    case "CONV_2D", "Conv", "ConvInteger", "QLinearConv":
      // `[out, …kernel and inner channels]`
      return w[0] > 0 ? product(results, elements / w[0]) : 0
    case "DEPTHWISE_CONV_2D":
      // `[1, height, width, channels]`
      return w[w.count - 1] > 0 ? product(results, elements / w[w.count - 1]) : 0
    case "CONV_3D":
      return w[w.count - 1] > 0 ? product(results, elements / w[w.count - 1]) : 0
    case "TRANSPOSE_CONV", "CONV_3D_TRANSPOSE", "ConvTranspose":
      // Each element of the data meets the whole kernel of each channel of the result once.
      let channels = node.name == "TRANSPOSE_CONV" ? w[w.count - 1] : w[0]
      guard let inputs = count(data) else { return nil }
      return channels > 0 ? product(inputs, elements / channels) : 0
    case "FULLY_CONNECTED":
      return product(results, w[w.count - 1])
    default:
      // Matrix products: the length of what is summed is the last extent of the first matrix.
      guard let a = extents(data), let last = a.last else { return nil }
      let isTransposed =
        node[option: "transA"] == .integer(1) || node[option: "adj_x"] == .flag(true)
      return product(results, isTransposed && a.count > 1 ? a[a.count - 2] : last)
    }
  }

  /// Extents, of which only the first, the batch, may be unknown: it counts as 1.
  private static func extents(_ tensor: InspectedTensor) -> [Int]? {
    guard var shape = tensor.shape else { return nil }
    if let first = shape.first, first < 0 { shape[0] = 1 }
    return shape.allSatisfy { $0 >= 0 } ? shape : nil
  }

  private static func count(_ tensor: InspectedTensor) -> Int? {
    var known = tensor
    known.shape = extents(tensor)
    return known.count()
  }

  // MARK: - Variables

  private static func collect(_ graph: InspectedGraph, _ variables: inout [String: Int]) {
    for tensor in graph.tensors where tensor.role == .variable {
      guard let name = tensor.variable else { continue }
      let size = tensor.element == "resource" ? 0 : bytes(tensor)
      variables[name] = max(variables[name] ?? 0, size)
    }
    for node in graph.operators where OperatorFamily(node.name) == .state {
      guard let handle = node.inputs.first, handle >= 0,
        let name = graph.tensors[handle].variable
      else { continue }
      let value = node.name == "READ_VARIABLE" ? node.outputs.first : node.inputs.dropFirst().first
      guard let value, value >= 0 else { continue }
      variables[name] = max(variables[name] ?? 0, bytes(graph.tensors[value]))
    }
  }

  private static func bytes(_ tensor: InspectedTensor) -> Int {
    let size: [String: Int] = [
      "float64": 8, "int64": 8, "uint64": 8, "float32": 4, "int32": 4, "uint32": 4, "float16": 2,
      "bfloat16": 2, "int16": 2, "uint16": 2,
    ]
    let (bytes, overflow) = (tensor.count() ?? 0)
      .multipliedReportingOverflow(by: size[tensor.element] ?? 1)
    return overflow ? 0 : bytes
  }
}
