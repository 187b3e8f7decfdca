/// How the quantizer types one operator's constants and results.
public struct QuantizationRule: Hashable, Sendable {
  public enum Input: Hashable, Sendable {
    /// An activation: keeps the quantization its producer chose.
    case activation
    /// Symmetric int8, one scale for each index along `axis`.
    case weightsPerChannel(axis: Int)
    /// Symmetric int8, one scale.
    case weightsPerTensor
    /// int32 at `scale(activation) · scale(weights)`, zero point 0.
    case bias(activation: Int, weights: Int)
  }

  public enum Result: Hashable, Sendable {
    /// From the range seen in calibration.
    case calibrated
    /// The same scale and zero point as the activation inputs, which must agree among themselves.
    case sameAsInputs
    case fixed(Quantization, ElementType)
  }

  public var inputs: [Input]
  public var result: Result

  public init(inputs: [Input], result: Result) {
    self.inputs = inputs
    self.result = result
  }
}
