import Glibc
import RouseNumerics

/// Power, gain and clipping.
package enum Level {
  /// `Σ x² / n`; 0 for no samples.
  package static func power(_ x: some Collection<Float>) -> Double {
    var sum = 0.0
    for value in x { sum += Double(value) * Double(value) }
    return x.isEmpty ? 0 : sum / Double(x.count)
  }

  /// The same over contiguous samples, many at a time.
  package static func power(_ x: [Float]) -> Double {
    x.isEmpty ? 0 : AudioKernels.sumOfSquares(x, x.indices) / Double(x.count)
  }

  /// Mean power of the active part: pauses do not count, so a word has the same level in a short clip and a long one.
  ///
  /// The active part is the largest set of 10 ms frames whose power reaches the mean of the set less 15.9 dB. A steady
  /// sound is active throughout.
  ///
  /// - Source: ITU-T P.56 (the margin of 15.9 dB between active level and threshold), by frames instead of an envelope.
  package static func activePower(
    _ x: [Float], sampleRate: Int = AudioClip.standardSampleRate
  ) -> Double {
    var active = FramePower.powers(x, sampleRate: sampleRate)
    while !active.isEmpty {
      let mean = active.reduce(0) { $0 + Double($1) } / Double(active.count)
      let count = active.count
      active.removeAll { Double($0) < mean * activeMargin }
      if active.count == count { return mean }
    }
    return 0
  }

  /// `10^(-15.9 / 10)`
  private static let activeMargin = 0.025703957827688632

  /// `x · 10^(decibels / 20)`
  package static func scaled(_ x: [Float], decibels: Float) -> [Float] {
    var y = x
    AudioKernels.scale(&y, by: factor(decibels: decibels))
    return y
  }

  /// `10^(decibels / 20)`
  package static func factor(decibels: Float) -> Float { Float(pow(10, Double(decibels) / 20)) }

  /// `min(max(x, -limit), limit)`: the distortion of a converter that is driven too hard.
  ///
  /// - Precondition: `limit > 0`.
  package static func clipped(_ x: [Float], limit: Float = 1) -> [Float] {
    precondition(limit > 0)
    var y = x
    AudioKernels.scale(&y, by: 1, limit: limit)
    return y
  }

  /// `x · min(1, peak / max|x|)`: no sample exceeds `peak`, and nothing is distorted.
  ///
  /// - Precondition: `peak > 0`.
  package static func limited(_ x: [Float], peak: Float = 1) -> [Float] {
    precondition(peak > 0)
    let found = x.reduce(0) { max($0, abs($1)) }
    guard found > peak else { return x }
    let factor = peak / found
    // Rounding of the product may exceed the peak by one step.
    return x.map { min(max($0 * factor, -peak), peak) }
  }
}

/// Mean power of consecutive frames of 10 ms.
enum FramePower {
  static func samplesPerFrame(sampleRate: Int) -> Int { max(1, sampleRate / 100) }

  /// A last frame that is not whole is left out, unless it is the only one.
  static func powers(_ x: [Float], sampleRate: Int) -> [Float] {
    let length = samplesPerFrame(sampleRate: sampleRate)
    guard x.count >= length else { return x.isEmpty ? [] : [Float(Level.power(x))] }
    return AudioKernels.framePowers(x, length: length)
  }
}
