import RouseIR
import RouseRuntime

/// Gives constants that stand where activations may (`add(x, constant)`) an int8 type of their own range.
///
/// Rouse's own networks have none; imported ones bring normalizations that no weights could take up.
enum QuantizeConstantOperands {
  static func apply(to graph: inout Graph) {
    for node in graph.nodes {
      guard let rule = node.op.deployable?.quantizationRule(inputCount: node.inputs.count),
        case .calibrated = rule.result
      else { continue }
      for (id, kind) in zip(node.inputs, rule.inputs) where kind == .activation {
        guard case .float32(let values)? = graph[id].constant else { continue }
        let quantization = QuantizeModel.activation(
          ValueRange(low: values.min() ?? 0, high: values.max() ?? 0))
        graph[id].constant = .int8(
          values.map { value in
            let steps = (Double(value) / Double(quantization.scale))
              .rounded(.toNearestOrAwayFromZero)
            return Int8(max(-128, min(127, steps + Double(quantization.zeroPoint))))
          })
        graph[id].type.element = .int8
        graph[id].type.quantization = quantization
      }
    }
  }
}
