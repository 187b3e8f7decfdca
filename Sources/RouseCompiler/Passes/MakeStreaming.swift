import RouseIR
import RouseNumerics

/// Turns a network over a whole window into one that is fed a few new rows at a time.
///
/// Rows that an operator needs from earlier invocations are kept in a variable (a ring buffer):
/// `history = concatenation(read_variable, new rows)`, then the last rows go back with `assign_variable`. Because every
/// convolution is unpadded in time, the streaming network computes the window network's output exactly, once its buffers
/// are full.
///
/// What must be remembered is decided from `TimeDependence` alone, from the output backwards: an operator whose results
/// are mere pieces of its input (`sameRow`, `dropsLeading`) passes the demand on to that input, so that the branches of
/// a mixed depthwise convolution share one buffer. Values are aligned at their newest row, so what drops or pads the
/// oldest rows of a window only says how much of the past is wanted: it costs a slice at most.
///
/// Zeros before the window (causal padding) are what the buffers hold at first: the streaming network then computes the
/// window network from the start of the window.
public enum MakeStreaming {
  /// - Parameter graph: deployable; one input `[1, rows, channels]`.
  /// - Throws: `GraphError.cannotStream` with the node and the reason.
  public static func apply(to graph: Graph) throws(GraphError) -> Graph {
    var streaming = Streaming(graph)
    try streaming.findStrides()
    try streaming.findHistory()
    return try streaming.build()
  }
}

private struct Streaming {
  let graph: Graph
  /// New rows of a value per invocation; nil for values without a time axis.
  var newRows: [Int?]
  /// Rows that each node needs of its input from before the new ones.
  var demand: [Int]
  /// Rows that are remembered of a value, in a variable of its own.
  var history: [Int]
  /// Old rows that a value has because it is a piece of one that is remembered.
  var carried: [Int]

  init(_ graph: Graph) {
    self.graph = graph
    newRows = Array(repeating: nil, count: graph.values.count)
    demand = Array(repeating: 0, count: graph.nodes.count)
    history = Array(repeating: 0, count: graph.values.count)
    carried = history
  }

  private func name(_ node: Node) -> String {
    node.outputs.first.map { graph[$0].name } ?? node.op.name
  }

  private func dependence(_ node: Node) throws(GraphError) -> TimeDependence {
    try node.op.definition.timeDependence(
      graph.inputTypes(of: node).map(\.shape), graph.outputTypes(of: node).map(\.shape))
  }

  /// Inputs that carry activations, as opposed to constants.
  private func activations(_ node: Node) -> [ValueID] {
    node.inputs.filter { graph[$0].constant == nil }
  }

  /// One invocation consumes as many input rows as all strides multiplied, so that every value gains whole rows.
  mutating func findStrides() throws(GraphError) {
    var strides = [Int?](repeating: nil, count: graph.values.count)
    for id in graph.inputs { strides[id.index] = 1 }
    for node in graph.nodes {
      let incoming = activations(node).map { strides[$0.index] }
      guard Set(incoming).count <= 1 else {
        throw .cannotStream(node: name(node), reason: "its inputs advance at different rates")
      }
      let stride: Int? =
        switch try dependence(node) {
        case .window(_, let step): (incoming.first ?? nil).map { $0 * step }
        case .sameRow, .dropsLeading: incoming.first ?? nil
        case .allRows, .timeless: nil
        }
      for id in node.outputs { strides[id.index] = stride }
    }
    let total = strides.compactMap { $0 }.max() ?? 1
    for (index, stride) in strides.enumerated() {
      guard let stride else { continue }
      guard total % stride == 0 else {
        throw .cannotStream(
          node: graph.values[index].name, reason: "stride \(stride) does not divide \(total)")
      }
      newRows[index] = total / stride
    }
  }

  /// Walks backwards: what consumers demand of a value is remembered there, or demanded of the value it is a piece of.
  mutating func findHistory() throws(GraphError) {
    for (index, node) in graph.nodes.enumerated().reversed() {
      let outputHistory = node.outputs.map { history[$0.index] }.max() ?? 0
      var need = 0
      switch try dependence(node) {
      case .window(let rows, let stride):
        for id in activations(node) {
          let results = node.outputs.first.flatMap { newRows[$0.index] } ?? 1
          need = max(need, (results - 1) * stride + rows - (newRows[id.index] ?? 0))
        }
      case .allRows:
        for id in activations(node) {
          let rows = graph[id].type.shape[1]
          need = max(need, rows - (newRows[id.index] ?? rows))
        }
      case .sameRow where isPiece(node):
        need = outputHistory
        passOn(outputHistory, node.outputs)
      case .dropsLeading:
        need = outputHistory
        passOn(outputHistory, node.outputs)
      case .sameRow, .timeless: break
      }
      guard need >= 0 else {
        throw .cannotStream(
          node: name(node), reason: "it skips rows: its stride is larger than its kernel")
      }
      demand[index] = need
      for id in activations(node) where newRows[id.index] != nil {
        history[id.index] = max(history[id.index], need)
      }
    }
  }

  /// What was to be remembered of `pieces` comes with them from the value they are cut from.
  private mutating func passOn(_ rows: Int, _ pieces: [ValueID]) {
    for id in pieces {
      carried[id.index] = rows
      history[id.index] = 0
    }
  }

  /// True when remembering the one input is the same as remembering every result.
  private func isPiece(_ node: Node) -> Bool {
    if case .splitV = node.op { return true }
    return false
  }

  func build() throws(GraphError) -> Graph {
    var builder = GraphBuilder(name: graph.name)
    var map: [ValueID: ValueID] = [:]
    /// The value with its remembered rows in front.
    var withHistory: [ValueID: ValueID] = [:]
    /// The last rows of a value, by how many of them are old.
    var cuts: [ValueID: [Int: ValueID]] = [:]

    func remember(_ id: ValueID, _ builder: inout GraphBuilder) throws(GraphError) {
      let rows = history[id.index]
      guard rows > 0, let fresh = map[id], let new = newRows[id.index] else { return }
      var shape = graph[id].type.shape
      shape[1] = rows
      let base = graph[id].name
      let variable = builder.variable("\(base)/state", TensorType(shape))
      let read = try builder.node(
        "\(base)/past", .readVariable(ReadVariable(variable: variable)), [])[0]
      let joined = try builder.node(
        "\(base)/history", .concatenation(Concatenation(axis: 1)), [read, fresh])[0]
      let kept = try builder.node(
        "\(base)/kept", Self.dropLeading(new, rank: shape.rank), [joined])[0]
      try builder.node(
        "\(base)/assign", .assignVariable(AssignVariable(variable: variable)), [kept])
      withHistory[id] = joined
    }

    for (index, value) in graph.values.enumerated() {
      let id = ValueID(index)
      if graph.inputs.contains(id) {
        var type = value.type
        type.shape[1] = newRows[index] ?? type.shape[1]
        map[id] = builder.input(value.name, type)
      } else if let constant = value.constant {
        map[id] = builder.constant(value.name, constant, shape: value.type.shape)
      }
    }
    for id in graph.inputs { try remember(id, &builder) }

    for (index, node) in graph.nodes.enumerated() {
      if case .dropsLeading(let rows) = try dependence(node) {
        map[node.outputs[0]] = try newest(node, rows, map, withHistory, &builder)
        continue
      }
      var inputs: [ValueID] = []
      for id in node.inputs {
        guard let fresh = map[id] else {
          throw .useBeforeDefinition(value: graph[id].name, node: name(node))
        }
        let needed = demand[index]
        let source = needed == 0 ? fresh : withHistory[id] ?? fresh
        let kept = needed == 0 && carried[id.index] == 0 ? 0 : history[id.index] + carried[id.index]
        if graph[id].constant != nil || newRows[id.index] == nil || kept == needed {
          inputs.append(source)
        } else {
          let cut = Self.dropLeading(kept - needed, rank: graph[id].type.shape.rank)
          if cuts[id]?[needed] == nil {
            cuts[id, default: [:]][needed] = try builder.node(
              "\(graph[id].name)/last\(needed)", cut, [source])[0]
          }
          inputs.append(cuts[id]?[needed] ?? source)
        }
      }
      let shape = inputs.first.map { builder.graph[$0].type.shape }
      let op = try restated(node, rows: shape.map { $0.rank > 2 ? $0[1] : 1 } ?? 1)
      let outputs = try builder.node(graph[node.outputs[0]].name, op, inputs)
      for (old, new) in zip(node.outputs, outputs) {
        map[old] = new
        builder.rename(new, to: graph[old].name)
        try remember(old, &builder)
      }
    }
    for id in graph.outputs { if let output = map[id] { builder.output(output) } }
    return builder.graph
  }

  /// The result of a node that drops or pads the oldest rows of its input: as many old rows as are wanted of it, and the
  /// new ones.
  private func newest(
    _ node: Node, _ rows: Int, _ map: [ValueID: ValueID], _ withHistory: [ValueID: ValueID],
    _ builder: inout GraphBuilder
  ) throws(GraphError) -> ValueID {
    let (input, output) = (node.inputs[0], node.outputs[0])
    let wanted = carried[output.index]
    guard let fresh = map[input] else {
      throw .useBeforeDefinition(value: graph[input].name, node: name(node))
    }
    // A piece already has its old rows in front; of another value they are wanted or not.
    let hasOld = carried[input.index] > 0
    let source = hasOld || wanted == 0 ? fresh : withHistory[input] ?? fresh
    let old = hasOld ? carried[input.index] : wanted == 0 ? 0 : history[input.index]
    guard old > wanted else { return source }
    let cut = Self.dropLeading(old - wanted, rank: graph[input].type.shape.rank)
    return try builder.node(
      graph[output].name, old - wanted == rows ? node.op : cut, [source])[0]
  }

  /// The node's operator for another number of rows; only a reshape states them.
  private func restated(_ node: Node, rows: Int) throws(GraphError) -> Op {
    guard case .reshape(var reshape) = node.op, try dependence(node) == .sameRow else {
      return node.op
    }
    reshape.shape[1] = rows
    return .reshape(reshape)
  }

  /// `strided_slice` that keeps all but the first `rows` rows.
  private static func dropLeading(_ rows: Int, rank: Int) -> Op {
    var begin = [Int](repeating: 0, count: rank)
    begin[1] = rows
    let allAxes = (1 << rank) - 1
    return .stridedSlice(
      StridedSlice(
        begin: begin, end: [Int](repeating: 0, count: rank),
        strides: [Int](repeating: 1, count: rank), beginMask: allAxes & ~2, endMask: allAxes))
  }
}
