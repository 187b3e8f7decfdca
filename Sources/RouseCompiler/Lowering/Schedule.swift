import RouseIR

/// The order of a graph's nodes in which the fewest bytes are alive at once.
///
/// Without loss, a variable is read directly before the first node that needs it, and assigned as soon as its new value
/// is there. The new value is made after all uses of the old one, so that a file may keep both in one tensor. For the other nodes every set that can have run is visited once, smallest
/// first, with the least peak that leads to it: a shortest path over order ideals. It is exact unless a set size has
/// more than `mostSets` of them; then the best are kept.
package struct Schedule {
  package private(set) var order: [Int]
  /// Bytes alive at the worst node, activations and scratch aligned to 16.
  package private(set) var peakBytes: Int
  /// False when sets had to be left out.
  package private(set) var isExact = true

  private static let mostSets = 4_096

  private struct Block {
    var bytes: Int
    /// The free node that makes it; nil for inputs of the graph and for reads.
    var producer: UInt64
    var isRead: Bool
    /// Free nodes that read it.
    var readers: UInt64
    /// For the new value of a variable: for each read of the old one, its readers.
    var awaited: [UInt64]
    var isOutput: Bool

    func isAlive(after done: UInt64) -> Bool {
      let isMade = isRead ? readers & done != 0 : producer & ~done == 0
      guard isMade else { return false }
      return isOutput || readers & ~done != 0 || awaited.contains { $0 & done == 0 }
    }
  }

  private struct Step {
    var peak: Int
    var last: Int
    var before: UInt64
  }

  /// - Parameter scratch: bytes for each node.
  /// - Returns: nil for graphs with more than 64 free nodes, or that read a variable after it was assigned.
  package init?(_ graph: Graph, scratch: [Int]) {
    let free = graph.nodes.indices.filter { !graph.nodes[$0].isRead && !graph.nodes[$0].isAssign }
    guard free.count <= 64, Self.readsComeFirst(graph) else { return nil }
    var bit = [Int](repeating: -1, count: graph.nodes.count)
    for (position, index) in free.enumerated() { bit[index] = position }
    let blocks = Self.blocks(graph, bit)
    let needs = free.map { index -> UInt64 in
      let node = graph.nodes[index]
      let made = node.inputs.reduce(0) { $0 | blocks[$1.index].producer }
      let uses = node.outputs.flatMap { blocks[$0.index].awaited }.reduce(0, |)
      return made | uses & ~(1 << UInt64(bit[index]))
    }
    let touched = free.map { index in graph.nodes[index].inputs + graph.nodes[index].outputs }
    let own = free.map { aligned(scratch[$0], to: TFLMLayout.bufferAlignment) }

    var levels: [[UInt64: Step]] = [[0: Step(peak: 0, last: -1, before: 0)]]
    for _ in free.indices {
      var next: [UInt64: Step] = [:]
      guard let current = levels.last else { return nil }
      for (done, step) in current {
        for (position, need) in needs.enumerated() where need & ~done == 0 {
          let mark = UInt64(1) << UInt64(position)
          guard done & mark == 0 else { continue }
          var alive = own[position]
          for (index, block) in blocks.enumerated() where block.bytes > 0 {
            if block.isAlive(after: done) || touched[position].contains(ValueID(index)) {
              alive += block.bytes
            }
          }
          let candidate = Step(peak: max(step.peak, alive), last: position, before: done)
          let known = next[done | mark]
          if known.map({ (candidate.peak, candidate.last) < ($0.peak, $0.last) }) ?? true {
            next[done | mark] = candidate
          }
        }
      }
      if next.count > Self.mostSets {
        isExact = false
        let best = next.sorted { ($0.value.peak, $0.key) < ($1.value.peak, $1.key) }
        next = Dictionary(
          uniqueKeysWithValues: best.prefix(Self.mostSets).map { ($0.key, $0.value) })
      }
      levels.append(next)
    }
    guard var state = levels.last?.keys.first, let end = levels.last?[state] else { return nil }
    peakBytes = end.peak
    var sequence: [Int] = []
    for level in levels.dropFirst().reversed() {
      guard let step = level[state] else { return nil }
      sequence.append(free[step.last])
      state = step.before
    }
    order = Self.withVariables(graph, sequence.reversed())
  }

  private static func readsComeFirst(_ graph: Graph) -> Bool {
    var assigned: Set<VariableID> = []
    for node in graph.nodes {
      if case .assignVariable(let op) = node.op, !assigned.insert(op.variable).inserted {
        return false
      }
      if case .readVariable(let op) = node.op, assigned.contains(op.variable) { return false }
    }
    return true
  }

  private static func blocks(_ graph: Graph, _ bit: [Int]) -> [Block] {
    var blocks = graph.values.map { value in
      Block(
        bytes: value.constant == nil
          ? aligned(value.type.bytes, to: TFLMLayout.bufferAlignment) : 0,
        producer: 0, isRead: false, readers: 0, awaited: [], isOutput: false)
    }
    for id in graph.outputs { blocks[id.index].isOutput = true }
    for (index, node) in graph.nodes.enumerated() where bit[index] >= 0 {
      let mark = UInt64(1) << UInt64(bit[index])
      for id in node.inputs { blocks[id.index].readers |= mark }
      for id in node.outputs { blocks[id.index].producer = mark }
    }
    for node in graph.nodes {
      if node.isRead { for id in node.outputs { blocks[id.index].isRead = true } }
      guard case .assignVariable(let op) = node.op else { continue }
      for read in graph.nodes {
        guard case .readVariable(let other) = read.op, other.variable == op.variable else {
          continue
        }
        let readers = blocks[read.outputs[0].index].readers
        if readers != 0 { blocks[node.inputs[0].index].awaited.append(readers) }
      }
    }
    return blocks
  }

  /// Reads directly before the first node that needs them, assignments as early as they can be.
  private static func withVariables(_ graph: Graph, _ sequence: [Int]) -> [Int] {
    let producers = graph.producers
    var order: [Int] = []
    var done = [Bool](repeating: false, count: graph.nodes.count)
    func run(_ index: Int) {
      guard !done[index] else { return }
      done[index] = true
      order.append(index)
    }
    func assignWhatIsReady() {
      for (index, node) in graph.nodes.enumerated() where !done[index] {
        guard case .assignVariable(let op) = node.op,
          producers[node.inputs[0].index].map({ done[$0] }) ?? true
        else { continue }
        let reads = graph.nodes.indices.filter { other in
          if case .readVariable(let read) = graph.nodes[other].op {
            return read.variable == op.variable
          }
          return false
        }
        if reads.allSatisfy({ done[$0] }) { run(index) }
      }
    }
    for index in sequence {
      for id in graph.nodes[index].inputs {
        if let maker = producers[id.index], graph.nodes[maker].isRead { run(maker) }
      }
      run(index)
      assignWhatIsReady()
    }
    for index in graph.nodes.indices where graph.nodes[index].isRead { run(index) }
    assignWhatIsReady()
    return order
  }

  package func apply(to graph: Graph) -> Graph {
    var result = graph
    result.nodes = order.map { graph.nodes[$0] }
    return result
  }
}

extension Node {
  fileprivate var isRead: Bool {
    if case .readVariable = op { return true }
    return false
  }

  fileprivate var isAssign: Bool {
    if case .assignVariable = op { return true }
    return false
  }
}
