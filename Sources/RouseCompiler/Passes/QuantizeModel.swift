import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime

/// Gives every activation an int8 type from its calibrated range and turns weights and biases into integers.
///
/// Which values share a scale is not decided here but by each operator's `QuantizationRule`; values that must agree form
/// a group, and a group's range is the union over its *calibrated* members. Names are the same in the window network and
/// in the streaming one, so both get the same numbers from one calibration.
///
/// - Rounding: scales are float32; weights round half away from zero into −127…127, biases into int32.
public enum QuantizeModel {
  /// The quantization in which the device delivers features.
  static let input = Quantization(
    scale: FeatureQuantization.scale, zeroPoint: Int32(FeatureQuantization.zeroPoint))

  public static func apply(to model: CalibratedModel) throws(GraphError) -> QuantizedModel {
    var weights = QuantizedWeights()
    return QuantizedModel(
      window: try apply(
        to: model.deployable.window, choices: model.choices, input: input, weights: &weights),
      streaming: try streaming(model, &weights), report: model.report,
      validation: model.validation)
  }

  /// The streaming network alone.
  ///
  /// - Parameter weights: what was quantized before; what has not changed is taken from there.
  static func streaming(
    _ model: CalibratedModel, _ weights: inout QuantizedWeights
  ) throws(GraphError) -> Graph {
    try apply(
      to: model.deployable.streaming, choices: model.choices, input: input, weights: &weights)
  }

  /// - Parameters:
  ///   - graph: float and deployable, whole window or streaming.
  ///   - ranges: by value name, from `Calibrate`.
  ///   - input: the quantization in which the firmware delivers features.
  public static func apply(
    to graph: Graph, ranges: [String: ValueRange], input: Quantization
  ) throws(GraphError) -> Graph {
    try apply(to: graph, choices: QuantizationChoices(ranges: ranges), input: input)
  }

  /// The same with all choices.
  public static func apply(
    to graph: Graph, choices: QuantizationChoices, input: Quantization
  ) throws(GraphError) -> Graph {
    var weights = QuantizedWeights()
    return try apply(to: graph, choices: choices, input: input, weights: &weights)
  }

  private static func apply(
    to graph: Graph, choices: QuantizationChoices, input: Quantization,
    weights: inout QuantizedWeights
  ) throws(GraphError) -> Graph {
    var quantizer = Quantizer(graph, input: input, choices)
    try quantizer.groupActivations()
    try quantizer.typeActivations()
    try quantizer.quantizeConstants(&weights)
    var result = try quantizer.withUnsignedOutput().pruned()
    QuantizeConstantOperands.apply(to: &result)
    return result
  }

  /// The values whose ranges make one scale, group by group in the order of the graph; values that are quantized by
  /// their own rule are in none.
  static func groups(of graph: Graph) throws(GraphError) -> [[String]] {
    var quantizer = Quantizer(graph, input: input, QuantizationChoices(ranges: [:]))
    try quantizer.groupActivations()
    return quantizer.calibratedGroups()
  }

  /// `real = scale · (q + 128 − offset)` over `range` widened to hold 0, so that 0 is exact.
  ///
  /// - Source: TensorFlow Lite 8-bit quantization specification (asymmetric int8 activations).
  public static func activation(_ range: ValueRange) -> Quantization {
    let low = Double(min(range.low, 0))
    let high = Double(max(range.high, 0))
    // A value that never left 0 still needs a scale; any positive one represents it.
    let scale = roundedUp(Float(high > low ? (high - low) / 255 : 1.0 / 255))
    let zeroPoint = (-128 - low / Double(scale)).rounded(.toNearestOrAwayFromZero)
    return Quantization(scale: scale, zeroPoint: Int32(max(-128, min(127, zeroPoint))))
  }

  /// The smallest number with 12 significant bits that is at least `scale`: up to 2⁻¹¹ larger.
  ///
  /// The product of two such scales is exact in float32. TFLite Micro multiplies scales in double for a convolution and in
  /// float32 for a dense layer; with these both give one multiplier, so a convolution of one position and one weight
  /// scale may be written as a dense layer without changing a bit.
  public static func roundedUp(_ scale: Float) -> Float {
    guard scale.isNormal, scale > 0 else { return scale }
    let unit = scale.ulp * 4096
    return (scale / unit).rounded(.up) * unit
  }
}
