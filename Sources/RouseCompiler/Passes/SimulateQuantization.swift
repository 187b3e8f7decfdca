import RouseIR
import RouseNumerics

/// Turns a quantized window network into one that trains in float and computes what the device computes, code for code.
///
/// Every activation of the result is a float32 that holds an integer, the int8 code less its zero point; weights and
/// biases are rounded on the way in, sums on the way out, by the operators' own rules:
///
/// ```
/// features ─ fake_quantize ─ conv_2d ─ fake_requantize ─ … ─ fake_requantize ─ mul(scale) ─ logistic
/// weights ── fake_quantize ───┘               │
/// bias ───── fake_quantize ───────────────────┘
/// ```
///
/// An activation keeps its name, so that the value called `stem` holds the codes of `stem`; the codes of the input are
/// `features/codes`, of a constant `stem/weights/codes`, the sums before rounding `stem/sums`.
///
/// - Scales: all of them, those of weights and biases too, are those of the quantized network's types and stay as they
///   are. The trained network then has these types as well, and `codes` puts exactly what was simulated into the int8
///   networks. A weight that training moves beyond ±127 steps is clamped, and has no gradient there.
/// - Exactness: a sum of `n` products is below `n · 127 · 255`, so that every layer of up to 518 products is exact in
///   float32 whatever its weights become. A wider one is cut along its input channels, and the parts are added in int32.
///   Biases have 30 bits, of which those above 2^24 keep 24.
/// - Constants begin as those of the float network where they round to the quantized network's codes, and as the codes'
///   real values elsewhere: the simulation starts as the quantized network, however that was made.
/// - Batch normalization is folded by then; training goes on with the folded weights.
public enum SimulateQuantization {
  /// What `operatorNotAllowed` calls it.
  static let phase = "simulated"

  /// - Parameters:
  ///   - graph: float and deployable; only its constants are read.
  ///   - quantized: made of `graph`: int8 convolutions, dense layers, logistic functions and what moves codes around.
  /// - Returns: a training graph, whose parameters have the names they have in `quantized`; of weights that were cut,
  ///   the parts are `dense/weights/part0` and so on.
  /// - Throws: `operatorNotAllowed` for a node that cannot be simulated.
  public static func apply(to graph: Graph, quantized: Graph) throws(GraphError) -> Graph {
    var simulation = Simulation(float: graph, quantized)
    try simulation.run()
    return simulation.builder.graph
  }

  /// `graph` with the constants that `simulated` has trained, as real numbers: those beyond the largest code are what that
  /// code stands for, so that a quantizer does not find a wider range than was simulated.
  ///
  /// - Throws: `mismatch` when a trained constant is not in `graph` or not a number.
  public static func weights(of simulated: Graph, in graph: Graph) throws(GraphError) -> Graph {
    try replacing(simulated, in: graph) { constant throws(GraphError) in
      .float32(try constant.reals())
    }
  }

  /// `quantized`, whole window or streaming, with the codes that `simulated` computes with.
  ///
  /// - Throws: `mismatch` when a trained constant is not in `quantized` or not a number.
  public static func codes(of simulated: Graph, in quantized: Graph) throws(GraphError) -> Graph {
    try replacing(simulated, in: quantized) { constant throws(GraphError) in
      let codes = try constant.codes()
      // Biases have 32 bits; the limits of weights are within int8.
      return constant.isBias ? .int32(codes) : .int8(codes.map { Int8($0) })
    }
  }

  private static func replacing(
    _ simulated: Graph, in graph: Graph,
    _ data: (SimulatedConstant) throws(GraphError) -> TensorData
  ) throws(GraphError) -> Graph {
    var result = graph
    var replaced = 0
    for index in graph.values.indices where graph.values[index].constant != nil {
      let value = graph.values[index]
      guard let constant = SimulatedConstant(value.name, value.type.shape, of: simulated) else {
        continue
      }
      result.values[index].constant = try data(constant)
      replaced += constant.parts.count
    }
    let trained = simulated.values.count { $0.isParameter }
    guard replaced == trained else {
      throw .mismatch(
        op: "simulate-quantization", what: "trained constants of \(simulated.name)",
        expected: "\(trained)", found: "\(replaced) in \(graph.name)")
    }
    return result
  }
}

/// A constant of a network as its simulation trains it: whole, or in parts along its last axis.
private struct SimulatedConstant {
  let name: String
  let shape: Shape
  /// In order.
  let parts: [(value: Value, op: FakeQuantize)]

  /// Nil when the simulation has no constant of that name and shape.
  init?(_ name: String, _ shape: Shape, of graph: Graph) {
    var parts: [(value: Value, op: FakeQuantize)] = []
    func add(_ name: String) -> Bool {
      guard let id = graph.value(named: name), graph[id].isParameter,
        let reader = graph.nodes.first(where: { $0.inputs == [id] }),
        case .fakeQuantize(let op) = reader.op
      else { return false }
      parts.append((graph[id], op))
      return true
    }
    if !add(name) {
      while add(Simulation.partName(name, parts.count)) {}
    }
    guard !parts.isEmpty, parts.reduce(0, { $0 + $1.value.type.shape.count }) == shape.count else {
      return nil
    }
    self.name = name
    self.shape = shape
    self.parts = parts
  }

  var isBias: Bool { parts[0].op.limits == Simulation.biasLimits }

  /// A scale is rounded to float32: the number that it was made of may be this much beyond the largest code.
  private static let roundingOfScales = 1 + 0x1p-20

  func reals() throws(GraphError) -> [Float] {
    var reals: [[Float]] = []
    for (value, op) in parts {
      let shape = value.type.shape
      let inner = shape.dimensions[(op.axis + 1)...].reduce(1, *)
      let codes = try codes(of: value, op)
      reals.append(
        value.floats.enumerated().map { index, real in
          let scale = op.scales[index / inner % op.scales.count]
          let largest = Double(codes[index]) * scale
          let isCut = codes[index] == op.limits.lowerBound || codes[index] == op.limits.upperBound
          return isCut && Double(abs(real)) > abs(largest) * Self.roundingOfScales
            ? Float(largest) : real
        })
    }
    return joined(reals)
  }

  func codes() throws(GraphError) -> [Int32] {
    var result: [[Int32]] = []
    for (value, op) in parts { result.append(try codes(of: value, op)) }
    return joined(result)
  }

  private func codes(of value: Value, _ op: FakeQuantize) throws(GraphError) -> [Int32] {
    guard let codes = op.codes(of: value.floats, shape: value.type.shape) else {
      throw .mismatch(op: "simulate-quantization", what: name, expected: "numbers", found: "NaN")
    }
    return codes
  }

  /// The elements in the order of the whole.
  private func joined<Element>(_ elements: [[Element]]) -> [Element] {
    let rows = shape.count / shape[shape.rank - 1]
    return (0..<rows).flatMap { row in
      elements.flatMap { part in
        let width = part.count / rows
        return part[row * width..<(row + 1) * width]
      }
    }
  }
}
