import CKernels

/// What a device computes in integers, on floats that hold integers. Formulas are in `ckernels.h`.
extension FloatKernels {
  /// `y = clamp(x / scale)` within `limits`, rounded half away from zero.
  package static func fakeQuantize(
    _ x: Place, into y: Place, count: Int, scale: Double, limits: ClosedRange<Int32>
  ) {
    rouse_fake_quantize(
      x.pointer(count), y.pointer(count), Int64(count), scale, Double(limits.lowerBound),
      Double(limits.upperBound))
  }

  /// `dx = dy / scale` where `fakeQuantize` did not clamp, else 0.
  package static func fakeQuantizeGradient(
    _ x: Place, _ dy: Place, into dx: Place, count: Int, scale: Double, limits: ClosedRange<Int32>
  ) {
    rouse_fake_quantize_gradient(
      x.pointer(count), dy.pointer(count), dx.pointer(count), Int64(count), scale,
      Double(limits.lowerBound), Double(limits.upperBound))
  }
}

extension ChannelMultipliers {
  /// The multipliers that this was made from.
  package var channels: [FixedPointMultiplier] {
    multipliers.indices.map {
      FixedPointMultiplier(multiplier: multipliers[$0], shift: lefts[$0] - rights[$0])
    }
  }

  package var resultZeroPoint: Int32 { zeroPoint }
  package var range: ClosedRange<Int32> { low...high }

  /// `y[r, c] = clamp((bias[c] + Σ_p sums[r, p, c]) · real[c] + zeroPoint) − zeroPoint`: what `rescale` gives, less the
  /// zero point. All floats hold integers; their sum wraps in int32.
  package func simulate(
    _ sums: Place, bias: Place, parts: Int, rows: Int, into y: Place
  ) {
    rouse_fake_requantize(
      sums.pointer(rows * parts * count), bias.pointer(count), multipliers, lefts, rights,
      Int64(rows), Int64(count), Int64(parts), zeroPoint, low, high, y.pointer(rows * count))
  }

  /// `dx[r, p, c] = slopes[c] · dy[r, c]` where `simulate` did not clamp, else 0; `dbias` is its sum over rows.
  ///
  /// - Parameter dx: nil when only the bias is wanted.
  package func simulatedGradient(
    _ sums: Place, bias: Place, _ dy: Place, slopes: [Float], parts: Int, rows: Int,
    into dx: Place?, dbias: Place
  ) {
    precondition(slopes.count == count, "one slope for each channel")
    rouse_fake_requantize_gradient(
      sums.pointer(rows * parts * count), bias.pointer(count), dy.pointer(rows * count),
      multipliers, lefts, rights, slopes, Int64(rows), Int64(count), Int64(parts), zeroPoint, low,
      high, dx?.pointer(rows * parts * count), dbias.pointer(count))
  }
}
