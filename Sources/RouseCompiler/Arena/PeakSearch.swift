import RouseIR

/// Finds the operator of the main subgraph during which the most planned bytes are alive.
struct PeakSearch {
  private(set) var node: ArenaReport.PeakNode?
  private let model: PlannableModel
  private let plan: MemoryPlan

  init(_ model: PlannableModel, _ plan: MemoryPlan) {
    self.model = model
    self.plan = plan
    let live = bytesByNode()
    guard let most = live.max(), let index = live.firstIndex(of: most) else { return }
    node = parts(of: model.subgraphs[0].nodes[index], live: most)
  }

  /// Bytes alive while each operator of the main subgraph runs: a running sum over first and last uses.
  private func bytesByNode() -> [Int] {
    let changes =
      plan.placements.map { (time: $0.firstUse, bytes: $0.bytes) }
      + plan.placements.map { (time: $0.lastUse + 1, bytes: -$0.bytes) }
    var pending = changes.sorted { $0.time < $1.time }[...]
    var sum = 0
    return plan.nodeTimes.map { time in
      while let change = pending.first, change.time <= time {
        sum += change.bytes
        pending.removeFirst()
      }
      return sum
    }
  }

  private func parts(of node: PlannableModel.Node, live: Int) -> ArenaReport.PeakNode {
    let inputs = model.tensors(node.inputs, of: node.place).filter(\.isPlanned)
    let outputs = model.tensors(node.outputs, of: node.place)
    let scratch = plan.placements.filter {
      $0.subgraph == node.place.subgraph && $0.node == node.place.node
    }
    return ArenaReport.PeakNode(
      index: node.place.node, name: node.builtin.schemaName,
      inputBytes: inputs.reduce(0) { $0 + $1.bytes },
      outputBytes: outputs.reduce(0) { $0 + $1.bytes },
      scratchBytes: scratch.reduce(0) { $0 + $1.bytes }, stateBytes: stateBytes(node),
      liveBytes: live)
  }

  /// Bytes that READ_VARIABLE contributes to the concatenation before `node`, or to `node` itself.
  private func stateBytes(_ node: PlannableModel.Node) -> Int {
    let graph = model.subgraphs[node.place.subgraph]
    func read(by node: PlannableModel.Node) -> Int {
      let inputs = Set(node.inputs)
      let reads = graph.nodes.filter {
        $0.builtin == .readVariable && $0.outputs.contains { inputs.contains($0) }
      }
      return reads.flatMap(\.outputs).reduce(0) { $0 + graph.tensors[$1].bytes }
    }
    let inputs = Set(node.inputs)
    let before = graph.nodes.filter {
      $0.builtin == .concatenation && $0.outputs.contains { inputs.contains($0) }
    }
    return read(by: node) + before.reduce(0) { $0 + read(by: $1) }
  }
}

extension MemoryPlan {
  /// The `count` largest buffers; equal sizes in the order of the plan.
  func largest(_ count: Int) -> [ArenaReport.Buffer] {
    let order = placements.indices.sorted {
      (placements[$1].bytes, $0) < (placements[$0].bytes, $1)
    }
    return order.prefix(count).map { .init(name: placements[$0].name, bytes: placements[$0].bytes) }
  }
}
