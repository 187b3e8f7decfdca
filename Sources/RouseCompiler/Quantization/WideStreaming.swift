import RouseIR
import RouseNumerics

/// The streaming network for several steps per invocation: the same arithmetic on the same numbers, with the cost of an
/// invocation paid once.
///
/// Nothing but shapes changes, so it works on float and on int8 networks. A flattened window and its dense layer become
/// a convolution over that window. Values keep their names. What a ring buffer keeps are the last rows of its history.
package enum WideStreaming {
  /// - Returns: nil for a network that cannot be widened, such as one that averages over all its rows.
  package static func graph(_ graph: Graph, steps: Int) throws(GraphError) -> Graph? {
    var widening = Widening(graph, steps: steps)
    return try widening.run() ? widening.builder.graph : nil
  }
}

private struct Widening {
  let graph: Graph
  let steps: Int
  var builder: GraphBuilder
  private var map: [ValueID?]
  /// Flattened values: what they are in the wide network, where rows are still rows.
  private var flattened: [ValueID: ValueID] = [:]
  /// The rows of each variable that is assigned from a value.
  private var keptRows: [ValueID: Int] = [:]

  init(_ graph: Graph, steps: Int) {
    self.graph = graph
    self.steps = steps
    builder = GraphBuilder(name: graph.name)
    map = Array(repeating: nil, count: graph.values.count)
    for node in graph.nodes {
      guard case .assignVariable(let assign) = node.op else { continue }
      keptRows[node.inputs[0]] = graph[assign.variable].type.shape[1]
    }
  }

  /// False when an operator cannot be widened.
  mutating func run() throws(GraphError) -> Bool {
    for variable in graph.variables {
      _ = builder.variable(variable.name, variable.type, initial: variable.initial)
    }
    for id in graph.inputs {
      var type = graph[id].type
      guard type.shape.rank > 2 else { return false }
      type.shape[1] *= steps
      map[id.index] = builder.input(graph[id].name, type)
    }
    for node in graph.nodes { guard try add(node) else { return false } }
    for id in graph.outputs {
      guard let output = map[id.index] else { return false }
      builder.output(output)
    }
    return true
  }

  private mutating func add(_ node: Node) throws(GraphError) -> Bool {
    var op = node.op
    switch node.op {
    case .stridedSlice(let slice):
      guard let cut = widened(slice, node) else { return false }
      op = .stridedSlice(cut)
    case .reshape:
      let (x, y) = (graph[node.inputs[0]].type.shape, graph[node.outputs[0]].type.shape)
      guard x.rank > 2, let source = map[node.inputs[0].index] else { return false }
      if y.rank == 2, x.rank == 4 {
        flattened[node.outputs[0]] = source
        map[node.outputs[0].index] = source
        return true
      }
      guard y.rank > 2, y[1] == x[1] else { return false }
      var shape = y
      shape[1] = builder.graph[source].type.shape[1]
      op = .reshape(Reshape(shape: shape.dimensions))
    case .fullyConnected(let dense):
      return try add(dense, node)
    case .concatenation, .mean, .pack, .pad, .softmax:
      let ranks = node.outputs.map { graph[$0].type.shape.rank }
      guard ranks.allSatisfy({ $0 > 2 }) else { return false }
    case .splitV(let split):
      // Pieces in time have as many rows as a single step gives them.
      guard split.axis != 1 else { return false }
    case .conv2D, .depthwiseConv2D, .batchNorm, .logistic, .quantize, .add, .mul,
      .averagePool2D, .maxPool2D, .readVariable, .assignVariable, .fakeQuantize, .fakeRequantize:
      break
    }
    guard !node.inputs.contains(where: { flattened[$0] != nil }) else { return false }
    let inputs = node.inputs.compactMap { input($0) }
    guard inputs.count == node.inputs.count else { return false }
    return try append(op, inputs, for: node)
  }

  /// A dense layer over `rows` flattened rows is a convolution that sees `rows` rows.
  private mutating func add(_ dense: FullyConnected, _ node: Node) throws(GraphError) -> Bool {
    let (x, weights) = (node.inputs[0], graph[node.inputs[1]])
    guard let source = map[x.index], let constant = weights.constant else { return false }
    let narrow = flattened[x].map { _ in graph.producers[x.index] } ?? nil
    let rows = narrow.map { graph[graph.nodes[$0].inputs[0]].type.shape[1] } ?? 1
    let wide = builder.graph[source].type.shape
    guard wide.rank == 4, rows * wide[2] * wide[3] == weights.type.shape[1],
      let stride = newRows(narrow: rows, wide: wide[1])
    else { return false }
    let shape: Shape = [weights.type.shape[0], rows, wide[2], wide[3]]
    let filters = builder.constant(
      weights.name, constant, shape: shape, quantization: weights.type.quantization)
    let rest = node.inputs.dropFirst(2).compactMap { input($0) }
    let op = Conv2D(strideH: stride, activation: dense.activation)
    return try append(.conv2D(op), [source, filters] + rest, for: node)
  }

  /// New rows of a value in one step; nil when it does not gain the same number in every step.
  private func newRows(narrow: Int, wide: Int) -> Int? {
    guard steps > 1, wide > narrow, (wide - narrow) % (steps - 1) == 0 else { return nil }
    return (wide - narrow) / (steps - 1)
  }

  /// What a ring buffer keeps is counted from the end; what aligns branches drops the same leading rows as before.
  private func widened(_ slice: StridedSlice, _ node: Node) -> StridedSlice? {
    guard let source = map[node.inputs[0].index] else { return nil }
    let shape = builder.graph[source].type.shape
    guard shape.rank > 2, slice.shrinkAxisMask == 0, slice.endMask & 2 != 0, slice.strides[1] == 1
    else { return nil }
    var slice = slice
    if let rows = keptRows[node.outputs[0]] {
      slice.begin[1] = shape[1] - rows
      slice.beginMask &= ~2
    } else if slice.beginMask & 2 == 0, slice.begin[1] < 0 {
      return nil
    }
    return slice
  }

  private mutating func input(_ id: ValueID) -> ValueID? {
    if let known = map[id.index] { return known }
    guard let constant = graph[id].constant else { return nil }
    let type = graph[id].type
    let fresh = builder.constant(
      graph[id].name, constant, shape: type.shape, quantization: type.quantization)
    map[id.index] = fresh
    return fresh
  }

  /// Appends the node under the old names and types; false when its results do not have `steps` times the new rows.
  private mutating func append(
    _ op: Op, _ inputs: [ValueID], for node: Node
  ) throws(GraphError) -> Bool {
    let shapes = try op.definition.outputShapes(
      inputs.map { builder.graph[$0].type.shape }, builder.graph.variables)
    var types: [TensorType] = []
    for (shape, id) in zip(shapes, node.outputs) {
      let narrow = graph[id].type
      let rows = narrow.shape.rank > 2 ? narrow.shape[1] : 1
      var isRead = false
      if case .readVariable = node.op { isRead = true }
      let isKept = isRead || keptRows[id] != nil
      guard shape.rank > 2, isKept || newRows(narrow: rows, wide: shape[1]) != nil else {
        return false
      }
      types.append(TensorType(shape, narrow.element, narrow.quantization))
    }
    let name = node.outputs.first.map { graph[$0].name } ?? graph.name(of: node)
    for (old, new) in zip(node.outputs, try builder.node(name, op, inputs, types: types)) {
      builder.rename(new, to: graph[old].name)
      map[old.index] = new
    }
    return true
  }
}
