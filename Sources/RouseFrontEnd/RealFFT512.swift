/// The 16-bit fixed-point discrete Fourier transform of 512 real samples, scaled by 1/512, as kissfft computes it.
///
/// Even samples are the real and odd samples the imaginary parts of 256 complex numbers `z`. Four radix-4 stages
/// transform `z`, a last stage separates the two interleaved spectra. kissfft recurses and works in place; here every
/// stage is one pass over eight lanes, in an order (Stockham's) that needs no digit reversal. Each butterfly does the
/// same arithmetic on the same numbers, so every output bit is kissfft's.
///
/// - Rounding: every product is `(a·b + 2^14) >> 15`; sums wrap at 16 bits. Before a radix-`p` butterfly each number is
///   multiplied by `32767/p`, truncated to an integer: 8191 for 4, 16383 for 2.
/// - Source: kissfft `kiss_fft.c` (`kf_bfly4`), `kiss_fftr.c`, `_kiss_fft_guts.h` with `FIXED_POINT` 16.
struct RealFFT512: Sendable {
  typealias Lanes = SIMD8<Int16>

  /// Even samples going in; destroyed by `transform()`.
  var even: [Lanes]
  /// Odd samples going in; destroyed by `transform()`.
  var odd: [Lanes]
  /// `re² + im²` of bins `0...256` coming out. Bins 0 and 256 are not computed, no filter looks at them.
  private(set) var energies: [UInt32]

  private var scratchReal: [Lanes]
  private var scratchImaginary: [Lanes]
  private let twiddles: Twiddles

  static let size = 512
  /// Vectors of eight in half of the samples.
  static let vectors = 32

  init() {
    let zeros = [Lanes](repeating: .zero, count: Self.vectors)
    even = zeros
    odd = zeros
    scratchReal = zeros
    scratchImaginary = zeros
    energies = [UInt32](repeating: 0, count: Self.size / 2 + 1)
    twiddles = .shared
  }

  /// Transforms `even` and `odd` and sets `energies`.
  mutating func transform() {
    Self.transform(&even, &odd, &scratchReal, &scratchImaginary, &energies, twiddles)
  }

  /// One parameter per buffer: spans of several properties of `self` would count as overlapping accesses.
  private static func transform(
    _ real: inout [Lanes], _ imaginary: inout [Lanes], _ scratchReal: inout [Lanes],
    _ scratchImaginary: inout [Lanes], _ energies: inout [UInt32], _ twiddles: Twiddles
  ) {
    var re = real.mutableSpan
    var im = imaginary.mutableSpan
    var scratchRe = scratchReal.mutableSpan
    var scratchIm = scratchImaginary.mutableSpan
    var energySpan = energies.mutableSpan
    firstStage(&re, &im)
    secondStage(re.span, im.span, to: &scratchRe, &scratchIm, twiddles.second.span)
    thirdStage(scratchRe.span, scratchIm.span, to: &re, &im, twiddles.third.span)
    fourthStage(re.span, im.span, to: &scratchRe, &scratchIm, twiddles.fourth.span)
    self.energies(
      scratchRe.span.bytes, scratchIm.span.bytes, to: &energySpan, twiddles.separation.span)
  }

  // MARK: - Stages
  //
  // After the stage that makes transforms of `m` points, element `k·(256/m) + r` is point `k` of the transform of
  // `z[r], z[r + 256/m], ...`. The next stage joins the transforms `r`, `r + 64/m`, `r + 128/m`, `r + 192/m`.

  /// 64 transforms of 4 points. All twiddle factors are 1, and multiplying by 32767/32768 with rounding changes no number
  /// of magnitude up to 2^14, so nothing is multiplied.
  @inline(__always)
  private static func firstStage(_ re: inout MutableSpan<Lanes>, _ im: inout MutableSpan<Lanes>) {
    for v in 0..<8 {
      var b = Butterfly(
        (re[v], im[v]), (re[8 + v], im[8 + v]), (re[16 + v], im[16 + v]), (re[24 + v], im[24 + v]))
      b.combine()
      (re[v], im[v]) = b.x0
      (re[8 + v], im[8 + v]) = b.x1
      (re[16 + v], im[16 + v]) = b.x2
      (re[24 + v], im[24 + v]) = b.x3
    }
  }

  /// 16 transforms of 16 points; one factor for all lanes.
  @inline(__always)
  private static func secondStage(
    _ re: Span<Lanes>, _ im: Span<Lanes>,
    to outRe: inout MutableSpan<Lanes>, _ outIm: inout MutableSpan<Lanes>,
    _ factors: Span<Twiddles.Triple>
  ) {
    for k in 0..<4 {
      let factor = factors[k]
      for v in 0..<2 {
        let i = k * 8 + v
        var b = Butterfly(
          (re[i], im[i]), (re[i + 2], im[i + 2]), (re[i + 4], im[i + 4]), (re[i + 6], im[i + 6]))
        b.rotate(factor)
        b.combine()
        let o = k * 2 + v
        (outRe[o], outIm[o]) = b.x0
        (outRe[o + 8], outIm[o + 8]) = b.x1
        (outRe[o + 16], outIm[o + 16]) = b.x2
        (outRe[o + 24], outIm[o + 24]) = b.x3
      }
    }
  }

  /// 4 transforms of 64 points; the halves of a vector belong to neighbouring `k`.
  @inline(__always)
  private static func thirdStage(
    _ re: Span<Lanes>, _ im: Span<Lanes>,
    to outRe: inout MutableSpan<Lanes>, _ outIm: inout MutableSpan<Lanes>,
    _ factors: Span<Twiddles.Triple>
  ) {
    for pair in 0..<8 {
      let i = pair * 4
      let r = regroup(re[i], re[i + 1], re[i + 2], re[i + 3])
      let m = regroup(im[i], im[i + 1], im[i + 2], im[i + 3])
      var b = Butterfly((r.0, m.0), (r.1, m.1), (r.2, m.2), (r.3, m.3))
      b.rotate(factors[pair])
      b.combine()
      (outRe[pair], outIm[pair]) = b.x0
      (outRe[pair + 8], outIm[pair + 8]) = b.x1
      (outRe[pair + 16], outIm[pair + 16]) = b.x2
      (outRe[pair + 24], outIm[pair + 24]) = b.x3
    }
  }

  /// The transform of all 256 points; every lane is another `k`.
  @inline(__always)
  private static func fourthStage(
    _ re: Span<Lanes>, _ im: Span<Lanes>,
    to outRe: inout MutableSpan<Lanes>, _ outIm: inout MutableSpan<Lanes>,
    _ factors: Span<Twiddles.Triple>
  ) {
    for block in 0..<8 {
      let i = block * 4
      let r = deinterleave(re[i], re[i + 1], re[i + 2], re[i + 3])
      let m = deinterleave(im[i], im[i + 1], im[i + 2], im[i + 3])
      var b = Butterfly((r.0, m.0), (r.1, m.1), (r.2, m.2), (r.3, m.3))
      b.rotate(factors[block])
      b.combine()
      (outRe[block], outIm[block]) = b.x0
      (outRe[block + 8], outIm[block + 8]) = b.x1
      (outRe[block + 16], outIm[block + 16]) = b.x2
      (outRe[block + 24], outIm[block + 24]) = b.x3
    }
  }

  /// Separates the spectra of even and odd samples, joins them to bins `k` and `256 − k`, and takes the energies.
  @inline(__always)
  private static func energies(
    _ re: RawSpan, _ im: RawSpan, to energies: inout MutableSpan<UInt32>,
    _ factors: Span<Twiddles.Factor>
  ) {
    for block in 0..<16 {
      let k = 1 + block * 8
      let mirrored = 256 - 7 - k
      let pRe = halved(lanes(re, k))
      let pIm = halved(lanes(im, k))
      let nRe = halved(reversed(lanes(re, mirrored)))
      let nIm = halved(.zero &- reversed(lanes(im, mirrored)))
      let fRe = wide(pRe &+ nRe)
      let fIm = wide(pIm &+ nIm)
      let turned = product(pRe &- nRe, pIm &- nIm, factors[block])
      let tRe = wide(turned.re)
      let tIm = wide(turned.im)
      let low = energy((fRe &+ tRe) &>> 1, (fIm &+ tIm) &>> 1)
      let high = energy((fRe &- tRe) &>> 1, (tIm &- fIm) &>> 1)
      for lane in 0..<8 { energies[k + lane] = low[lane] }
      // Bin 128 is both `k` and `256 − k`; the original keeps the latter.
      for lane in 0..<8 { energies[256 - k - lane] = high[lane] }
    }
  }
}
