/// `√x` to the nearest integer, as the original's bit-by-bit root gives it.
///
/// No integer lies half-way, `(r + 1/2)² = r² + r + 1/4`. Below 2^32 the original's root has 16 bits and stops at 65535.
///
/// - Precondition: `x < 2^48`. The root then differs from every half by more than 2^-28, half a unit in the last place of a
///   double below 2^24 is 2^-30, so rounding the hardware's root to an integer is right (`SquareRootTests`). The front-end
///   stays below 2^43: by Parseval's theorem the energies of a scaled window sum to at most 2^30, weights are at most 2^12.
/// - Source: TensorFlow `microfrontend/lib/filterbank.c`, `Sqrt32` and `Sqrt64`.
@inline(__always)
package func roundedSquareRoot(_ x: UInt64) -> UInt32 {
  let root = Double(Int64(bitPattern: x)).squareRoot()
  // 2^52 has no fractional bits left: the sum is rounded to an integer, which then stands in the low bits.
  let rounded = UInt32(truncatingIfNeeded: (root + 0x1p52).bitPattern)
  return x < 1 << 32 ? min(rounded, 65535) : rounded
}
