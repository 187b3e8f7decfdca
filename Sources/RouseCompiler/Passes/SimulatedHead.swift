import RouseIR
import RouseRuntime

/// What the device makes of the last codes that a simulation computes: the int8 logistic function and what follows it.
public struct SimulatedHead: Sendable {
  /// The name of the codes in the simulation and in the quantized network.
  public let logits: String
  private let zeroPoint: Int32
  private var interpreter: Interpreter

  /// - Parameter quantized: the network that was simulated; one logistic function ends it.
  /// - Throws: `missingOutput` when there is none.
  public init(_ quantized: Graph) throws(GraphError) {
    var head = quantized
    guard let first = quantized.nodes.firstIndex(where: { $0.op.name == Logistic.name }) else {
      throw .missingOutput
    }
    head.nodes = Array(quantized.nodes[first...])
    head.inputs = head.nodes[0].inputs
    head.variables = []
    let logit = quantized[head.inputs[0]]
    guard let type = logit.type.quantization else { throw .notCalibrated(value: logit.name) }
    logits = logit.name
    zeroPoint = type.zeroPoint
    interpreter = try Interpreter(head.pruned())
  }

  /// - Parameter codes: int8 less the zero point, as the simulation holds them.
  /// - Returns: the bytes of the network's output.
  public mutating func output(_ codes: [Float]) -> [Int8] {
    interpreter.run(codes.map { Int8(Int32($0) + zeroPoint) })
    return interpreter.output
  }
}
