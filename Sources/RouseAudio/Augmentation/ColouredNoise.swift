import Glibc
import RouseNumerics

/// Seeded noise of mean power 1; scale it, it is outside `[-1, 1]`.
package enum ColouredNoise: String, Sendable, CaseIterable {
  /// Equal power per hertz.
  case white
  /// Power falls by 3 dB per octave from 20 Hz up: equal power per octave.
  case pink
  /// Power falls by 6 dB per octave from 20 Hz up.
  case brown

  /// - Returns: `count` samples whose mean power is 1.
  package func samples(
    _ count: Int, sampleRate: Int = AudioClip.standardSampleRate,
    _ generator: inout SeededGenerator
  ) -> [Float] {
    // Lets the slowest pole forget that it started from rest.
    let warmUp = self == .white ? 0 : sampleRate / 8
    var x = (0..<warmUp + count).map { _ in generator.bell() }
    filters(sampleRate: sampleRate).apply(to: &x)
    x.removeFirst(warmUp)
    let power = Level.power(x)
    guard power > 0 else { return x }
    AudioKernels.scale(&x, by: Float(1 / power.squareRoot()))
    return x
  }

  /// The lowest corner: below what any microphone of a device hears.
  private static let lowestFrequency = 20.0

  /// Brown: one pole. Pink: poles two octaves apart and a zero half-way between each pair, whose slopes of 6 and 0 dB per
  /// octave average to 3 within 0.3 dB.
  ///
  /// `y[n] = x[n] - zero · x[n-1] + pole · y[n-1]` each; there are at most eight up to 655 kHz.
  private func filters(sampleRate: Int) -> AudioKernels.Biquads {
    let rate = Double(sampleRate)
    func position(_ frequency: Double) -> Float { Float(exp(-2 * .pi * frequency / rate)) }
    var filters = AudioKernels.Biquads()
    switch self {
    case .white: break
    case .brown: filters.a1[0] = -position(Self.lowestFrequency)
    case .pink:
      let corners = sequence(first: Self.lowestFrequency) { $0 * 4 }.prefix { $0 < rate / 2 }
      for (lane, corner) in corners.prefix(8).enumerated() {
        filters.a1[lane] = -position(corner)
        filters.b1[lane] = -position(2 * corner)
      }
    }
    return filters
  }
}

extension SeededGenerator {
  /// Nearly normal, mean 0, variance 1: the sum of 12 uniform numbers less 6. Only additions, so the same bits everywhere.
  mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// Of a bell's shape, mean 0, variance 1: the sum of four uniform numbers of 16 bits from one draw, in integers.
  @inline(__always)
  mutating func bell() -> Float {
    let pairs: UInt64 = 0x0000_FFFF_0000_FFFF
    let bits = next()
    let sums = (bits & pairs) &+ ((bits &>> 16) & pairs)
    // Four numbers of mean 32767.5 and variance 2^32 / 12.
    let sum = Int32(truncatingIfNeeded: (sums & 0xFFFF_FFFF) &+ (sums &>> 32)) &- 131_070
    return Float(sum) * (0x1p-16 * 1.7320508)
  }
}
