import Glibc

/// `exp(x_i · scale · beta) / Σ_j exp(x_j · scale · beta)` of int8 values in fixed point, result in steps of 1/256 from −128.
///
/// Exponentials are taken of the distance to the largest value, so that none passes 1. Values too far away to be held in
/// 5 integer bits count as 0.
///
/// - Rounding: every step of TFLite Micro's; the sum has 19 fraction bits, its reciprocal 31.
/// - Source: TFLite Micro `reference_ops::Softmax`, `PreprocessSoftmaxScaling`, `CalculateInputRadius`, `GetReciprocal`.
public struct FixedPointSoftmax: Hashable, Sendable {
  /// `exp(−distance · scale · beta)` in q0, by distance; 0 for the distances that count as nothing.
  public let exponentials: [Int32]
  /// The same with 19 fraction bits, as they are summed.
  public let terms: [Int32]

  /// The longest row: 512 terms of 1 would need a shift that TFLite Micro aborts at.
  public static let longestRow = 511

  /// - Returns: nil where `scale · beta` is not above 2^-26, which TFLite Micro aborts at, or is no number.
  public init?(scale: Float, beta: Float) {
    let real = min(Double(beta) * Double(scale) * 0x1p26, 0x1p31 - 1)
    guard real > 1 else { return nil }
    var shift: Int32 = 0
    let fraction = frexp(real, &shift)
    var mantissa = Int64((fraction * 0x1p31).rounded(.toNearestOrAwayFromZero))
    if mantissa == 1 << 31 {
      mantissa /= 2
      shift += 1
    }
    let multiplier = Int32(mantissa)
    let radius = Int((31 * 0x1p26 / Double(Int64(1) << Int64(shift))).rounded(.down))
    exponentials = (0..<256).map { distance in
      guard distance <= radius else { return 0 }
      // At most 31 · 2^26, so nothing is shifted out.
      let shifted = Int32(-distance) &<< shift
      return FixedPoint.expOfNegative(
        FixedPoint.saturatingRoundingDoublingHighMul(shifted, multiplier), integerBits: 5)
    }
    terms = exponentials.map { FixedPoint.roundingDivideByPowerOfTwo($0, 12) }
  }

  /// `1 / sum` as a factor in q0 and the bits to divide by afterwards. `sum` is at least 1, that is 2^19.
  @inline(__always)
  public static func reciprocal(_ sum: Int32) -> (factor: Int32, bits: Int32) {
    let headroom = Int32(truncatingIfNeeded: sum.leadingZeroBitCount)
    let aboveHalf = UInt32(bitPattern: sum) &<< UInt32(headroom) &- (1 << 31)
    return (FixedPoint.oneOverOnePlus(q0: Int32(bitPattern: aboveHalf)), 12 &- headroom)
  }

  /// The result of the value at `distance` from the largest in a row with this reciprocal.
  @inline(__always)
  public func result(distance: Int, _ reciprocal: (factor: Int32, bits: Int32)) -> Int8 {
    let product = FixedPoint.saturatingRoundingDoublingHighMul(
      reciprocal.factor, exponentials[distance])
    let rounded = FixedPoint.roundingDivideByPowerOfTwo(product, reciprocal.bits &+ 23)
    return Int8(truncatingIfNeeded: FixedPoint.clamp(rounded &- 128, -128, 127))
  }
}
