import RouseNumerics

/// The integers of an operator with weights, computed once: what TFLite Micro's Prepare leaves for CONV_2D,
/// DEPTHWISE_CONV_2D and FULLY_CONNECTED.
///
/// `y = clamp(multiplier[o] · (bias[o] + Σ (x − inputZeroPoint) · w) + outputZeroPoint)`; products and sums wrap in
/// int32, the multiplication is `FixedPointMultiplier.apply`.
struct Int8Weights: Sendable {
  /// Byte offsets in the arena.
  let input: Int
  let output: Int
  let inputZeroPoint: Int32
  /// `weights − zero point`, in the order of the tensor; widened once, because a product of int16 is what processors
  /// multiply fastest.
  let weights: [Int16]
  /// Zeros for an operator without one.
  let bias: [Int32]
  /// One multiplier for each output channel, the zero point and the limits of the result.
  let channels: [FixedPointMultiplier]
  let outputZeroPoint: Int32
  let range: ClosedRange<Int32>
  /// The same three, laid out for a loop over channels.
  let multipliers: ChannelMultipliers

  /// - Parameter axis: the axis of the output channels in the weights.
  /// - Throws: `GraphError.unsupportedType` for what TFLite Micro's Prepare refuses; `notModelled` for weights or biases
  ///   that are no constants, an input that is one, and zero points of filters, which TFLite Micro ignores.
  init(
    op: String, _ node: Int8Node, axis: Int, rule: Int8Rescaling.Rule, activation: Activation
  ) throws(GraphError) {
    let channels = node.inputTypes[1].shape[axis]
    func refuse(_ input: String, _ expected: String, _ found: String) -> GraphError {
      .unsupportedType(op: op, input: input, expected: expected, found: found)
    }
    func omit(_ what: String, _ expected: String, _ found: String) -> GraphError {
      .notModelled(.mismatch(op: op, what: what, expected: expected, found: found))
    }

    let x = try Self.activation(op, "x", node.inputTypes[0])
    let y = try Self.activation(op, "result", node.outputTypes[0])
    guard case .arena(let input) = node.inputs[0] else {
      throw omit("x", "an activation", "a constant")
    }
    guard node.inputTypes[1].element == .int8 else {
      throw refuse("w", "int8", "\(node.inputTypes[1].element.rawValue)")
    }
    guard case .constant(.int8(let values)) = node.inputs[1],
      values.count == node.inputTypes[1].shape.count
    else { throw omit("w", "a constant", "an activation") }
    guard let w = node.inputTypes[1].quantization, !w.scales.isEmpty else {
      throw refuse("w", "a scale", "none")
    }
    guard w.scales.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw refuse("w", "finite scales", "\(w.scales)")
    }
    guard w.scales.count == 1 || (w.scales.count == channels && w.axis == axis) else {
      throw refuse("w", "one scale, or \(channels) along axis \(axis)", "\(w.scales.count)")
    }
    let allowed: ClosedRange<Int32> = rule == .dense && w.scales.count == 1 ? -128...127 : 0...0
    guard allowed.contains(w.zeroPoint) else {
      throw omit("zero point of w", "\(allowed)", "\(w.zeroPoint)")
    }

    var bias = [Int32](repeating: 0, count: channels)
    var biasScale: Float?
    if node.inputs.count == 3 {
      guard node.inputTypes[2].element == .int32 else {
        throw refuse("bias", "int32", "\(node.inputTypes[2].element.rawValue)")
      }
      guard case .constant(.int32(let values)) = node.inputs[2], values.count == channels else {
        throw omit("bias", "a constant", "an activation")
      }
      bias = values
      biasScale = node.inputTypes[2].quantization?.scales.first ?? 0
    }
    let rescaling = try Int8Rescaling(
      op: op, rule: rule, activation: activation, channels: channels, x: x, w: w,
      biasScale: biasScale, y: y)

    self.input = input
    output = node.outputs[0]
    inputZeroPoint = x.zeroPoint
    weights = values.map { Int16($0) - Int16(w.zeroPoint) }
    self.bias = bias
    multipliers = ChannelMultipliers(
      rescaling.channels, zeroPoint: rescaling.zeroPoint, range: rescaling.range)
    self.channels = rescaling.channels
    outputZeroPoint = rescaling.zeroPoint
    range = rescaling.range
  }

  /// The quantization of an int8 activation: one positive scale, a zero point of int8.
  private static func activation(
    _ op: String, _ name: String, _ type: TensorType
  ) throws(GraphError) -> Quantization {
    guard type.element == .int8, let quantization = type.quantization, quantization.axis == nil,
      quantization.scales.count == 1, quantization.scale.isFinite, quantization.scale > 0,
      (-128...127).contains(quantization.zeroPoint)
    else {
      throw .unsupportedType(
        op: op, input: name, expected: "int8 with one scale and zero point",
        found: "\(type.element.rawValue)")
    }
    return quantization
  }

  /// `bias − inputZeroPoint · Σ w`: what a window without padding starts from. `sums` has one sum for each channel.
  func foldedBias(_ sums: [Int32]) -> [Int32] {
    zip(bias, sums).map { $0 &- inputZeroPoint &* $1 }
  }
}
