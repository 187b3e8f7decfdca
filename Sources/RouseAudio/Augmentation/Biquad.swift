import Glibc
import RouseNumerics

/// A recursive filter of second order, by what it does to a spectrum.
///
/// - Source: Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients" (W3C note, 2021).
package struct Biquad: Hashable, Sendable {
  /// `y[n] = b[0] x[n] + b[1] x[n-1] + b[2] x[n-2] − a[0] y[n-1] − a[1] y[n-2]`
  private let b: SIMD3<Double>
  private let a: SIMD2<Double>

  private init(_ b: SIMD3<Double>, _ a: SIMD3<Double>) {
    self.b = b / a[0]
    self.a = SIMD2(a[1], a[2]) / a[0]
  }

  /// `decibels` at `hertz`, nothing far from it; half of them `hertz / q` apart.
  package static func peak(
    hertz: Double, q: Double, decibels: Double, sampleRate: Int = AudioClip.standardSampleRate
  ) -> Biquad {
    let (cosine, alpha) = angle(hertz, q, sampleRate)
    let root = pow(10, decibels / 40)
    return Biquad(
      [1 + alpha * root, -2 * cosine, 1 - alpha * root],
      [1 + alpha / root, -2 * cosine, 1 - alpha / root])
  }

  /// `decibels` well below `hertz`, half of them there, nothing well above.
  package static func lowShelf(
    hertz: Double, decibels: Double, sampleRate: Int = AudioClip.standardSampleRate
  ) -> Biquad {
    shelf(hertz, decibels, sampleRate, sign: 1)
  }

  /// `decibels` well above `hertz`, half of them there, nothing well below.
  package static func highShelf(
    hertz: Double, decibels: Double, sampleRate: Int = AudioClip.standardSampleRate
  ) -> Biquad {
    shelf(hertz, decibels, sampleRate, sign: -1)
  }

  /// Nothing passes at `hertz`, half of the power `hertz / q` apart, everything far from it.
  package static func notch(
    hertz: Double, q: Double, sampleRate: Int = AudioClip.standardSampleRate
  ) -> Biquad {
    let (cosine, alpha) = angle(hertz, q, sampleRate)
    return Biquad([1, -2 * cosine, 1], [1 + alpha, -2 * cosine, 1 - alpha])
  }

  /// The two shelves differ by signs alone.
  private static func shelf(
    _ hertz: Double, _ decibels: Double, _ sampleRate: Int, sign: Double
  ) -> Biquad {
    // As steep as it can be without a bump.
    let (cosine, alpha) = angle(hertz, sqrt(0.5), sampleRate)
    let root = pow(10, decibels / 40)
    let slope = 2 * root.squareRoot() * alpha
    let (sum, difference) = (root + 1, sign * (root - 1))
    return Biquad(
      [
        root * (sum - difference * cosine + slope),
        2 * root * (difference - sum * cosine),
        root * (sum - difference * cosine - slope),
      ],
      [
        sum + difference * cosine + slope, -2 * (difference + sum * cosine),
        sum + difference * cosine - slope,
      ])
  }

  /// `cos ω` and `sin ω / 2q` at the frequency's angle `ω`.
  private static func angle(
    _ hertz: Double, _ q: Double, _ sampleRate: Int
  ) -> (cosine: Double, alpha: Double) {
    precondition(hertz > 0 && hertz < Double(sampleRate) / 2 && q > 0)
    let angle = 2 * Double.pi * hertz / Double(sampleRate)
    return (cos(angle), sin(angle) / (2 * q))
  }

  /// `x` through one filter after another, from rest; at most eight.
  package static func apply(_ filters: [Biquad], to x: inout [Float]) {
    precondition(filters.count <= 8)
    var lanes = AudioKernels.Biquads()
    for (lane, filter) in filters.enumerated() {
      lanes.b0[lane] = Float(filter.b[0])
      lanes.b1[lane] = Float(filter.b[1])
      lanes.b2[lane] = Float(filter.b[2])
      lanes.a1[lane] = Float(filter.a[0])
      lanes.a2[lane] = Float(filter.a[1])
    }
    lanes.apply(to: &x)
  }
}
