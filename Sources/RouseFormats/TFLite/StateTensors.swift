import RouseIR

/// The ring buffers of a graph that one tensor can hold, read and written in place.
///
/// Such a tensor holds the state of the last invocation until one node writes the next state over it. So a variable is
/// folded when
/// - one node reads it and one assigns it, both with the variable's own type;
/// - every use of what was read stands before the node that makes what is assigned;
/// - that node's result goes nowhere else but to other nodes, and reading is not its input;
/// - neither side is a RESHAPE, whose input and result a runtime may let share their bytes;
/// - it starts with what runtimes fill such tensors with: the zero point for int8, zero bytes for other elements.
///
/// - Source: tensorflow/tflite-micro `micro_interpreter_graph.cc`, `ResetVariableTensors`.
struct StateTensors {
  /// The name of an old state is that of its tensor with this behind it.
  static let pastSuffix = "/past"

  struct Pair: Hashable {
    var variable: VariableID
    /// What the variable is read as: the state before this invocation.
    var old: ValueID
    /// What is assigned: the state after it. Its tensor becomes the variable.
    var new: ValueID
  }

  /// In the order in which nodes use the old state.
  private(set) var pairs: [Pair] = []
  /// Nodes without the folded READ_VARIABLE and ASSIGN_VARIABLE.
  private(set) var nodes: [Node] = []

  init(_ graph: Graph) {
    let consumers = graph.consumers
    let producers = graph.producers
    let candidates = graph.variables.indices.compactMap { index in
      Self.pair(VariableID(index), graph, consumers, producers)
    }
    var pairOfOld: [ValueID: Pair] = [:]
    for pair in candidates { pairOfOld[pair.old] = pair }
    let folded = Set(candidates.map(\.variable))
    for node in graph.nodes {
      switch node.op {
      case .readVariable(let op) where folded.contains(op.variable): continue
      case .assignVariable(let op) where folded.contains(op.variable): continue
      default: nodes.append(node)
      }
      for input in node.inputs {
        if let pair = pairOfOld.removeValue(forKey: input) { pairs.append(pair) }
      }
    }
  }

  private static func pair(
    _ variable: VariableID, _ graph: Graph, _ consumers: [[Int]], _ producers: [Int?]
  ) -> Pair? {
    var reads: [Int] = []
    var assigns: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      switch node.op {
      case .readVariable(let op) where op.variable == variable: reads.append(index)
      case .assignVariable(let op) where op.variable == variable: assigns.append(index)
      default: continue
      }
    }
    guard reads.count == 1, assigns.count == 1, let old = graph.nodes[reads[0]].outputs.first,
      let new = graph.nodes[assigns[0]].inputs.first, let maker = producers[new.index]
    else { return nil }
    let type = graph[variable].type
    let isAssignedOnce =
      graph.nodes.count {
        if case .assignVariable = $0.op { $0.inputs.first == new } else { false }
      } == 1
    guard graph[old].type == type, graph[new].type == type, graph[variable].startsFilled,
      isAssignedOnce, let lastUse = consumers[old.index].max(), lastUse < maker,
      !graph.outputs.contains(old), !graph.outputs.contains(new),
      !graph.nodes[maker].op.movesNothing,
      consumers[old.index].allSatisfy({ !graph.nodes[$0].op.movesNothing })
    else { return nil }
    return Pair(variable: variable, old: old, new: new)
  }
}

extension Variable {
  /// True when it starts with the bytes that a runtime fills a variable tensor with.
  fileprivate var startsFilled: Bool {
    if type.element == .int8 { return initial == nil && type.quantization != nil }
    return initialBytes.allSatisfy { $0 == 0 }
  }
}

extension Op {
  /// READ_VARIABLE and ASSIGN_VARIABLE move bytes of their own; a reshape or a state operator may move none.
  fileprivate var movesNothing: Bool {
    switch self {
    case .reshape, .readVariable, .assignVariable: true
    default: false
    }
  }
}
