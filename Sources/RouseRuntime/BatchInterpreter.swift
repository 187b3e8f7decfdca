import RouseIR
import RouseNumerics

/// Runs many steps of an int8 streaming graph per call, bit for bit what `Interpreter` gives one step after the other.
///
/// Axis 0 of every activation counts steps, so a kernel is entered once for all of them. What makes steps depend on each
/// other are ring buffers: `StreamRing` cuts a window for each step out of the past rows followed by all new ones. Any
/// form of streaming graph works as long as its only state is ring buffers, also flattened ones.
///
/// A run does not allocate. A copy continues on its own from the same state.
public struct BatchInterpreter: Sendable {
  /// Steps of one call, at most.
  public let steps: Int
  /// A result depends on no input earlier than this many steps before it: after so many steps, whatever the state was
  /// before them no longer matters.
  public let memorySteps: Int
  /// Elements of one step's input.
  public let stepCount: Int
  private let stages: [Stage]
  private let initialState: [(offset: Int, bytes: [Int8])]
  private let input: Int
  private let output: Int
  private var memory: Int8Memory

  private enum Stage: Sendable {
    case kernel(any Int8Kernel)
    case ring(RingKernel)
    case copy(BatchCopy)
  }

  /// Long enough for the cost of entering a kernel to vanish, short enough for all activations to stay in the second
  /// level of cache: 64 steps of the standard network take 0.4 MB.
  public static let wantedSteps = 64

  /// - Throws: what `Interpreter.init` throws.
  /// - Returns: nil for a graph with state that is no ring buffer, more than one input or output, an output of more than
  ///   a byte a step, or an operator that mixes the rows of axis 0.
  /// - Precondition: `steps` is positive.
  public init?(_ graph: Graph, steps: Int = wantedSteps) throws(GraphError) {
    precondition(steps > 0)
    try GraphVerifier.verify(graph, phase: .executable)
    guard graph.inputs.count == 1, graph.outputs.count == 1,
      let rings = StreamRing.all(in: graph),
      let batch = try BatchGraph(graph, rings: rings, steps: steps),
      graph[graph.outputs[0]].type.bytes == 1
    else { return nil }
    self.steps = steps
    memorySteps = batch.memorySteps
    stepCount = graph[graph.inputs[0]].type.shape.count
    let plan = ArenaPlan(greedyFor: batch.graph)
    guard let input = plan.offsets[graph.inputs[0].index],
      let output = plan.offsets[graph.outputs[0].index]
    else { return nil }
    self.input = input
    self.output = output

    var stateBytes = 0
    var initialState: [(offset: Int, bytes: [Int8])] = []
    var stages: [Stage] = []
    for index in graph.nodes.indices where batch.isLive[index] {
      let node = graph.nodes[index]
      let outputs = node.outputs.map { plan.offsets[$0.index] ?? 0 }
      if let ring = rings.first(where: { $0.join == index }) {
        guard let fresh = plan.offsets[ring.fresh.index] else { return nil }
        let kernel = RingKernel(
          state: stateBytes, past: ring.pastBytes, fresh: fresh, freshBytes: ring.freshBytes,
          window: outputs[0], steps: steps)
        initialState.append((stateBytes, graph[ring.variable].initialBytes))
        stateBytes += kernel.historyBytes
        stages.append(.ring(kernel))
      } else if let moves = batch.moves[index] {
        stages.append(.copy(BatchCopy(moves, graph, plan, steps: steps)))
      } else if let kernel = try batch.kernel(of: index, plan) {
        stages.append(.kernel(kernel))
      }
    }
    guard plan.bytes + stateBytes <= Interpreter.memoryLimit else { return nil }
    self.stages = stages
    self.initialState = initialState
    memory = Int8Memory(arenaBytes: plan.bytes, stateBytes: stateBytes)
    reset()
  }

  /// Sets every ring buffer to its initial value, as TFLite Micro does before the first invocation.
  public mutating func reset() {
    for (offset, bytes) in initialState {
      memory.state.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
  }

  /// Feeds feature rows and appends a probability code for each step; continues from the present state.
  ///
  /// - Parameter rows: elements that do not fill a step are left out.
  public mutating func run(_ rows: ArraySlice<Int8>, into codes: inout [UInt8]) {
    var start = rows.startIndex
    var left = rows.count / stepCount
    codes.reserveCapacity(codes.count + left)
    while left > 0 {
      let count = min(left, steps)
      let end = start + count * stepCount
      memory.arena.withUnsafeMutableBufferPointer { arena in
        let target = UnsafeMutableBufferPointer(
          rebasing: arena[input..<input + count * stepCount])
        _ = target.update(fromContentsOf: rows[start..<end])
      }
      for stage in stages {
        switch stage {
        case .kernel(let kernel): kernel.run(&memory)
        case .ring(let ring): ring.run(&memory, count: count)
        case .copy(let copy): copy.run(&memory)
        }
      }
      for index in output..<output + count { codes.append(UInt8(bitPattern: memory.arena[index])) }
      start = end
      left -= count
    }
  }

  /// The codes of one stream from a fresh state.
  public mutating func codes(of rows: [Int8]) -> [UInt8] {
    reset()
    var codes: [UInt8] = []
    run(rows[...], into: &codes)
    return codes
  }
}
