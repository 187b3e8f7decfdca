/// Spectral subtraction with a running estimate of the noise per channel.
///
/// `estimate += (signal − estimate) · smoothing`, then `signal = max(signal − estimate, 0.05 · signal)`. Even channels
/// smooth by 0.025, odd ones by 0.06.
///
/// - Rounding: products have 14 fractional bits and are truncated; estimates carry 10 more fractional bits than signals.
/// - Source: TensorFlow `microfrontend/lib/noise_reduction.c`; settings of ESPHome `preprocessor_settings.h`.
struct NoiseReduction: Sendable {
  /// `0.025`, `0.06` and `0.05` times 2^14, truncated.
  static let smoothing: (even: UInt64, odd: UInt64) = (409, 983)
  static let remainder: UInt64 = 819
  static let one: UInt64 = 1 << 14
  static let estimateBits: UInt32 = 10

  /// Takes `signal` in and gives the reduced signal; `estimate` is the state of the channel.
  @inline(__always)
  static func reduce(_ signal: UInt32, estimate: inout UInt32, channel: Int) -> UInt32 {
    let smoothing = channel & 1 == 0 ? smoothing.even : smoothing.odd
    let scaled = signal &<< estimateBits
    let updated = UInt32(
      truncatingIfNeeded: (UInt64(scaled) &* smoothing &+ UInt64(estimate) &* (one &- smoothing))
        &>> 14)
    estimate = updated
    let floor = UInt32(truncatingIfNeeded: (UInt64(signal) &* remainder) &>> 14)
    return max((scaled &- min(updated, scaled)) &>> estimateBits, floor)
  }
}
