import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// The order of operators and the places of tensors: sound, and as good as can be proven.
@Suite struct PlannerTests {
  private typealias Buffer = OptimalPlanner.Buffer

  private static func buffers(_ seed: UInt64, count: Int) -> [Buffer] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let first = generator.below(8)
      return Buffer(
        bytes: 16 * (1 + generator.below(9)), firstUse: first,
        lastUse: first + generator.below(4))
    }
  }

  /// One on top of the other: sound and wasteful.
  private static func pile(_ buffers: [Buffer]) -> [Int] {
    var end = 0
    return buffers.map { buffer in
      defer { end += buffer.bytes }
      return end
    }
  }

  private func isSound(_ buffers: [Buffer], _ offsets: [Int]) -> Bool {
    buffers.indices.allSatisfy { a in
      buffers.indices.allSatisfy { b in
        a >= b || buffers[a].firstUse > buffers[b].lastUse
          || buffers[b].firstUse > buffers[a].lastUse
          || offsets[a] + buffers[a].bytes <= offsets[b]
          || offsets[b] + buffers[b].bytes <= offsets[a]
      }
    }
  }

  @Test(arguments: 0..<40)
  func placementsAreSoundAndBoundedBelow(_ seed: Int) {
    let buffers = Self.buffers(UInt64(seed), count: 12)
    let start = Self.pile(buffers)
    let planner = OptimalPlanner(buffers, from: start)
    #expect(isSound(buffers, planner.offsets))
    #expect(planner.bytes >= planner.lowerBound)
    #expect(
      planner.bytes == zip(buffers, planner.offsets).map { $0.bytes + $1 }.max() ?? 0)
  }

  /// All orders of stacking six buffers.
  @Test(arguments: 0..<20)
  func searchFindsTheLeastOfAllPlacements(_ seed: Int) {
    let buffers = Self.buffers(UInt64(200 + seed), count: 6)
    let planner = OptimalPlanner(buffers, from: Self.pile(buffers), limit: 1_000_000)
    var least = Int.max
    func visit(_ order: [Int], _ rest: [Int]) {
      guard !rest.isEmpty else {
        var offsets = [Int?](repeating: nil, count: buffers.count)
        var height = 0
        for index in order {
          let below = buffers.indices.compactMap { other -> Int? in
            guard let offset = offsets[other], buffers[other].firstUse <= buffers[index].lastUse,
              buffers[index].firstUse <= buffers[other].lastUse
            else { return nil }
            return offset + buffers[other].bytes
          }
          offsets[index] = below.max() ?? 0
          height = max(height, (offsets[index] ?? 0) + buffers[index].bytes)
        }
        least = min(least, height)
        return
      }
      for index in rest { visit(order + [index], rest.filter { $0 != index }) }
    }
    visit([], Array(buffers.indices))
    #expect(planner.isOptimal && planner.bytes == least)
  }

  @Test func limitIsReportedHonestly() {
    let buffers = Self.buffers(7, count: 30)
    let planner = OptimalPlanner(buffers, from: Self.pile(buffers), limit: 3)
    #expect(!planner.isOptimal)
    #expect(planner.bytes > planner.lowerBound)
    #expect(isSound(buffers, planner.offsets))
  }

  // MARK: - Schedule

  private func peak(_ graph: Graph) -> Int {
    let lifetimes = ArenaPlan.lifetimes(in: graph)
    return graph.nodes.indices.map { time in
      zip(graph.values, lifetimes).reduce(0) { sum, pair in
        guard let lifetime = pair.1, lifetime.contains(time) else { return sum }
        return sum + (pair.0.type.bytes + 15) / 16 * 16
      }
    }.max() ?? 0
  }

  @Test(arguments: 0..<12)
  func scheduleLowersThePeakAndKeepsTheBits(_ seed: Int) throws {
    let graph = try RandomNetwork.streaming(seed: UInt64(seed), .perChannel)
    let none = [Int](repeating: 0, count: graph.nodes.count)
    guard let schedule = Schedule(graph, scratch: none) else {
      Issue.record("the graph is small enough")
      return
    }
    let ordered = schedule.apply(to: graph)
    #expect(schedule.order.sorted() == Array(graph.nodes.indices))
    #expect(schedule.isExact)
    #expect(peak(ordered) == schedule.peakBytes)
    #expect(peak(ordered) <= peak(graph))
    #expect(try LoweringTests.outputs(ordered) == LoweringTests.outputs(graph))
  }

  /// Two long branches: one after the other needs less than both at once, in which order they are written.
  @Test func branchesRunOneAfterTheOther() throws {
    var builder = GraphBuilder(name: "branches")
    let quantization = Quantization(scale: 0.5, zeroPoint: 0)
    func type(_ count: Int) -> TensorType { TensorType([1, count], .int8, quantization) }
    let x = builder.input("x", type(16))
    let wide = Op.concatenation(Concatenation(axis: 1))
    let a = try builder.node("a", wide, [x, x, x, x], types: [type(64)])[0]
    let b = try builder.node("b", wide, [x, x, x, x], types: [type(64)])[0]
    func narrow(_ name: String, _ id: ValueID) throws -> ValueID {
      let slice = StridedSlice(begin: [0, 0], end: [1, 16], strides: [1, 1])
      return try builder.node(name, .stridedSlice(slice), [id], types: [type(16)])[0]
    }
    let parts = [try narrow("c", a), try narrow("d", b)]
    builder.output(try builder.node("y", wide, parts, types: [type(32)])[0])
    let none = [Int](repeating: 0, count: builder.graph.nodes.count)
    let schedule = Schedule(builder.graph, scratch: none)
    // The second long branch beside the input and the short result of the first.
    #expect(schedule?.peakBytes == 16 + 16 + 64)
    #expect(peak(builder.graph) == 16 + 64 + 64)
  }

  // MARK: - Offline plans

  /// A plan in the file moves tensors where it says, and TFLite Micro's planner fits the rest around it.
  @Test func plansInTheFileAreFollowed() throws {
    let graph = try RandomNetwork.streaming(seed: 2, .perChannel)
    let model = try TFLiteLowering.model(from: graph, description: "planned")
    let arena = ArenaModel(library: .espNN112)
    let report = try arena.report(for: model)
    #expect(report.headGap == report.headBytes - report.headLowerBound)
    #expect(report.headGap >= 0 && report.plan.firstOverlap == nil)
    var offsets = [Int](
      repeating: -1, count: model.subgraphs.reduce(0) { $0 + $1.tensors.count })
    for placement in report.plan.placements where placement.subgraph == 0 {
      if let tensor = placement.tensor { offsets[tensor] = placement.offset + 64 }
    }
    let moved = try arena.report(for: OfflinePlan.embed(offsets, in: model))
    for (a, b) in zip(report.plan.placements, moved.plan.placements) where a.tensor != nil {
      #expect(b.offset == a.offset + 64)
    }
    #expect(moved.plan.firstOverlap == nil)
  }
}
