import RouseIR

extension ArenaModel {
  struct Replay {
    /// Bytes between the aligned start and the end of the arena.
    var required: Int
    var tail: Int
    /// The tail when the plan is committed, before the input and output tensors.
    var tailAtPlan: Int
    var binding: ArenaReport.Binding
    var shares: [ArenaReport.PersistentShare]
  }

  /// AllocateTensors for an arena whose end has the given address modulo 16, in the order of the firmware.
  func replay(
    _ model: PlannableModel, _ prepared: [[PreparedNode]], _ plan: MemoryPlan, endResidue: Int
  ) -> Replay {
    var steps = ReplaySteps(arena: SimulatedArena(endResidue: endResidue), layout: layout)
    steps.createInterpreter(subgraphs: model.subgraphs.count)
    steps.allocateStructures(model)
    steps.initialize(model)
    let scratchCount = steps.prepare(model, prepared)
    steps.plan(model, plan, scratchCount: scratchCount)
    let tailAtPlan = steps.arena.tailBytes
    steps.allocateInterface(model)
    return Replay(
      required: steps.arena.requiredBytes, tail: steps.arena.tailBytes,
      tailAtPlan: tailAtPlan, binding: steps.arena.binding, shares: steps.sortedShares)
  }
}

/// The phases of `MicroInterpreter::AllocateTensors`.
private struct ReplaySteps {
  var arena: SimulatedArena
  let layout: TFLMLayout
  private var shares: [String: Int] = [:]

  init(arena: SimulatedArena, layout: TFLMLayout) {
    self.arena = arena
    self.layout = layout
  }

  var sortedShares: [ArenaReport.PersistentShare] {
    shares.map { .init(kind: $0.key, bytes: $0.value) }
      .sorted { ($1.bytes, $0.kind) < ($0.bytes, $1.kind) }
  }

  private mutating func persist(
    _ kind: String, _ bytes: Int, alignment: Int, _ why: ArenaReport.Binding = .plan
  ) {
    shares[kind, default: 0] += arena.allocatePersistent(bytes, alignment: alignment, why)
  }

  mutating func createInterpreter(subgraphs: Int) {
    let kind = "interpreter"
    persist(kind, TFLMLayout.bufferAllocatorBytes, alignment: 4, .start)
    persist(kind, TFLMLayout.plannerBytes, alignment: 4, .start)
    persist(kind, TFLMLayout.allocatorBytes, alignment: 4, .start)
    persist(kind, TFLMLayout.builtinDataAllocatorBytes, alignment: 4, .start)
    reserveRequests(0, .start)
    persist(kind, TFLMLayout.subgraphAllocationBytes * subgraphs, alignment: 4, .start)
  }

  mutating func allocateStructures(_ model: PlannableModel) {
    for graph in model.subgraphs {
      persist("tensors", TFLMLayout.evalTensorBytes * graph.tensors.count, alignment: 4, .start)
    }
    for graph in model.subgraphs {
      persist("nodes", TFLMLayout.nodeBytes * graph.nodes.count, alignment: 4, .start)
    }
  }

  /// Parsed options of all operators, then Init of all operators.
  mutating func initialize(_ model: PlannableModel) {
    for node in model.subgraphs.flatMap(\.nodes) {
      if let parameters = layout.parameterBytes(node.builtin) {
        persist(
          node.builtin.schemaName, parameters.bytes, alignment: parameters.alignment, .start)
      }
    }
    for node in model.subgraphs.flatMap(\.nodes) {
      if let bytes = layout.opDataBytes(node.builtin) {
        persist(
          node.builtin.schemaName, bytes, alignment: TFLMLayout.bufferAlignment, .start)
      }
    }
  }

  /// Returns the number of scratch buffers.
  mutating func prepare(_ model: PlannableModel, _ prepared: [[PreparedNode]]) -> Int {
    var scratchCount = 0
    for (graph, nodes) in zip(model.subgraphs, prepared) {
      for (node, requests) in zip(graph.nodes, nodes) {
        let why = ArenaReport.Binding.prepare(subgraph: node.place.subgraph, node: node.place.node)
        let kind = node.builtin == .assignVariable ? "variables" : node.builtin.schemaName
        for request in requests.requests {
          switch request {
          case .temporaryTensor(let channels): allocateTemporaryTensor(channels, why)
          case .persistent(let bytes):
            persist(kind, bytes, alignment: TFLMLayout.bufferAlignment, why)
          case .scratch: scratchCount += 1
          }
        }
        reserveRequests(scratchCount, why)
      }
    }
    return scratchCount
  }

  mutating func plan(_ model: PlannableModel, _ plan: MemoryPlan, scratchCount: Int) {
    if scratchCount > 0 {
      persist(
        "scratch handles", TFLMLayout.scratchHandleBytes * scratchCount, alignment: 4, .planning)
    }
    for tensor in model.subgraphs.flatMap(\.tensors) where tensor.isVariable {
      persist("variables", tensor.bytes, alignment: TFLMLayout.bufferAlignment, .planning)
    }
    let tensorCount = model.subgraphs.reduce(0) { $0 + $1.tensors.count }
    arena.allocateTemporary(
      TFLMLayout.pointerBytes * model.subgraphs.count, alignment: 4, .planning)
    arena.allocateTemporary(
      TFLMLayout.allocationInfoBytes * (tensorCount + scratchCount), alignment: 4, .planning)
    arena.requirePlannerTables(TFLMLayout.plannedBufferBytes * plan.placements.count)
    arena.setHead(plan.headBytes, .plan)
  }

  mutating func allocateInterface(_ model: PlannableModel) {
    let main = model.subgraphs[0]
    for list in [main.inputs, main.outputs] {
      let kind = "model input and output"
      persist(kind, TFLMLayout.pointerBytes * list.count, alignment: TFLMLayout.bufferAlignment)
      for tensor in list.map({ main.tensors[$0] }) {
        persist(kind, layout.tensorBytes, alignment: 4)
        guard tensor.quantizedChannels > 0 else { continue }
        persist(kind, TFLMLayout.affineQuantizationBytes, alignment: 4)
        persist(kind, 4 + 4 * tensor.quantizedChannels, alignment: 4)
      }
    }
  }

  private mutating func allocateTemporaryTensor(_ channels: Int, _ why: ArenaReport.Binding) {
    arena.allocateTemporary(layout.tensorBytes, alignment: 4, why)
    guard channels > 0 else { return }
    arena.allocateTemporary(TFLMLayout.affineQuantizationBytes, alignment: 4, why)
    arena.allocateTemporary(4 + 4 * channels, alignment: 4, why)
  }

  private mutating func reserveRequests(_ count: Int, _ why: ArenaReport.Binding) {
    arena.setHead(
      TFLMLayout.scratchRequestBytes * (count + TFLMLayout.scratchRequestsPerNode), why)
  }
}
