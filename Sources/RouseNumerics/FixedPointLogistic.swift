/// Fixed-point exponential and logistic function, bit for bit those of gemmlowp.
///
/// A number `qN` has N integer bits, a sign and `31 − N` fraction bits.
///
/// - Source: gemmlowp `fixedpoint/fixedpoint.h`: `logistic`, `exp_on_negative_values`,
///   `one_over_one_plus_x_for_x_in_0_1`.
extension FixedPoint {
  /// `1 / (1 + exp(−x))` for `x` in q4, result in q0.
  public static func logistic(q4 x: Int32) -> Int32 {
    if x == 0 { return 1 << 30 }
    let positive = oneOverOnePlus(q0: expOfNegative(x > 0 ? 0 &- x : x, integerBits: 4))
    return x > 0 ? positive : .max - positive
  }

  /// `exp(x)` for `x ≤ 0` with 4 or 5 integer bits, result in q0.
  ///
  /// `x` is split into multiples of 1/4 and a rest in `[−1/4, 0)`; each bit of the multiple contributes one factor.
  static func expOfNegative(_ x: Int32, integerBits: Int32) -> Int32 {
    if x == 0 { return .max }
    let quarterBit = 29 - integerBits
    let quarter: Int32 = 1 << quarterBit
    let rest = (x & (quarter - 1)) - quarter
    var result = expOfSmallNegative(q0: shiftLeftSaturating(rest, Int64(integerBits)))
    let multiple = rest &- x
    // exp(−2^e) in q0 for e from −2 to 4; bit `quarterBit + 2 + e` is 2^e, and there is none above the integer bits.
    let factors: [Int32] = [
      1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242,
    ]
    for (index, factor) in factors.prefix(Int(integerBits) + 2).enumerated()
    where multiple & (1 << (quarterBit + Int32(index))) != 0 {
      result = saturatingRoundingDoublingHighMul(result, factor)
    }
    return result
  }

  /// `exp(x)` for `x` in `[−1/4, 0)`, q0 to q0: the Taylor series of degree 4 around −1/8.
  private static func expOfSmallNegative(q0 x: Int32) -> Int32 {
    let expOfMinusEighth: Int32 = 1_895_147_668
    let third: Int32 = 715_827_883
    let y = x &+ (1 << 28)
    let y2 = saturatingRoundingDoublingHighMul(y, y)
    let y3 = saturatingRoundingDoublingHighMul(y2, y)
    let y4 = saturatingRoundingDoublingHighMul(y2, y2)
    let quarterOfY4 = roundingDivideByPowerOfTwo(y4, 2)
    // y⁴/24 + y³/6 + y²/2
    let tail = roundingDivideByPowerOfTwo(
      saturatingRoundingDoublingHighMul(quarterOfY4 &+ y3, third) &+ y2, 1)
    return expOfMinusEighth &+ saturatingRoundingDoublingHighMul(expOfMinusEighth, y &+ tail)
  }

  /// `1 / (1 + x)` for `x` in `[0, 1]`, q0 to q0: three Newton steps towards the reciprocal of `(1 + x)/2`.
  static func oneOverOnePlus(q0 x: Int32) -> Int32 {
    let half = Int32(truncatingIfNeeded: (Int64(x) + Int64(Int32.max) + 1) / 2)
    // 48/17 and −32/17 in q2: the best linear start on [1/2, 1].
    let start: Int32 = 1_515_870_810
    let slope: Int32 = -1_010_580_540
    var y = start &+ saturatingRoundingDoublingHighMul(half, slope)
    for _ in 0..<3 {
      let error = (1 << 29) &- saturatingRoundingDoublingHighMul(half, y)
      y = y &+ shiftLeftSaturating(saturatingRoundingDoublingHighMul(y, error), 2)
    }
    return shiftLeftSaturating(y, 1)
  }

  /// `value · 2^exponent`, limited to 32 bits.
  static func shiftLeftSaturating(_ value: Int32, _ exponent: Int64) -> Int32 {
    Int32(clamping: Int64(value) << exponent)
  }
}
