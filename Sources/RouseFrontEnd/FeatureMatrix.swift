import RouseNumerics

/// The features of one recording: `frames` rows of 40 unsigned numbers, about 0 to 670.
public struct FeatureMatrix: Hashable, Sendable {
  /// Row after row.
  public let values: [UInt16]

  /// - Precondition: `values` holds whole rows.
  public init(values: [UInt16]) {
    precondition(values.count % MicroFrontEnd.channels == 0, "a row has 40 numbers")
    self.values = values
  }

  public var frames: Int { values.count / MicroFrontEnd.channels }
  public var shape: Shape { [frames, MicroFrontEnd.channels] }

  /// What training sees: `u / 25.6`, exact.
  public var float32: [Float] { values.map(FeatureQuantization.float32) }

  /// What the device feeds the model.
  public var deviceInt8: [Int8] { values.map(FeatureQuantization.deviceInt8) }
}

/// How a feature `u` becomes the model's int8 input.
///
/// ESPHome computes `(u · 256 + 333) / 666 − 128`, truncated and clamped. That is quantization of `f = u / 25.6` with scale
/// 666/6553.6 = 1665/16384 and zero point −128:
///
/// ```
/// f / scale = u · 0.0390625 · 16384 / 1665 = u · 640 / 1665 = 256u / 666
/// ⌊(256u + 333) / 666⌋ = ⌊256u/666 + 1/2⌋ = round half up of 256u/666
/// ```
/// A tie would need `256u = 333 · odd`; the left side is even and the right side odd, so there is none, and every rule for
/// ties gives the same integer. Both constants are exact in float32. A model with exactly this input scale therefore sees
/// on the device what it saw in training; `FeatureQuantizationTests` checks all 65,536 values.
///
/// - Source: ESPHome `micro_wake_word/streaming_model.cpp`; microWakeWord's float features, `u · 0.0390625`.
public enum FeatureQuantization {
  /// 666 / 6553.6
  public static let scale: Float = 1665 / 16384
  public static let zeroPoint: Int32 = -128
  /// 1 / 25.6
  public static let floatPerUnit: Float = 0.0390625

  @inline(__always)
  public static func float32(_ u: UInt16) -> Float { Float(u) * floatPerUnit }

  /// The real number that the network sees for an int8 feature; exact.
  @inline(__always)
  public static func real(_ quantized: Int8) -> Float {
    Float(Int32(quantized) - zeroPoint) * scale
  }

  @inline(__always)
  public static func deviceInt8(_ u: UInt16) -> Int8 {
    Int8(truncatingIfNeeded: min((Int32(u) * 256 + 333) / 666 - 128, 127))
  }
}
