import RouseNumerics

/// How the int32 sums of an operator with weights become int8: what TFLite Micro's Prepare computes from the scales of
/// input, weights, bias and result.
package struct Int8Rescaling: Hashable, Sendable {
  /// How the real multiplier of one output channel comes from the scales.
  package enum Rule: Hashable, Sendable {
    /// `double(x) · double(w) / double(y)`. Source: `PopulateConvolutionQuantizationParams`.
    case convolution
    /// With one scale `double(float(x · w)) / double(y)`, where the bias must have nearly that scale
    /// (`GetQuantizedConvolutionMultipler`); with one for each channel as a convolution.
    case dense
  }

  /// One for each output channel.
  package let channels: [FixedPointMultiplier]
  /// Of the result.
  package let zeroPoint: Int32
  /// What the activation leaves of int8.
  package let range: ClosedRange<Int32>

  /// - Parameters:
  ///   - w: one scale, or one for each of `channels`; all finite and not negative.
  ///   - biasScale: nil for an operator without a bias.
  /// - Throws: `GraphError.unsupportedType` for scales that TFLite Micro's Prepare refuses.
  package init(
    op: String, rule: Rule, activation: Activation, channels count: Int, x: Quantization,
    w: Quantization, biasScale: Float?, y: Quantization
  ) throws(GraphError) {
    func refuse(_ input: String, _ expected: String, _ found: String) -> GraphError {
      .unsupportedType(op: op, input: input, expected: expected, found: found)
    }
    if rule == .dense && w.scales.count == 1 {
      let product = Double(x.scale * w.scales[0])
      if let biasScale {
        // 0.02 is the limit in TFLite's GetQuantizedConvolutionMultipler.
        let exact = Double(x.scale) * Double(w.scales[0])
        guard abs(exact - Double(biasScale)) / Double(y.scale) <= 0.02 else {
          throw refuse("bias", "a scale of \(Float(exact))", "\(biasScale)")
        }
      }
      guard product.isFinite else { throw refuse("w", "a finite product of scales", "\(product)") }
      let multiplier = FixedPointMultiplier(product / Double(y.scale))
      channels = [FixedPointMultiplier](repeating: multiplier, count: count)
    } else {
      channels = (0..<count).map { channel in
        let scale = w.scales.count == 1 ? w.scales[0] : w.scales[channel]
        return FixedPointMultiplier(Double(x.scale) * Double(scale) / Double(y.scale))
      }
    }
    guard let range = activation.int8Range(y) else {
      throw refuse("result", "a scale that can hold the bounds of \(activation)", "\(y.scale)")
    }
    zeroPoint = y.zeroPoint
    self.range = range
  }
}

extension Activation {
  /// The quantized results that the activation allows; nil when a bound does not fit int32 at this scale.
  ///
  /// - Source: TensorFlow Lite `kernels/kernel_util.cc`, `CalculateActivationRangeQuantized`: bounds divided by the
  ///   scale in float32, rounded half away from zero.
  func int8Range(_ type: Quantization) -> ClosedRange<Int32>? {
    func quantized(_ bound: Float) -> Int32? {
      let steps = (bound / type.scale).rounded(.toNearestOrAwayFromZero)
      guard let steps = Int32(exactly: steps) else { return nil }
      let (result, overflow) = type.zeroPoint.addingReportingOverflow(steps)
      return overflow ? (steps < 0 ? .min : .max) : result
    }
    let (low, high): (Int32?, Int32?) =
      switch self {
      case .none: (-128, 127)
      case .relu: (type.zeroPoint, 127)
      case .relu6: (type.zeroPoint, quantized(6))
      case .reluN1To1: (quantized(-1), quantized(1))
      }
    guard let low, let high else { return nil }
    // With a zero point inside int8 the bounds meet at the zero point at the least.
    return max(-128, low)...max(min(127, high), max(-128, low))
  }
}
