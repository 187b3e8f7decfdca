import RouseNumerics

/// Padding, shifting and speed.
package enum Timing {
  /// Peak of the noise that stands for silence: 10 steps of 16 bits. True zeros exist in no recording, and a model would
  /// learn them.
  package static let quietPeak: Float = 10 / 32768

  /// `count` samples of uniform noise within `quietPeak`.
  package static func quiet(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in generator.uniform(-quietPeak, quietPeak) }
  }

  /// `x` between `before` and `after` samples of near-silence.
  package static func padded(
    _ x: [Float], before: Int, after: Int, _ generator: inout SeededGenerator
  ) -> [Float] {
    quiet(before, &generator) + x + quiet(after, &generator)
  }

  /// `y[n] = x[n - offset]`, as long as `x`; near-silence comes in where `x` has no samples.
  package static func shifted(
    _ x: [Float], by offset: Int, _ generator: inout SeededGenerator
  ) -> [Float] {
    let distance = min(abs(offset), x.count)
    let silence = quiet(distance, &generator)
    return offset >= 0 ? silence + x.dropLast(distance) : x.dropFirst(distance) + silence
  }

  /// `y[n] ≈ x[n · factor]`: played `factor` times as fast, `1 / factor` times as long.
  ///
  /// This is resampling: pitch and formants rise by the same factor, as with a smaller speaker who talks faster. Frequencies
  /// that would pass half the sample rate are removed.
  ///
  /// - Precondition: `factor` in `0.25...4`.
  package static func spedUp(_ x: [Float], factor: Float) -> [Float] {
    precondition((0.25...4).contains(factor))
    guard factor != 1 else { return x }
    let resampler = Resampler(from: Double(factor), to: 1)
    return resampler.process(x) + resampler.finish()
  }
}
