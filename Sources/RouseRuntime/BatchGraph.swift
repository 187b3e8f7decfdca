import RouseIR
import RouseNumerics

/// A streaming graph whose axis 0 counts steps: which nodes run, on what types, and how far back its result looks.
struct BatchGraph {
  /// The types of all values for the whole batch; nodes as they were.
  let graph: Graph
  /// Nodes whose results are needed and that are more than a read or an assignment of state.
  let isLive: [Bool]
  /// For nodes that only move bytes, what they move within one step.
  let moves: [Int: [StepMove]]
  let memorySteps: Int
  private let narrow: Graph

  /// nil when a node cannot take several steps at once.
  init?(_ narrow: Graph, rings: [StreamRing], steps: Int) throws(GraphError) {
    self.narrow = narrow
    var wide = narrow
    let joins = Set(rings.map(\.join))
    isLive = Self.live(narrow, joins)
    for index in narrow.nodes.indices where isLive[index] {
      let node = narrow.nodes[index]
      for id in node.inputs + node.outputs where narrow[id].constant == nil {
        guard narrow[id].type.shape.rank > 0, narrow[id].type.shape[0] == 1 else { return nil }
        var shape = narrow[id].type.shape
        shape[0] = steps
        wide[id].type.shape = shape
      }
    }
    var moves: [Int: [StepMove]] = [:]
    for index in narrow.nodes.indices where isLive[index] && !joins.contains(index) {
      let node = narrow.nodes[index]
      if let map = ByteMap.of(node, in: narrow) {
        moves[index] = StepMove.runs(map, node)
        continue
      }
      let inputs = wide.inputTypes(of: node).map(\.shape)
      guard node.op.keepsBatch(inputs),
        try node.op.definition.outputShapes(inputs, wide.variables)
          == node.outputs.map({ wide[$0].type.shape })
      else { return nil }
    }
    // A past that a ring reads lies in the state; its value in the arena is never made.
    for ring in rings { wide.nodes[ring.join].inputs.removeFirst() }
    for index in wide.nodes.indices where !isLive[index] {
      wide.nodes[index] = Node(wide.nodes[index].op, inputs: [], outputs: [])
    }
    self.moves = moves
    graph = wide
    memorySteps = Self.memorySteps(narrow, isLive, rings)
  }

  /// The kernel of a computing node over all steps.
  func kernel(of index: Int, _ plan: ArenaPlan) throws(GraphError) -> (any Int8Kernel)? {
    let node = graph.nodes[index]
    guard let op = node.op.deployable else { return nil }
    let name = narrow.name(of: narrow.nodes[index])
    let place = Int8Node(
      name: name, inputTypes: graph.inputTypes(of: node),
      inputs: node.inputs.map { id in
        graph[id].constant.map(Int8Location.constant)
          ?? .arena(offset: plan.offsets[id.index] ?? 0)
      }, outputTypes: graph.outputTypes(of: node),
      outputs: node.outputs.map { plan.offsets[$0.index] ?? 0 }, variables: [])
    do { return try op.int8Kernel(place) } catch { throw .atNode(name, error) }
  }

  private static func live(_ graph: Graph, _ joins: Set<Int>) -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: graph.values.count)
    for id in graph.outputs { isNeeded[id.index] = true }
    var isLive = [Bool](repeating: false, count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() {
      let node = graph.nodes[index]
      if case .readVariable = node.op { continue }
      guard node.outputs.contains(where: { isNeeded[$0.index] }) else { continue }
      isLive[index] = true
      for id in node.inputs.dropFirst(joins.contains(index) ? 1 : 0) { isNeeded[id.index] = true }
    }
    return isLive
  }

  /// Over all paths from the input to the output, the most steps that the rings on it remember.
  private static func memorySteps(_ graph: Graph, _ isLive: [Bool], _ rings: [StreamRing]) -> Int {
    var depth = [Int](repeating: 0, count: graph.values.count)
    for index in graph.nodes.indices where isLive[index] {
      let node = graph.nodes[index]
      var steps = node.inputs.map { depth[$0.index] }.max() ?? 0
      if let ring = rings.first(where: { $0.join == index }) {
        steps = depth[ring.fresh.index] + ring.memorySteps
      }
      for id in node.outputs { depth[id.index] = steps }
    }
    return depth[graph.outputs[0].index]
  }
}

/// Bytes that stay together when one step's inputs become one step's results.
struct StepMove: Hashable {
  var from: ValueID
  var source: Int
  var to: ValueID
  var target: Int
  var length: Int

  /// The map of a node as few moves.
  static func runs(_ map: ByteMap, _ node: Node) -> [StepMove] {
    var result: [StepMove] = []
    for (id, sources) in zip(node.outputs, map.sources) {
      for (target, source) in sources.enumerated() {
        let from = node.inputs[source.input]
        if let last = result.last, last.to == id, last.from == from,
          last.source + last.length == source.byte, last.target + last.length == target
        {
          result[result.count - 1].length += 1
        } else {
          result.append(
            StepMove(from: from, source: source.byte, to: id, target: target, length: 1))
        }
      }
    }
    return result
  }
}

/// The moves of one node for all steps.
struct BatchCopy: Sendable {
  private struct Move: Sendable {
    var source: Int
    var sourceStep: Int
    var target: Int
    var targetStep: Int
    var length: Int
  }

  private let moves: [Move]
  private let steps: Int

  init(_ moves: [StepMove], _ graph: Graph, _ plan: ArenaPlan, steps: Int) {
    self.steps = steps
    self.moves = moves.map { move in
      var result = Move(
        source: (plan.offsets[move.from.index] ?? 0) + move.source,
        sourceStep: graph[move.from].type.bytes,
        target: (plan.offsets[move.to.index] ?? 0) + move.target,
        targetStep: graph[move.to].type.bytes, length: move.length)
      // Whole values of all steps are one run.
      if result.length == result.sourceStep && result.length == result.targetStep {
        result.length *= steps
        result.sourceStep = 0
      }
      return result
    }
  }

  func run(_ memory: inout Int8Memory) {
    memory.arena.withUnsafeMutableBytes { arena in
      for move in moves {
        for step in 0..<(move.sourceStep == 0 ? 1 : steps) {
          let source = move.source + step * move.sourceStep
          let target = move.target + step * move.targetStep
          UnsafeMutableRawBufferPointer(rebasing: arena[target..<target + move.length]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: arena[source..<source + move.length]))
        }
      }
    }
  }
}
