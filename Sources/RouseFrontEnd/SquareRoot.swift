/// `√x` to the nearest integer, as the original's bit-by-bit root gives it.
///
/// A half rounds down: `r² + r` has root `r`. Below 2^32 the result stops at 65535.
///
/// - Precondition: `x < 2^52`, so that the hardware's root of `x` has the right integer part (`SquareRootTests`).
/// - Source: TensorFlow `microfrontend/lib/filterbank.c`, `Sqrt32` and `Sqrt64`.
@inline(__always)
package func roundedSquareRoot(_ x: UInt64) -> UInt32 {
  let root = UInt64(Double(x).squareRoot())
  let rest = x &- root &* root
  let isCapped = root == 65535 && x < 1 << 32
  return UInt32(truncatingIfNeeded: rest > root && !isCapped ? root &+ 1 : root)
}
