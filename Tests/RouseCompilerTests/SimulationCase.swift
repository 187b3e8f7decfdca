import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// A network in float and int8, whole window and streaming, with what its simulation is compared with.
struct SimulationCase {
  let float: DeployableModel
  var quantized: (window: Graph, streaming: Graph)

  /// - Parameters:
  ///   - streams: device features, one after the other through the streaming network, that ranges are taken from.
  ///   - widen: every range but that of the logit times this: fewer codes are used, as if activations had fewer bits.
  init(
    _ training: Graph, input: Quantization, streams: [[Int8]], widen: Float = 1
  ) throws {
    let window = try FoldBatchNorm.apply(to: training)
    float = DeployableModel(window: window, streaming: try MakeStreaming.apply(to: window))
    let reals = streams.map { $0.map { Self.real($0, input) } }
    var ranges = try Calibrate.ranges(of: float.streaming, over: reals)
    for name in ranges.keys.sorted() where name != "logit" && name != "dense" {
      if let range = ranges[name] {
        ranges[name] = ValueRange(low: range.low * widen, high: range.high * widen)
      }
    }
    quantized = (
      window: try QuantizeModel.apply(to: float.window, ranges: ranges, input: input),
      streaming: try QuantizeModel.apply(to: float.streaming, ranges: ranges, input: input)
    )
  }

  static func real(_ code: Int8, _ type: Quantization) -> Float {
    Float(Int32(code) - type.zeroPoint) * type.scale
  }

  func simulation() throws -> Graph {
    try SimulateQuantization.apply(to: float.window, quantized: quantized.window)
  }

  /// Gives every layer weights of at most `limit` steps, with one scale when `isPerTensor`.
  mutating func requantizeWeights(limit: Float, isPerTensor: Bool) throws {
    quantized = (
      window: try requantized(quantized.window, limit, isPerTensor),
      streaming: try requantized(quantized.streaming, limit, isPerTensor)
    )
  }

  private func requantized(_ graph: Graph, _ limit: Float, _ isPerTensor: Bool) throws -> Graph {
    var graph = graph
    for node in graph.nodes where node.inputs.count == 3 {
      let (w, bias) = (node.inputs[1], node.inputs[2])
      let (old, shape) = (graph[w].type.quantization, graph[w].type.shape)
      guard let old, let x = graph[node.inputs[0]].type.quantization else { continue }
      // 127 steps were the largest weight of each channel.
      let largest = old.scales.max() ?? 1
      let scales = old.scales.map { (isPerTensor ? largest : $0) * 127 / limit }
      let inner = old.axis.map { shape.dimensions[($0 + 1)...].reduce(1, *) } ?? shape.count
      func scale(_ index: Int) -> Double { Double(scales[index / inner % scales.count]) }
      let weights = values(graph[w].name).enumerated().map { index, value in
        Int8(max(-limit, min(limit, Float((Double(value) / scale(index)).rounded()))))
      }
      let biases = values(graph[bias].name).enumerated().map { index, value in
        Int32((Double(value) / Double(x.scale) / Double(scales[index % scales.count])).rounded())
      }
      graph[w].constant = .int8(weights)
      graph[bias].constant = .int32(biases)
      let isOne = isPerTensor || old.axis == nil
      graph[w].type.quantization =
        isOne
        ? Quantization(scale: scales[0], zeroPoint: 0)
        : Quantization(perChannel: scales, axis: old.axis ?? 0)
      graph[bias].type.quantization =
        isOne
        ? Quantization(scale: scales[0] * x.scale, zeroPoint: 0)
        : Quantization(perChannel: scales.map { $0 * x.scale }, axis: 0)
    }
    return graph
  }

  private func values(_ name: String) -> [Float] {
    float.window.value(named: name).map { float.window[$0].floats } ?? []
  }

  // MARK: - Comparison

  /// What differs between a simulation and int8 inference of one window, value by value.
  struct Comparison: Equatable {
    var values = 0
    var codes = 0
    var differences = 0
    /// The first value with a difference.
    var first: String?
  }

  static func compare(
    _ simulated: Graph, _ quantized: Graph, _ window: [Int8]
  ) throws -> Comparison {
    let input = quantized[quantized.inputs[0]]
    let type = input.type.quantization ?? Quantization(scale: 1, zeroPoint: 0)
    let float = try FloatInterpreter(simulated)
    float.run(window.map { real($0, type) })
    var result = Comparison()
    func add(_ name: String, _ zeroPoint: Int32, _ bytes: [Int8], _ simulatedName: String) {
      let codes = float.values(named: simulatedName) ?? []
      let differences =
        codes.count == bytes.count
        ? zip(codes, bytes).count { $0 != Float(Int32($1) - zeroPoint) } : bytes.count
      if differences > 0 && result.first == nil { result.first = name }
      result.values += 1
      result.codes += bytes.count
      result.differences += differences
    }
    add(input.name, type.zeroPoint, window, input.name + "/codes")
    var head = try SimulatedHead(quantized)
    var interpreter = try Interpreter(quantized)
    let computed = quantized.nodes.firstIndex { $0.op.name == "logistic" } ?? 0
    interpreter.run(inputs: [window]) { node, id, bytes in
      guard node < computed else { return }
      let value = quantized[id]
      add(value.name, value.type.quantization?.zeroPoint ?? 0, bytes, value.name)
    }
    let output = head.output(float.values(named: head.logits) ?? [])
    result.values += 1
    result.codes += output.count
    result.differences += zip(output, interpreter.output).count { $0 != $1 }
    return result
  }

  static func expectEqual(
    _ simulated: Graph, _ quantized: Graph, _ window: [Int8], values: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let comparison = try compare(simulated, quantized, window)
    #expect(comparison.differences == 0, "\(comparison)", sourceLocation: sourceLocation)
    #expect(comparison.values == values, sourceLocation: sourceLocation)
  }
}
