import RouseFormats
import RouseIR

/// TFLite Micro's memory allocation on a 32-bit target, replayed on a model file.
///
/// The model is exact for what it was measured against: `arena_used_bytes` of 23 one-operator models and of
/// okay_nabu, hey_jarvis, alexa and vad, with portable and with esp-nn kernels, and the free bytes that three devices
/// logged in the field.
///
/// - Source: tensorflow/tflite-micro `micro_interpreter.cc`, `micro_allocator.cc`, `micro_allocation_info.cc`.
public struct ArenaModel: Sendable {
  public var library: KernelLibrary
  public var layout: TFLMLayout

  public init(library: KernelLibrary, layout: TFLMLayout = .intEnums) {
    self.library = library
    self.layout = layout
  }

  /// The kernels of one of the profile's firmwares, and objects as large as the compiler for its chip makes them.
  public init(library: KernelLibrary, for profile: TargetProfile) {
    self.init(library: library, layout: TFLMLayout(profile.cEnums.value))
  }

  /// - Throws: `CompilerError.unplannable` for what TFLite Micro would refuse or could not read.
  public func report(for model: TFLiteModel) throws(CompilerError) -> ArenaReport {
    let model = try PlannableModel(model)
    let prepared = try prepare(model)
    let plan = self.plan(model, prepared.scratch)
    let arenas = (0..<16).map { replay(model, prepared.nodes, plan, endResidue: $0) }
    let shares = arenas[0].shares
    let byBase = ArenaReport.bases.map { Self.minimum(arenas.map(\.required), bases: [$0]) }
    return ArenaReport(
      library: library,
      minimumBytes: Self.minimum(arenas.map(\.required), bases: ArenaReport.bases),
      minimumBytesByBase: byBase, usedBytes: plan.headBytes + arenas[0].tail,
      headBytes: plan.headBytes, headLowerBound: plan.lowerBound, tailBytes: arenas[0].tail,
      binding: arenas[0].binding,
      peak: PeakSearch(model, plan).node, largestBuffers: plan.largest(5),
      persistentShares: shares, variableBytes: prepared.variableBytes,
      variableCount: prepared.variableCount, plan: plan)
  }

  /// What a search needs of one of many models.
  struct Size {
    /// The smallest arena that begins and ends at a multiple of 16.
    var requiredBytes: Int
    var tailBytes: Int
    /// The largest scratch buffer of each operator of the main subgraph, 0 without one.
    var scratch: [Int]
  }

  /// The size alone, for one alignment of the arena.
  ///
  /// - Throws: as `report`.
  func size(of model: TFLiteModel) throws(CompilerError) -> Size {
    let model = try PlannableModel(model)
    let prepared = try prepare(model)
    let plan = self.plan(model, prepared.scratch)
    let replay = replay(model, prepared.nodes, plan, endResidue: 0)
    var scratch = [Int](repeating: 0, count: model.subgraphs[0].nodes.count)
    for request in prepared.scratch where request.place.subgraph == 0 {
      scratch[request.place.node] = max(scratch[request.place.node], request.bytes)
    }
    return Size(requiredBytes: replay.required, tailBytes: replay.tail, scratch: scratch)
  }

  /// The two numbers of TFLite Micro's message `Failed to resize buffer. Requested: 19440, available 11876`: the head
  /// that the plan asks for, and what an arena of this size and address has left for it.
  ///
  /// - Parameter baseAddress: only its value modulo 16 matters.
  public func headSpace(
    of model: TFLiteModel, arenaBytes: Int, baseAddress: Int
  ) throws(CompilerError) -> (requested: Int, available: Int) {
    let model = try PlannableModel(model)
    let prepared = try prepare(model)
    let plan = self.plan(model, prepared.scratch)
    let base = baseAddress & 15
    let replay = replay(model, prepared.nodes, plan, endResidue: (base + arenaBytes) & 15)
    return (plan.headBytes, arenaBytes - (16 - base) % 16 - replay.tailAtPlan)
  }

  // MARK: - Prepare

  private struct Prepared {
    var nodes: [[PreparedNode]] = []
    var scratch: [BufferLifetimes.Scratch] = []
    var variableBytes = 0
    var variableCount = 0
  }

  private func prepare(_ model: PlannableModel) throws(CompilerError) -> Prepared {
    var result = Prepared()
    var assigned: Set<String> = []
    for graph in model.subgraphs {
      var nodes: [PreparedNode] = []
      for node in graph.nodes {
        let isFirst = firstAssignment(node, graph, &assigned)
        let prepared = try PreparedNode(node, in: model, library: library, assigned: isFirst)
        for case .scratch(let bytes) in prepared.requests {
          result.scratch.append(.init(place: node.place, bytes: bytes))
        }
        if isFirst, let value = node.inputs.last, value >= 0 {
          result.variableBytes += graph.tensors[value].bytes
          result.variableCount += 1
        }
        nodes.append(prepared)
      }
      result.nodes.append(nodes)
      for tensor in graph.tensors where tensor.isVariable {
        result.variableBytes += tensor.bytes
      }
    }
    return result
  }

  private func firstAssignment(
    _ node: PlannableModel.Node, _ graph: PlannableModel.Subgraph, _ assigned: inout Set<String>
  ) -> Bool {
    guard node.builtin == .assignVariable, let handle = node.inputs.first, handle >= 0,
      let resource = graph.tensors[handle].resource
    else { return false }
    return assigned.insert(resource).inserted
  }

  // MARK: - Plan

  private func plan(
    _ model: PlannableModel, _ scratch: [BufferLifetimes.Scratch]
  ) -> MemoryPlan {
    let lifetimes = BufferLifetimes(model, scratch: scratch)
    var placements: [MemoryPlan.Placement] = []
    var offline: [Int?] = []
    for (index, graph) in model.subgraphs.enumerated() {
      for (position, tensor) in graph.tensors.enumerated() where tensor.isPlanned {
        let lifetime = lifetimes.tensors[index][position]
        placements.append(
          .init(
            name: tensor.name, subgraph: index, tensor: position, node: nil, offset: 0,
            bytes: tensor.bytes, firstUse: lifetime.first, lastUse: lifetime.last))
        // TFLite Micro reads the list from its start again for every subgraph.
        offline.append(model.offlineOffsets?[position])
      }
    }
    for (request, lifetime) in zip(scratch, lifetimes.scratch) {
      let node = model.subgraphs[request.place.subgraph].nodes[request.place.node]
      placements.append(
        .init(
          name: "scratch of \(node.builtin.schemaName) \(request.place.node)",
          subgraph: request.place.subgraph, tensor: nil, node: request.place.node, offset: 0,
          bytes: request.bytes, firstUse: lifetime.first, lastUse: lifetime.last))
      offline.append(nil)
    }
    let buffers = zip(placements, offline).map { placement, offset in
      GreedyPlanner.Buffer(
        bytes: aligned(placement.bytes, to: TFLMLayout.bufferAlignment),
        firstUse: placement.firstUse, lastUse: placement.lastUse, offset: offset)
    }
    let (offsets, bytes) = GreedyPlanner.place(buffers)
    for (index, offset) in offsets.enumerated() { placements[index].offset = offset }
    return MemoryPlan(headBytes: bytes, placements: placements, nodeTimes: lifetimes.nodeTimes)
  }

  // MARK: - Minimum

  /// The smallest size from which on every arena suffices.
  ///
  /// - Parameter required: bytes between the aligned start and the end, by the end's address modulo 16.
  private static func minimum(_ required: [Int], bases: [Int]) -> Int {
    func suffices(_ size: Int) -> Bool {
      bases.allSatisfy { base in
        size - (16 - base) % 16 >= required[(base + size) % 16]
      }
    }
    var size = (required.max() ?? 0) + 32
    while suffices(size - 1) && size > 1 { size -= 1 }
    return size
  }
}

extension PlannableModel.Tensor {
  /// True when the tensor gets a place in the head.
  var isPlanned: Bool { !isConstant && !isVariable && resource == nil && bytes > 0 }
}
