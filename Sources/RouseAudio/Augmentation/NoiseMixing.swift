import Glibc

/// Noise added at a signal-to-noise ratio.
package enum NoiseMixing {
  /// `x + g · noise` with `g` such that `10 · log10(P(x) / P(g · noise)) = snrDecibels`.
  ///
  /// `P(x)` is the power of the active part of `x` (`Level.activePower`), `P(noise)` the mean power of the noise under the
  /// clip. Silence, as `x` or as `noise`, has no ratio: `x` is returned as it is.
  ///
  /// - Precondition: `noise` is as long as `x`.
  package static func mixed(
    _ x: [Float], with noise: [Float], snrDecibels: Float,
    sampleRate: Int = AudioClip.standardSampleRate
  ) -> [Float] {
    precondition(noise.count == x.count)
    let signalPower = Level.activePower(x, sampleRate: sampleRate)
    let noisePower = Level.power(noise)
    guard signalPower > 0, noisePower > 0 else { return x }
    let gain = Float((signalPower / noisePower / pow(10, Double(snrDecibels) / 10)).squareRoot())
    return zip(x, noise).map { $0 + gain * $1 }
  }

  /// `count` samples of `noise` from `offset` on, starting again at its beginning when it ends.
  ///
  /// - Precondition: `noise` is not empty and `offset` lies in it.
  package static func segment(of noise: [Float], from offset: Int, count: Int) -> [Float] {
    precondition(noise.indices.contains(offset))
    var result: [Float] = []
    result.reserveCapacity(count)
    var position = offset
    while result.count < count {
      let taken = min(count - result.count, noise.count - position)
      result.append(contentsOf: noise[position..<position + taken])
      position = 0
    }
    return result
  }
}
