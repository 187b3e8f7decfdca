import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime

/// Runs a float streaming network over streams, many steps per invocation where the network can be widened.
struct FloatStreams {
  /// Long enough for matrix products to be efficient, short enough for all activations to stay in cache.
  static let wantedSteps = 64

  /// The network of one step.
  let graph: Graph
  let blocks: StreamBlocks
  let interpreter: FloatInterpreter

  /// - Parameter counts: elements of each stream.
  init(_ graph: Graph, counts: [Int], steps: Int = wantedSteps) throws(GraphError) {
    let wide = steps > 1 ? try WideStreaming.graph(graph, steps: steps) : nil
    self.graph = graph
    blocks = StreamBlocks(
      counts: counts, stepCount: graph[graph.inputs[0]].type.shape.count,
      stepsPerBlock: wide == nil ? 1 : steps)
    interpreter = try FloatInterpreter(wide ?? graph)
  }

  /// - Parameters:
  ///   - fill: puts elements `start..<start + count` of a stream at the beginning of the input's memory.
  ///   - visit: reads what the block has left in `interpreter`.
  func run(
    fill: (_ stream: Int, _ start: Int, _ count: Int, _ input: FloatView) -> Void,
    visit: (StreamBlocks.Block) throws(GraphError) -> Void
  ) throws(GraphError) {
    let input = interpreter.view(of: interpreter.graph.inputs[0])
    for block in blocks.blocks {
      if block.startsStream { interpreter.reset() }
      fill(block.stream, block.start, blocks.count(block), input)
      interpreter.run()
      try visit(block)
    }
  }

  /// The same over device features.
  func run(
    _ streams: [[Int8]], visit: (StreamBlocks.Block) throws(GraphError) -> Void
  ) throws(GraphError) {
    try run(
      fill: { stream, start, count, input in input.copyFeatures(streams[stream], start, count) },
      visit: visit)
  }

  /// Where a value of the one-step network lies after a block, and how many of its rows count; nil for one that
  /// `WideStreaming` has done away with.
  func place(of name: String) -> (view: FloatView, narrowRows: Int, channels: Int)? {
    guard let narrow = graph.value(named: name),
      let wide = interpreter.graph.value(named: name),
      let channels = graph[narrow].type.shape.dimensions.last
    else { return nil }
    return (
      interpreter.view(of: wide), graph[narrow].type.shape.count / channels, channels
    )
  }

  /// A value that is one number per step, for all steps of all streams.
  func perStep(_ name: String, over streams: [[Int8]]) throws(GraphError) -> [[Float]] {
    guard let place = place(of: name) else { throw .notCalibrated(value: name) }
    var result = [[Float]](repeating: [], count: streams.count)
    try run(streams) { block in
      for step in 0..<block.steps { result[block.stream].append(place.view[step]) }
    }
    return result
  }
}

extension FloatView {
  /// Puts device features at the beginning, as real numbers.
  func copyFeatures(_ stream: [Int8], _ start: Int, _ count: Int) {
    dequantize(
      stream, from: start, count: count, at: 0, scale: FeatureQuantization.scale,
      zeroPoint: FeatureQuantization.zeroPoint)
  }
}
