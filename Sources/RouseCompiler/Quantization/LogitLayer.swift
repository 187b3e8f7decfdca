import Glibc
import RouseIR
import RouseRuntime

/// The end of a network that says one probability: a dense layer or convolution, then a logistic function.
struct LogitLayer: Hashable, Sendable {
  let logit: String
  let weights: String
  let bias: String

  /// - Parameter graph: float.
  /// - Returns: nil for a network that ends otherwise, or whose logit is more than one number per step.
  init?(_ graph: Graph) {
    let producers = graph.producers
    guard let output = graph.outputs.first, let last = producers[output.index],
      case .logistic = graph.nodes[last].op, let logit = graph.nodes[last].inputs.first,
      graph[logit].type.shape.count == 1, let layer = producers[logit.index],
      graph.nodes[layer].inputs.count == 3
    else { return nil }
    switch graph.nodes[layer].op {
    case .fullyConnected(let dense) where dense.activation == .none: break
    case .conv2D(let conv) where conv.activation == .none: break
    default: return nil
    }
    self.logit = graph[logit].name
    weights = graph[graph.nodes[layer].inputs[1]].name
    bias = graph[graph.nodes[layer].inputs[2]].name
  }

  /// The logits that uint8 probabilities of 1/256 tell apart: `−ln 511` is where code 0 ends, `ln(254.5/1.5)` where code
  /// 255 begins, which stands for everything above.
  static let distinguishable = ValueRange(low: -log(Float(511)), high: log(Float(254.5 / 1.5)))

  /// The part of `range` that probabilities tell apart, with 0 inside.
  static func clipped(_ range: ValueRange) -> ValueRange {
    ValueRange(
      low: min(0, max(range.low, distinguishable.low)),
      high: max(0, min(range.high, distinguishable.high)))
  }

  static func clamp(_ logit: Double) -> Double {
    min(max(logit, Double(distinguishable.low)), Double(distinguishable.high))
  }
}
