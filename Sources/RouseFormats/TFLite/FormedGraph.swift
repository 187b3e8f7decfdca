import RouseIR

/// A graph as a form stores it: which variables are tensors, which values have a tensor, which biases a scale.
struct FormedGraph {
  /// Variables that live in tensors, in the order of their first use.
  let pairs: [StateTensors.Pair]
  /// Variables that stay resources, in the order of the graph.
  let resources: [VariableID]
  /// Without the READ_VARIABLE and ASSIGN_VARIABLE of variables that live in tensors.
  let nodes: [Node]
  /// Values with a tensor of their own: tensor i of the main subgraph holds number i.
  let stored: [ValueID]
  /// Constants whose quantization is left out.
  let unscaled: Set<ValueID>
  private let tensors: [Int]

  init(_ graph: Graph, _ form: TFLiteForm) {
    let state = form.state == .tensors ? StateTensors(graph) : nil
    pairs = state?.pairs ?? []
    nodes = state?.nodes ?? graph.nodes
    let folded = Set(pairs.map(\.variable))
    resources = graph.variables.indices.map(VariableID.init).filter { !folded.contains($0) }
    let old = Set(pairs.map(\.old))
    stored = graph.values.indices.map(ValueID.init).filter { !old.contains($0) }
    var tensors = [Int](repeating: 0, count: graph.values.count)
    for (tensor, id) in stored.enumerated() { tensors[id.index] = tensor }
    for pair in pairs { tensors[pair.old.index] = tensors[pair.new.index] }
    self.tensors = tensors
    unscaled = form.biasScales == .whereRead ? Self.unreadBiases(of: graph) : []
  }

  /// Index of the tensor that holds a value.
  func tensor(_ id: ValueID) -> Int { tensors[id.index] }

  /// Biases whose scales no kernel reads: of everything but FULLY_CONNECTED with one scale.
  private static func unreadBiases(of graph: Graph) -> Set<ValueID> {
    var unread: Set<ValueID> = []
    var isRead: Set<ValueID> = []
    for node in graph.nodes {
      guard let op = node.op.deployable else { continue }
      let rules = op.quantizationRule(inputCount: node.inputs.count).inputs
      for (id, rule) in zip(node.inputs, rules) {
        if case .bias(_, let weights) = rule,
          node.op.ignoresBiasScale(scales: graph[node.inputs[weights]].type.quantization)
        {
          unread.insert(id)
        } else {
          isRead.insert(id)
        }
      }
    }
    return unread.subtracting(isRead)
  }
}

extension Op {
  fileprivate func ignoresBiasScale(scales: Quantization?) -> Bool {
    guard case .fullyConnected = self else { return true }
    return (scales?.scales.count ?? 1) > 1
  }
}

extension TFLiteForm {
  /// The nodes that become operators of the main subgraph, in order.
  public func operators(of graph: Graph) -> [Node] { FormedGraph(graph, self).nodes }

  /// Whether TensorFlow Lite runs the file: not when it reads a resource that nothing assigns first, and not with one
  /// zero point for several scales.
  public func runsInTensorFlowLite(_ graph: Graph) -> Bool {
    let formed = FormedGraph(graph, self)
    let isUnassigned = formed.resources.contains { graph[$0].initial == nil }
    if initialState == .omitted && isUnassigned { return false }
    let hasChannels = graph.values.contains { ($0.type.quantization?.scales.count ?? 0) > 1 }
    return zeroPoints == .perChannel || !hasChannels
  }

  /// The name in the file of resource number `index`.
  func resourceName(_ variable: Variable, _ index: Int) -> String {
    guard variableNames == .short else { return variable.name }
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    var name = ""
    var rest = index
    repeat {
      name.insert(letters[rest % letters.count], at: name.startIndex)
      rest = rest / letters.count - 1
    } while rest >= 0
    return name
  }
}
