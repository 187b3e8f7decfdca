import RouseNumerics

/// `y = peak · tanh(drive · x / peak) / tanh(drive)` with `peak = max |x|`: a loudspeaker or an amplifier at its limit.
///
/// The largest sample stays; the smaller ones come nearer to it, the more so the greater `drive` (dimensionless: 0.5 is
/// hardly heard, 5 is harsh).
///
/// - Rounding: `tanh` is wrong by less than 2^-17.
package enum SoftClipping {
  /// - Precondition: `drive > 0`.
  package static func apply(to x: inout [Float], drive: Float) {
    precondition(drive > 0)
    let peak = AudioKernels.peak(x)
    guard peak > 0, peak.isFinite else { return }
    AudioKernels.softClip(&x, drive: drive / peak, scale: peak / tanh(drive))
  }

  /// By the same formula as the samples, so that the peak stays to the last bits.
  private static func tanh(_ drive: Float) -> Float {
    var x = [drive]
    AudioKernels.softClip(&x, drive: 1, scale: 1)
    return x[0]
  }
}
