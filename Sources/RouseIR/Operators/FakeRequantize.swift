import RouseNumerics

/// `y[…, c] = clamp((bias[c] + Σ_p x[…, p · channels + c]) · multiplier[c] + zeroPoint, range) − zeroPoint`: the sums of
/// a layer as the codes that a device makes of them, less the zero point; float32 that holds integers.
///
/// Only trains: `SimulateQuantization` puts it behind every layer with weights and takes it out again.
///
/// - Inputs: `x` `[n, …, parts · channels]`, sums of products of codes, each below 2^24 and so exact in float32; `bias`
///   `[channels]`, codes. Added here, in int32, because the total need not fit 24 bits.
/// - Rounding: `FixedPointMultiplier.apply`, double rounding (TFLite Micro).
/// - Gradient: straight through: the multiplier as a real number where the clamp changes nothing, 0 elsewhere.
public struct FakeRequantize: TrainableOperator {
  public static let name = "fake_requantize"
  public let rescaling: ChannelMultipliers
  /// Pieces that the sums of one result come in.
  public let parts: Int
  /// The multipliers as real numbers.
  private let slopes: [Float]

  /// - Precondition: `parts` is positive.
  public init(_ rescaling: ChannelMultipliers, parts: Int = 1) {
    precondition(parts > 0, "sums come in one piece at least")
    self.rescaling = rescaling
    self.parts = parts
    slopes = rescaling.channels.map {
      Float(sign: .plus, exponent: Int($0.shift) - 31, significand: Float($0.multiplier))
    }
  }

  public var attributes: [(key: String, value: String)] {
    let channels = rescaling.channels
    return [
      ("multipliers", channels.map { "\($0.multiplier)" }.joined(separator: "x")),
      ("shifts", channels.map { "\($0.shift)" }.joined(separator: "x")),
      ("zeroPoint", "\(rescaling.resultZeroPoint)"), ("low", "\(rescaling.range.lowerBound)"),
      ("high", "\(rescaling.range.upperBound)"), ("parts", "\(parts)"),
    ]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    func refuse(_ expected: String, _ found: String) -> GraphError {
      .text(line: attributes.line, expected: expected, found: found)
    }
    let multipliers = try attributes.ints("multipliers")
    let shifts = try attributes.ints("shifts")
    guard !multipliers.isEmpty, multipliers.count == shifts.count else {
      throw refuse("as many shifts as multipliers", "\(multipliers.count) and \(shifts.count)")
    }
    var channels: [FixedPointMultiplier] = []
    for (multiplier, shift) in zip(multipliers, shifts) {
      guard let mantissa = Int32(exactly: multiplier), mantissa >= 0, (-31...31).contains(shift)
      else {
        throw refuse("multipliers of 31 bits, shifts in -31...31", "\(multiplier) and \(shift)")
      }
      channels.append(FixedPointMultiplier(multiplier: mantissa, shift: Int32(shift)))
    }
    let range = try attributes.int32Range()
    let zeroPoint = try attributes.int("zeroPoint")
    guard range.lowerBound >= -128, range.upperBound <= 127, (-128...127).contains(zeroPoint) else {
      throw refuse("a range and a zero point of int8", "\(range) and \(zeroPoint)")
    }
    let parts = try attributes.int("parts")
    guard parts > 0 else { throw refuse("a positive number of parts", "\(parts)") }
    self.init(
      ChannelMultipliers(channels, zeroPoint: Int32(zeroPoint), range: range), parts: parts)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(2, inputs)
    var shape = inputs[0]
    guard shape.rank >= 2 else {
      throw .wrongRank(op: Self.name, input: "x", expected: 2, found: shape)
    }
    let channels = rescaling.count
    // In float, so that a number of parts from a text cannot overflow.
    guard Double(shape[shape.rank - 1]) == Double(parts) * Double(channels) else {
      throw .mismatch(
        op: Self.name, what: "channels of x", expected: "\(parts) x \(channels)",
        found: "\(shape[shape.rank - 1])")
    }
    try Self.requireEqual("bias", expected: [channels], found: inputs[1])
    shape[shape.rank - 1] = channels
    return [shape]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    inputs[0].rank > 2 ? .sameRow : .timeless
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    let (x, bias, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let channels = rescaling.count
    let perExample = y.shape.rowCount / channels
    step.shards.forEach({ _, rows in
      let first = rows.lowerBound * perExample * channels
      rescaling.simulate(
        Place(x, first * parts), bias: Place(bias), parts: parts, rows: rows.count * perExample,
        into: Place(y, first))
    })
  }

  /// One gradient of the bias for each shard.
  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    Shards.count(batch: batch) * rescaling.count
  }

  public func backward(_ step: BackwardStep) {
    let (x, bias, dy) = (step.inputs[0], step.inputs[1], step.outputGradients[0])
    let (dx, dbias) = (step.inputGradients[0], step.inputGradients[1])
    let channels = rescaling.count
    let perExample = dy.shape.rowCount / channels
    step.shards.forEach({ shard, rows in
      let first = rows.lowerBound * perExample * channels
      rescaling.simulatedGradient(
        Place(x, first * parts), bias: Place(bias), Place(dy, first), slopes: slopes, parts: parts,
        rows: rows.count * perExample, into: dx.map { Place($0, first * parts) },
        dbias: Place(step.scratch, shard * channels))
    })
    if let dbias {
      FloatKernels.sumParts(
        Place(step.scratch), parts: step.shards.count, count: channels, into: Place(dbias))
    }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }
}
