import RouseIR
import RouseNumerics

/// A graph under change: nodes are replaced where they stand, and what nothing reads disappears in the end.
///
/// Values keep their names, so that a site of the trained network is found again after other sites were rewritten.
struct GraphEdit {
  var graph: Graph
  private var names: Set<String>

  init(_ graph: Graph) {
    self.graph = graph
    names = Set(graph.values.map(\.name))
  }

  // MARK: - Questions

  /// Index of the node that makes the value called `name`; nil when there is none any more.
  func node(making name: String) -> Int? {
    graph.nodes.firstIndex { node in node.outputs.contains { graph[$0].name == name } }
  }

  func producer(of id: ValueID) -> Int? {
    graph.nodes.firstIndex { $0.outputs.contains(id) }
  }

  /// Indices of the nodes that read the value, in execution order.
  func readers(of id: ValueID) -> [Int] {
    graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(id) }
  }

  /// True when one node reads the value, and nobody outside the graph does.
  func isPrivate(_ id: ValueID) -> Bool {
    readers(of: id).count == 1 && !graph.outputs.contains(id)
  }

  // MARK: - Changes

  /// A new value; a name that is taken gets apostrophes.
  mutating func add(_ name: String, _ type: TensorType, constant: TensorData? = nil) -> ValueID {
    var name = name
    while !names.insert(name).inserted { name += "'" }
    graph.values.append(Value(name: name, type: type, constant: constant))
    return ValueID(graph.values.count - 1)
  }

  mutating func replace(_ index: Int, by nodes: [Node]) {
    graph.nodes.replaceSubrange(index...index, with: nodes)
  }

  /// Every reader of `old` reads `new`, and so does the world outside.
  mutating func redirect(_ old: ValueID, to new: ValueID) {
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == old ? new : $0 }
    }
    graph.outputs = graph.outputs.map { $0 == old ? new : $0 }
  }

  /// The graph without nodes whose results nobody reads and without the values that only they touched.
  var finished: Graph {
    var result = graph
    var isRead = [Bool](repeating: false, count: result.values.count)
    for id in result.outputs { isRead[id.index] = true }
    var kept: [Node] = []
    for node in result.nodes.reversed() {
      var hasEffect = false
      if case .assignVariable = node.op { hasEffect = true }
      guard hasEffect || node.outputs.contains(where: { isRead[$0.index] }) else { continue }
      for id in node.inputs { isRead[id.index] = true }
      kept.append(node)
    }
    result.nodes = kept.reversed()
    return result.pruned()
  }
}
