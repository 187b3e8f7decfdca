import RouseNumerics

/// Padding and shifting.
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
}
