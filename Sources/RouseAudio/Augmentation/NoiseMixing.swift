import Glibc
import RouseNumerics

/// Noise added at a signal-to-noise ratio.
package enum NoiseMixing {
  /// `x + g · noise` with `g` such that `10 · log10(P(x) / P(g · noise)) = snrDecibels`.
  ///
  /// `P(x)` is the power of the active part of `x` (`Level.activePower`), `P(noise)` the mean power of the noise under the
  /// clip. Silence, as `x` or as `noise`, has no ratio: `x` stays as it is.
  ///
  /// - Parameter offset: where in `noise` the clip begins; noise that ends starts again at its beginning.
  /// - Precondition: `noise` is not empty and `offset` lies in it.
  package static func mix(
    _ noise: [Float], from offset: Int = 0, into x: inout [Float], snrDecibels: Float,
    sampleRate: Int = AudioClip.standardSampleRate
  ) {
    let pieces = pieces(of: noise, from: offset, count: x.count)
    let signalPower = Level.activePower(x, sampleRate: sampleRate)
    let noiseSquares = pieces.reduce(0) { $0 + AudioKernels.sumOfSquares(noise, $1) }
    guard signalPower > 0, noiseSquares > 0 else { return }
    let noisePower = noiseSquares / Double(x.count)
    let gain = Float((signalPower / noisePower / pow(10, Double(snrDecibels) / 10)).squareRoot())
    var position = 0
    for piece in pieces {
      AudioKernels.add(noise, piece, times: gain, to: &x, at: position)
      position += piece.count
    }
  }

  /// `count` samples of `noise` from `offset` on, starting again at its beginning when it ends.
  ///
  /// - Precondition: `noise` is not empty and `offset` lies in it.
  package static func segment(
    of noise: any SoundSource, from offset: Int, count: Int
  ) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count)
    for piece in pieces(of: noise, from: offset, count: count) {
      result.append(contentsOf: noise.floats(piece))
    }
    return result
  }

  /// The ranges of `noise` that follow one another under a clip of `count` samples.
  private static func pieces(
    of noise: any SoundSource, from offset: Int, count: Int
  ) -> [Range<Int>] {
    precondition((0..<noise.count).contains(offset))
    var result: [Range<Int>] = []
    var position = offset
    var left = count
    while left > 0 {
      let taken = min(left, noise.count - position)
      result.append(position..<position + taken)
      left -= taken
      position = 0
    }
    return result
  }
}
