import Glibc
import RouseIR

/// What the float network says of some representative streams, and how far an int8 network is from it.
///
/// The measure by which every choice of the quantizer is made: a weighted root mean square of the difference of logits.
/// Logits that the 8-bit probability cannot tell apart are equal, and a step counts by the slope of the logistic at the
/// float logit: where the network decides, a difference moves the probability most.
public struct LogitReference: Sendable {
  /// Feature elements that the choices are measured on: 1500 steps of 3 rows, 45 s.
  static let wantedElements = 1_500 * 3 * 40
  /// The more steps per invocation, the less an invocation costs; beyond this it makes no difference.
  static let stepsPerBlock = 128
  /// Weight of a step whose decision is certain, against 1 where the probability is 1/2.
  static let certainWeight = 0.02

  let layer: LogitLayer
  let stream: [Int8]
  let blocks: StreamBlocks
  /// Of every step, limited to what is distinguishable.
  private let logits: [Double]
  private let weights: [Double]
  private let totalWeight: Double

  /// - Parameter graph: float, streaming.
  init(_ layer: LogitLayer, _ graph: Graph, over stream: [Int8]) throws(GraphError) {
    self.layer = layer
    self.stream = stream
    let network = try FloatStreams(graph, counts: [stream.count], steps: Self.stepsPerBlock)
    blocks = network.blocks
    logits = try network.perStep(layer.logit, over: [stream])[0].map {
      LogitLayer.clamp(Double($0))
    }
    weights = logits.map { logit in
      let probability = 1 / (1 + exp(-logit))
      return 4 * probability * (1 - probability) + Self.certainWeight
    }
    totalWeight = weights.reduce(0, +)
  }

  /// The rows that each block gives to the network.
  var rows: [[Int8]] { blocks.blocks.map { blocks.rows($0, of: [stream]) } }

  /// Steps that are compared.
  var steps: Int { logits.count }

  /// Whole clips, spread evenly over `clips`, of about `wantedSteps` steps of 3 rows together.
  static func chosen(of clips: [[Int8]]) -> [[Int8]] {
    let elements = clips.reduce(0) { $0 + $1.count }
    guard elements > 0 else { return [] }
    let wanted = max(1, clips.count * wantedElements / elements)
    guard wanted < clips.count else { return clips }
    return (0..<wanted).map { clips[$0 * clips.count / wanted] }
  }

  /// - Parameter found: logits of every step, in order.
  func error(_ found: [Double]) -> Double {
    precondition(found.count == logits.count, "\(found.count) logits for \(logits.count) steps")
    var sum = 0.0
    for index in found.indices {
      let difference = LogitLayer.clamp(found[index]) - logits[index]
      sum += weights[index] * difference * difference
    }
    return totalWeight > 0 ? (sum / totalWeight).squareRoot() : 0
  }
}
