/// Per-channel automatic gain control (PCAN): `signal · gain(estimate)`, then a square root law for loud and a square law for
/// faint channels.
///
/// - Rounding: the gain is a parabola in 10 fractional bits of the estimate's mantissa; products are truncated.
/// - Source: TensorFlow `microfrontend/lib/pcan_gain_control.c`; idea: Lyon, "Trainable Frontend for Robust and Far-Field
///   Keyword Spotting", 2016.
enum GainControl {
  /// 21 gain bits − 3 correction bits − 12 bits of signal-to-noise ratio.
  static let ratioShift: UInt64 = 6
  static let ratioBits: UInt32 = 12
  static let outputBits: UInt32 = 6

  /// `2^21 · (estimate/128 + 80)^−0.95` by `GainTable`.
  @inline(__always)
  static func gain(
    _ estimate: UInt32, first: Span<Int32>, segments: Span<GainTable.Segment>
  ) -> Int32 {
    guard estimate >= 2 else { return first[Int(estimate)] }
    let bits = 32 - estimate.leadingZeroBitCount
    let segment = segments[bits - 2]
    // The 10 bits below the leading one: drop it at the top, then shift what follows down.
    let fraction = Int32(
      truncatingIfNeeded: (estimate &<< UInt32(truncatingIfNeeded: 33 - bits)) &>> 22)
    var value = (segment.curve &* fraction) &>> 5
    value = value &+ (segment.slope &<< 5)
    value = value &* fraction
    return segment.start &+ ((value &+ (1 << 14)) &>> 15)
  }

  @inline(__always)
  static func apply(_ signal: UInt32, gain: Int32) -> UInt32 {
    let ratio = UInt32(
      truncatingIfNeeded: (UInt64(signal) &* UInt64(truncatingIfNeeded: gain)) &>> ratioShift)
    guard ratio >= 2 << ratioBits else {
      return (ratio &* ratio) &>> (2 + 2 * ratioBits - outputBits)
    }
    return (ratio &>> (ratioBits - outputBits)) &- (1 << outputBits)
  }
}
