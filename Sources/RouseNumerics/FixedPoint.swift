import Glibc

/// A positive real multiplier as a Q31 mantissa and a power of two: `multiplier · 2^(shift − 31)`.
///
/// This file is the only home of rounding in integer inference; `rescale.h` is `apply` for many channels at a time, and
/// tests hold the two equal.
///
/// | step | rule | example |
/// |---|---|---|
/// | real to Q31 | round half away from zero | 0.3 -> 1288490189, shift -1 |
/// | `saturatingRoundingDoublingHighMul` | `(2ab + 2^31) >> 32`, half towards plus infinity | 1/2 -> 1, -1/2 -> 0 |
/// | `roundingDivideByPowerOfTwo` | half away from zero | -3/2 -> -2, 3/2 -> 2 |
/// | `roundingDivide` | half away from zero | -3/2 -> -2, 4/3 -> 1 |
/// | `divided(by:)` | towards zero | 0.5 / 3 -> 1431655765, shift -2 |
///
/// Applying both in turn is what TensorFlow calls double rounding. TFLite Micro does it; builds of TFLite with
/// `TFLITE_SINGLE_ROUNDING` do not.
///
/// - Source: TensorFlow Lite `kernels/internal/quantization_util.cc` (`QuantizeMultiplier`), gemmlowp
///   `fixedpoint.h`; described in "TensorFlow Lite 8-bit quantization specification".
public struct FixedPointMultiplier: Hashable, Sendable {
  public var multiplier: Int32
  public var shift: Int32

  public init(multiplier: Int32, shift: Int32) {
    self.multiplier = multiplier
    self.shift = shift
  }

  /// The nearest representable multiplier; values below `2^-32` become zero.
  ///
  /// - Precondition: `real` is finite and not negative.
  public init(_ real: Double) {
    precondition(real.isFinite && real >= 0, "multiplier must be finite and not negative")
    guard real > 0 else {
      self.init(multiplier: 0, shift: 0)
      return
    }
    var exponent: Int32 = 0
    let fraction = frexp(real, &exponent)
    var mantissa = Int64((fraction * 0x1p31).rounded(.toNearestOrAwayFromZero))
    if mantissa == 1 << 31 {
      mantissa /= 2
      exponent += 1
    }
    if exponent < -31 {
      exponent = 0
      mantissa = 0
    }
    if exponent > 30 {
      exponent = 30
      mantissa = (1 << 31) - 1
    }
    self.init(multiplier: Int32(mantissa), shift: exponent)
  }

  /// This multiplier divided by `count`, cut off after as many bits as the shift allows: the mean of `count` values.
  ///
  /// - Precondition: `count` is positive.
  /// - Source: TFLite Micro `reference_ops::QuantizedMeanOrSum`.
  public func divided(by count: Int) -> FixedPointMultiplier {
    precondition(count > 0, "a mean of nothing")
    let bits = Int32(63 - count.leadingZeroBitCount)
    let extra = min(bits, 32, 31 + shift)
    let quotient = (Int64(multiplier) &<< Int64(extra)) / Int64(count)
    return FixedPointMultiplier(
      multiplier: Int32(truncatingIfNeeded: quotient), shift: shift - extra)
  }

  /// `value · real`, rounded twice as TFLite Micro does.
  @inline(__always)
  public func apply(_ value: Int32) -> Int32 {
    let left = shift > 0 ? shift : 0
    let right = shift > 0 ? 0 : -shift
    return FixedPoint.roundingDivideByPowerOfTwo(
      FixedPoint.saturatingRoundingDoublingHighMul(value &<< left, multiplier), right)
  }
}

/// Integer arithmetic shared by every int8 operator.
public enum FixedPoint {
  /// The high 32 bits of `2·a·b`, rounded half towards plus infinity; `min·min` saturates.
  @inline(__always)
  public static func saturatingRoundingDoublingHighMul(_ a: Int32, _ b: Int32) -> Int32 {
    if a == .min && b == .min { return .max }
    let product = Int64(a) &* Int64(b)
    // gemmlowp adds a nudge that depends on the sign and divides towards zero; this is the same without a branch
    // (FixedPointTests.highMulIsExact).
    return Int32(truncatingIfNeeded: (product &+ (1 << 30)) &>> 31)
  }

  /// `value / 2^exponent`, rounded half away from zero. `exponent` in `0...31`.
  @inline(__always)
  public static func roundingDivideByPowerOfTwo(_ value: Int32, _ exponent: Int32) -> Int32 {
    let mask = Int32(truncatingIfNeeded: (Int64(1) &<< Int64(exponent)) &- 1)
    let remainder = value & mask
    let threshold = (mask &>> 1) &+ (value < 0 ? 1 : 0)
    return (value &>> exponent) &+ (remainder > threshold ? 1 : 0)
  }

  /// `sum / count`, rounded half away from zero. `count` is positive.
  ///
  /// - Source: TFLite Micro `reference_integer_ops::AveragePool`.
  @inline(__always)
  public static func roundingDivide(_ sum: Int32, by count: Int32) -> Int32 {
    (sum > 0 ? sum &+ count / 2 : sum &- count / 2) / count
  }

  /// `value` limited to `low...high`.
  @inline(__always)
  public static func clamp(_ value: Int32, _ low: Int32, _ high: Int32) -> Int32 {
    min(max(value, low), high)
  }
}
