/// `64 · ln(8 · signal)` in integers; 0 when `8 · signal` is at most 1.
///
/// - Rounding: the base-2 logarithm is a straight line per power of two plus a correction from `LogTable`, 16 fractional
///   bits, truncated. The original shifts the interpolation between two corrections by 16 where 9 would interpolate; the
///   models are trained on that, so it stays. Both multiplications after it round half up.
/// - Source: TensorFlow `microfrontend/lib/log_scale.c`, `scale_shift` 6, 3 correction bits.
enum LogScale {
  /// log2(512) − 12/2: half the bits of the filter weights stay after the square root.
  static let correctionBits: UInt32 = 3
  /// `round(ln 2 · 65536)`
  static let naturalPerBinary: UInt64 = 45426
  static let scaleShift: UInt32 = 6

  @inline(__always)
  static func apply(_ signal: UInt32, corrections: Span<Int32>) -> UInt16 {
    let value = signal &<< correctionBits
    guard value > 1 else { return 0 }
    let exponent = UInt32(truncatingIfNeeded: 31 - value.leadingZeroBitCount)
    // The bits below the leading one as 16 fractional bits.
    let below = UInt64(value) &- (UInt64(1) &<< UInt64(exponent))
    let fraction = Int32(truncatingIfNeeded: (below &<< 16) &>> UInt64(exponent))
    let segment = Int(fraction &>> 9)
    let start = corrections[segment]
    let step = corrections[segment + 1] &- start
    let correction = start &+ ((step &* (fraction & 511)) &>> 16)
    let binary = (exponent &<< 16) &+ UInt32(truncatingIfNeeded: fraction &+ correction)
    let natural = UInt32(truncatingIfNeeded: (naturalPerBinary &* UInt64(binary) &+ 32768) &>> 16)
    let scaled = ((natural &<< scaleShift) &+ 32768) &>> 16
    return UInt16(truncatingIfNeeded: min(scaled, 65535))
  }
}
