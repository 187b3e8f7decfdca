import CKernels

/// The kernels of `CKernels` over the samples of a clip. Formulas are in `ckernels.h`.
///
/// Every pointer that C gets belongs to a buffer that lives until the call returns; none is empty.
package enum AudioKernels {
  // MARK: - Level

  /// `Σ x²` over `range`.
  package static func sumOfSquares(_ x: [Float], _ range: Range<Int>) -> Double {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.count, "reads outside the samples")
    return x.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress else { return 0 }
      return rouse_sum_of_squares(base + range.lowerBound, Int64(range.count))
    }
  }

  /// Mean power of consecutive frames of `length` samples; a last frame that is not whole is left out.
  package static func framePowers(_ x: [Float], length: Int) -> [Float] {
    precondition(length > 0)
    let frames = x.count / length
    return [Float](unsafeUninitializedCapacity: frames) { powers, count in
      count = frames
      guard let target = powers.baseAddress, frames > 0 else { return }
      rouse_frame_powers(x, Int64(frames), Int64(length), target)
    }
  }

  /// `max |x|`, 0 for no samples.
  package static func peak(_ x: [Float]) -> Float { rouse_peak(x, Int64(x.count)) }

  /// `x = clamp(x · factor)` to `-limit...limit`.
  package static func scale(_ x: inout [Float], by factor: Float, limit: Float = .infinity) {
    rouse_scale_clip(&x, Int64(x.count), factor, limit)
  }

  /// `y[offset + k] += factor · x[range][k]`
  package static func add(
    _ x: [Float], _ range: Range<Int>, times factor: Float, to y: inout [Float], at offset: Int
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.count, "reads outside the samples")
    precondition(offset >= 0 && offset + range.count <= y.count, "writes outside the samples")
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let source = x.baseAddress, let target = y.baseAddress else { return }
        rouse_add_scaled(
          target + offset, source + range.lowerBound, Int64(range.count), factor)
      }
    }
  }

  /// `round(32768 · x)`, half to even, saturated; a NaN becomes 0.
  package static func int16(_ x: [Float]) -> [Int16] {
    [Int16](unsafeUninitializedCapacity: x.count) { result, count in
      count = x.count
      guard let target = result.baseAddress, !x.isEmpty else { return }
      rouse_to_int16(x, target, Int64(x.count))
    }
  }

  /// `x = scale · tanh(drive · x)`, wrong by less than `2^-17 · scale`.
  package static func softClip(_ x: inout [Float], drive: Float, scale: Float) {
    rouse_soft_clip(&x, Int64(x.count), drive, scale)
  }

  // MARK: - Filters

  /// Eight recursive filters of second order: one lane each.
  package struct Biquads: Sendable {
    package var b0 = SIMD8<Float>(repeating: 1)
    package var b1 = SIMD8<Float>.zero
    package var b2 = SIMD8<Float>.zero
    package var a1 = SIMD8<Float>.zero
    package var a2 = SIMD8<Float>.zero

    /// Filters that change nothing.
    package init() {}

    /// `x` through one filter after another, from rest.
    package func apply(to x: inout [Float]) {
      guard !x.isEmpty else { return }
      withUnsafePointers { b0, b1, b2, a1, a2 in
        rouse_biquads(&x, Int64(x.count), b0, b1, b2, a1, a2)
      }
    }

    private func withUnsafePointers(
      _ body: (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
        UnsafePointer<Float>
      ) -> Void
    ) {
      func lanes(_ v: SIMD8<Float>) -> [Float] { v.indices.map { v[$0] } }
      body(lanes(b0), lanes(b1), lanes(b2), lanes(a1), lanes(a2))
    }
  }

  /// `y += x · h` over `count / 2` complex numbers as pairs.
  ///
  /// Pointers, because spectra lie in memory of FFTW's: all hold `count` floats while the call lasts.
  ///
  /// - Parameters:
  ///   - re: each real part of `h` twice.
  ///   - im: each imaginary part of `h` negative, then positive.
  package static func multiplyAdd(
    _ x: UnsafePointer<Float>, re: UnsafePointer<Float>, im: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    rouse_multiply_add_spectra(x, re, im, y, Int64(count))
  }

  // MARK: - Time

  /// `y[n] = Σ_k x[p + k] · h[k]` at `p + f = start + n · step`, with `h` from `table`, see `ckernels.h`.
  ///
  /// - Parameter table: `[phases + 1, taps]`, `taps` a multiple of 8.
  package static func resample(
    _ x: [Float], start: Double, step: Double, table: [Float], phases: Int, taps: Int, count: Int
  ) -> [Float] {
    guard count > 0 else { return [] }
    precondition(table.count == (phases + 1) * taps && taps % 8 == 0 && start >= 0 && step > 0)
    let last = start + Double(count - 1) * step
    precondition(Int(last) + taps <= x.count, "reads outside the samples")
    return [Float](unsafeUninitializedCapacity: count) { result, made in
      made = count
      guard let target = result.baseAddress else { return }
      rouse_resample(x, start, step, table, Int64(phases), Int64(taps), target, Int64(count))
    }
  }

  /// The offset in `offsets`, by `stride`, at which `count` samples of `x` differ least from those at `wanted`.
  ///
  /// - Parameter count: a multiple of 16.
  package static func nearestSegment(
    to wanted: Int, in x: [Float], offsets: Range<Int>, stride: Int, count: Int
  ) -> Int {
    precondition(!offsets.isEmpty && stride > 0 && count % 16 == 0)
    precondition(offsets.lowerBound >= 0 && offsets.upperBound - 1 + count <= x.count)
    precondition(wanted >= 0 && wanted + count <= x.count, "reads outside the samples")
    return x.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress else { return offsets.lowerBound }
      return offsets.lowerBound
        + Int(
          rouse_nearest_segment(
            base + wanted, base + offsets.lowerBound, Int64(offsets.count), Int64(stride),
            Int64(count)))
    }
  }
}
