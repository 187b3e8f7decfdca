import RouseIR
import RouseRuntime

/// Streams that an int8 streaming network has heard up to one layer, each from a fresh state; the rest of the network can
/// then be run again and again.
struct StagedStreams {
  /// About as many steps as leave all values of a block in cache.
  static let wantedSteps = 64

  private let blocks: StreamBlocks
  private let count: Int
  private let stage: String?
  /// The values that reach the layer, by name, for each block.
  private var reached: [[String: [Int8]]] = []

  /// - Parameter stage: the value whose node is not run yet; nil to run nothing yet.
  init(_ narrow: Graph, _ streams: [[Int8]], upTo stage: String?) throws(GraphError) {
    let (counts, stepCount) = (
      streams.map(\.count), narrow[narrow.inputs[0]].type.shape.count
    )
    let steps = StreamBlocks.fittingSteps(
      counts: counts, stepCount: stepCount, wanted: Self.wantedSteps)
    let wide = try WideStreaming.graph(narrow, steps: steps)
    blocks = StreamBlocks(
      counts: counts, stepCount: stepCount, stepsPerBlock: wide == nil ? 1 : steps)
    count = streams.count
    self.stage = stage
    let graph = wide ?? narrow
    let end = stage.flatMap { graph.producer(of: $0) } ?? 0
    let wanted = graph.crossing(before: end)
    let made = Set(graph.nodes[..<end].flatMap(\.outputs))
    let section = graph.section(0..<end, outputs: wanted.filter(made.contains))
    let input = graph[graph.inputs[0]].name
    reached.reserveCapacity(blocks.blocks.count)
    guard !section.outputs.isEmpty else {
      reached = blocks.blocks.map { [input: blocks.rows($0, of: streams)] }
      return
    }
    var interpreter = try Interpreter(section)
    for block in blocks.blocks {
      if block.startsStream { interpreter.reset() }
      interpreter.run(blocks.rows(block, of: streams))
      var values: [String: [Int8]] = [:]
      for id in section.outputs { values[section[id].name] = interpreter.int8s(of: id) }
      reached.append(values)
    }
  }

  /// The output's codes for every step of every stream, with the rest of the network as `narrow` has it.
  ///
  /// - Precondition: `narrow` differs from the graph given before only in what comes after the stage.
  func outputs(of narrow: Graph) throws(GraphError) -> [[UInt8]] {
    let graph =
      blocks.stepsPerBlock > 1
      ? try WideStreaming.graph(narrow, steps: blocks.stepsPerBlock) ?? narrow : narrow
    let start = stage.flatMap { graph.producer(of: $0) } ?? 0
    let section = graph.section(start..<graph.nodes.count, outputs: graph.outputs)
    var interpreter = try Interpreter(section)
    var result = [[UInt8]](repeating: [], count: count)
    for (block, values) in zip(blocks.blocks, reached) {
      if block.startsStream { interpreter.reset() }
      interpreter.run(inputs: section.inputs.map { values[section[$0].name] ?? [] })
      result[block.stream] += interpreter.output.prefix(block.steps).map(UInt8.init(bitPattern:))
    }
    return result
  }
}
