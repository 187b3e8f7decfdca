import RouseFrontEnd
import RouseIR
import RouseRuntime

/// Measures what a choice does to the logit, by running the int8 streaming network from the layer that it concerns on.
///
/// What reaches that layer is remembered for every block of the reference, so that earlier layers run once and not once
/// for each candidate. Integers are those of `Interpreter`.
struct LogitProbe {
  let reference: LogitReference
  /// The values that reach the present stage in each block, by name.
  private var reached: [[String: [Int8]]]
  /// The value whose node comes next.
  private var stage: String?
  private var weights = QuantizedWeights()
  /// Whether the logit is rounded to no more than what its probability distinguishes: its own coarse steps would hide
  /// what other layers do.
  var clipsLogit = true

  init(_ reference: LogitReference, input: String) {
    self.reference = reference
    reached = reference.rows.map { [input: $0] }
  }

  /// The weighted error of the logit when all layers from the present one on are as `model` says.
  mutating func error(of model: CalibratedModel) throws(GraphError) -> Double {
    let graph = try wide(model)
    guard let logit = graph.value(named: reference.layer.logit),
      let last = graph.producer(of: reference.layer.logit),
      let quantization = graph[logit].type.quantization
    else { throw .notCalibrated(value: reference.layer.logit) }
    let section = graph.section(start(in: graph)..<last + 1, outputs: [logit])
    var found: [Double] = []
    found.reserveCapacity(reference.steps)
    var interpreter = try Interpreter(section)
    for (block, values) in zip(reference.blocks.blocks, reached) {
      if block.startsStream { interpreter.reset() }
      interpreter.run(inputs: section.inputs.map { values[section[$0].name] ?? [] })
      for code in interpreter.output.prefix(block.steps) {
        found.append(Double(quantization.scale) * Double(Int32(code) - quantization.zeroPoint))
      }
    }
    return reference.error(found)
  }

  /// Goes on to the node that makes `name`; what reaches it is computed with the earlier layers as `model` says.
  mutating func advance(to name: String, with model: CalibratedModel) throws(GraphError) {
    let graph = try wide(model)
    guard let end = graph.producer(of: name) else { throw .notCalibrated(value: name) }
    let first = start(in: graph)
    let wanted = graph.crossing(before: end)
    let made = Set(graph.nodes[first..<max(first, end)].flatMap(\.outputs))
    let section = graph.section(first..<max(first, end), outputs: wanted.filter(made.contains))
    stage = name
    guard !section.outputs.isEmpty else { return }
    var interpreter = try Interpreter(section)
    for index in reached.indices {
      if reference.blocks.blocks[index].startsStream { interpreter.reset() }
      let values = reached[index]
      interpreter.run(inputs: section.inputs.map { values[section[$0].name] ?? [] })
      var next: [String: [Int8]] = [:]
      for id in wanted { next[graph[id].name] = values[graph[id].name] }
      for id in section.outputs { next[section[id].name] = interpreter.int8s(of: id) }
      reached[index] = next
    }
  }

  /// The streaming network as the model says, with the logit's own range.
  mutating func quantized(_ model: CalibratedModel) throws(GraphError) -> Graph {
    try QuantizeModel.streaming(model, &weights)
  }

  /// The mean over time of each channel of a value that reaches the present stage, as real numbers; nil when it does not.
  ///
  /// - Parameter graph: the network of one step, quantized as it was when it advanced.
  func channelMeans(of name: String, in graph: Graph) -> [Double]? {
    guard let id = graph.value(named: name), let quantization = graph[id].type.quantization,
      let channels = graph[id].type.shape.dimensions.last
    else { return nil }
    let narrow = graph[id].type.shape.count / channels
    var sums = [Int](repeating: 0, count: channels)
    var counted = 0
    for (block, values) in zip(reference.blocks.blocks, reached) {
      guard let bytes = values[name] else { return nil }
      let used = reference.blocks.usedRows(
        block, narrow: narrow, wide: bytes.count / channels)
      for row in 0..<used {
        for channel in 0..<channels { sums[channel] += Int(bytes[row * channels + channel]) }
      }
      counted += used
    }
    return sums.map { sum in
      (Double(sum) / Double(max(counted, 1)) - Double(quantization.zeroPoint))
        * Double(quantization.scale)
    }
  }

  private func start(in graph: Graph) -> Int {
    stage.flatMap { graph.producer(of: $0) } ?? 0
  }

  private mutating func wide(_ model: CalibratedModel) throws(GraphError) -> Graph {
    var model = model
    if clipsLogit, let range = model.choices.ranges[reference.layer.logit] {
      model.choices.ranges[reference.layer.logit] = LogitLayer.clipped(range)
    }
    let int8 = try quantized(model)
    let steps = reference.blocks.stepsPerBlock
    guard steps > 1 else { return int8 }
    return try WideStreaming.graph(int8, steps: steps) ?? int8
  }
}
