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
  /// The device's features arrive as int8 with the scale and zero point of `FeatureQuantization`.
  public static func apply(to model: CalibratedModel) throws(GraphError) -> QuantizedModel {
    let input = Quantization(
      scale: FeatureQuantization.scale, zeroPoint: Int32(FeatureQuantization.zeroPoint))
    return QuantizedModel(
      window: try apply(to: model.deployable.window, ranges: model.ranges, input: input),
      streaming: try apply(to: model.deployable.streaming, ranges: model.ranges, input: input))
  }

  /// - Parameters:
  ///   - graph: float and deployable, whole window or streaming.
  ///   - ranges: by value name, from `Calibrate`.
  ///   - input: the quantization in which the firmware delivers features.
  public static func apply(
    to graph: Graph, ranges: [String: ValueRange], input: Quantization
  ) throws(GraphError) -> Graph {
    var quantizer = Quantizer(graph, input: input)
    try quantizer.groupActivations()
    try quantizer.typeActivations(ranges)
    try quantizer.quantizeConstants()
    return try quantizer.withUnsignedOutput().pruned()
  }

  /// `real = scale · (q + 128 − offset)` over `range` widened to hold 0, so that 0 is exact.
  ///
  /// - Source: TensorFlow Lite 8-bit quantization specification (asymmetric int8 activations).
  public static func activation(_ range: ValueRange) -> Quantization {
    let low = Double(min(range.low, 0))
    let high = Double(max(range.high, 0))
    // A value that never left 0 still needs a scale; any positive one represents it.
    let scale = Float(high > low ? (high - low) / 255 : 1.0 / 255)
    let zeroPoint = (-128 - low / Double(scale)).rounded(.toNearestOrAwayFromZero)
    return Quantization(scale: scale, zeroPoint: Int32(max(-128, min(127, zeroPoint))))
  }
}
