import RouseFormats
import RouseIR
import RouseNumerics

/// The smallest quantizer that obeys the operators' rules, so that these tests need no compiler: ranges from running the
/// float ONNX model on `windows`, with every value as an output.
enum TestQuantizer {
  static func quantize(_ graph: Graph, windows: [[Float]]) throws -> Graph {
    var ranges = try self.ranges(graph, windows: windows)
    try unify(&ranges, graph)
    var result = graph
    for id in graph.inputs { result[id].type = type(result[id].type.shape, ranges[id.index]) }
    for node in graph.nodes {
      guard let op = node.op.deployable else { continue }
      let rule = op.quantizationRule(inputCount: node.inputs.count)
      for (id, input) in zip(node.inputs, rule.inputs) {
        switch input {
        case .activation: continue
        case .weightsPerChannel(let axis): quantizeWeights(&result[id], axis: axis)
        case .weightsPerTensor: quantizeWeights(&result[id], axis: nil)
        case .bias(let activation, let weights):
          quantizeBias(
            &result[id], input: result[node.inputs[activation]].type.quantization,
            weights: result[node.inputs[weights]].type.quantization)
        }
      }
      for id in node.outputs {
        let shape = graph[id].type.shape
        switch rule.result {
        case .calibrated: result[id].type = type(shape, ranges[id.index])
        case .sameAsInputs:
          let source = result[node.inputs[0]].type
          result[id].type = TensorType(shape, source.element, source.quantization)
        case .fixed(let quantization, let element):
          result[id].type = TensorType(shape, element, quantization)
        }
      }
    }
    return result
  }

  static func ranges(_ graph: Graph, windows: [[Float]]) throws -> [ClosedRange<Float>] {
    var model = try ONNXLowering.floatModel(from: graph)
    let made = graph.nodes.flatMap(\.outputs)
    model.outputs = made.map { .init(name: graph[$0].name, shape: [1]) }
    let interpreter = try ONNXInterpreter(model)
    var ranges = graph.values.map { _ in Float(0)...0 }
    for window in windows {
      let shape = graph[graph.inputs[0]].type.shape
      let results = try interpreter.run([.init(shape: shape, data: .float32(window))])
      let all =
        [window] + results.map { if case .float32(let values) = $0.data { values } else { [] } }
      for (id, values) in zip(graph.inputs + made, all) {
        let range = ranges[id.index]
        ranges[id.index] =
          min(range.lowerBound, values.min() ?? 0)...max(range.upperBound, values.max() ?? 0)
      }
    }
    return ranges
  }

  /// One range for all values that must share a quantization.
  static func unify(_ ranges: inout [ClosedRange<Float>], _ graph: Graph) throws {
    for _ in graph.nodes {
      for node in graph.nodes {
        guard let op = node.op.deployable else { continue }
        let rule = op.quantizationRule(inputCount: node.inputs.count)
        guard rule.result == .sameAsInputs else { continue }
        let group = (node.inputs + node.outputs).filter { graph[$0].constant == nil }
        let low = group.map { ranges[$0.index].lowerBound }.min() ?? 0
        let high = group.map { ranges[$0.index].upperBound }.max() ?? 0
        for id in group { ranges[id.index] = low...high }
      }
    }
  }

  static func type(_ shape: Shape, _ range: ClosedRange<Float>) -> TensorType {
    let scale = max((range.upperBound - range.lowerBound) / 255, 1e-6)
    let zeroPoint = Int32((-128 - range.lowerBound / scale).rounded())
    return TensorType(shape, .int8, Quantization(scale: scale, zeroPoint: zeroPoint))
  }

  static func quantizeWeights(_ value: inout Value, axis: Int?) {
    guard case .float32(let reals) = value.constant else { return }
    let shape = value.type.shape
    let inner = axis.map { Shape(Array(shape.dimensions[($0 + 1)...])).count } ?? 1
    let channels = axis.map { shape[$0] } ?? 1
    func channel(_ index: Int) -> Int { axis == nil ? 0 : index / inner % channels }
    var scales = [Float](repeating: 1e-6, count: channels)
    for (index, real) in reals.enumerated() {
      scales[channel(index)] = max(scales[channel(index)], abs(real) / 127)
    }
    let integers = reals.enumerated().map { Int8(($1 / scales[channel($0)]).rounded()) }
    value.constant = .int8(integers)
    value.type = TensorType(
      shape, .int8,
      axis.map { Quantization(perChannel: scales, axis: $0) }
        ?? Quantization(scale: scales[0], zeroPoint: 0))
  }

  static func quantizeBias(_ value: inout Value, input: Quantization?, weights: Quantization?) {
    guard case .float32(let reals) = value.constant, let input, let weights else { return }
    let scales = weights.scales.map { input.scale * $0 }
    let integers = reals.enumerated().map {
      Int32(($1 / scales[scales.count == 1 ? 0 : $0]).rounded())
    }
    value.constant = .int32(integers)
    value.type = TensorType(
      value.type.shape, .int32,
      weights.axis == nil
        ? Quantization(scale: scales[0], zeroPoint: 0) : Quantization(perChannel: scales, axis: 0))
  }
}
