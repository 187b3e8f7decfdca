import Glibc
import RouseNumerics

/// `x` spoken more slowly or faster: another length at the same pitch.
///
/// Segments of `x` follow one another with crossfades (WSOLA). The segment that would follow naturally is taken as long as
/// it lies within 10 ms of where it should; else the one within 10 ms that resembles it most, by least squared difference.
/// A steady tone stays steady, and no sample is further from its place than 10 ms.
///
/// - Source: Verhelst and Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
///   time-scale modification of speech", ICASSP 1993.
package enum TimeStretch {
  package static let factors: ClosedRange<Double> = 0.25...4

  /// Samples of a crossfade, and from segment to segment: 16 ms, a few periods of any voice.
  private static let hop = 256
  /// 10 ms each way: a whole period down to 50 Hz.
  private static let reach = 160
  /// The first search looks at every fourth place: a period of 4 kHz, above what decides resemblance.
  private static let coarse = 4

  private static let rise: [Float] = (0..<hop).map {
    Float(0.5 - 0.5 * cos(.pi * (Double($0) + 0.5) / Double(hop)))
  }

  /// `count` samples that last as long as all of `x`.
  ///
  /// - Precondition: `count / x.count` lies in `factors`.
  package static func stretched(_ x: [Float], to count: Int) -> [Float] {
    guard !x.isEmpty, count != x.count else { return x }
    let rate = Double(x.count) / Double(count)
    precondition(factors.contains(1 / rate))
    let padded = x + [Float](repeating: 0, count: 2 * reach + 3 * hop)
    var y = Array(padded[..<min(hop, count)])
    y.reserveCapacity(count + hop)
    var current = 0
    while y.count < count {
      let following = current + hop
      let wanted = Int((Double(y.count) * rate).rounded())
      current = segment(padded, following: following, near: wanted)
      if current == following {
        y.append(contentsOf: padded[following..<following + hop])
      } else {
        for n in 0..<hop {
          let old = padded[following + n]
          y.append(old + rise[n] * (padded[current + n] - old))
        }
      }
    }
    y.removeLast(y.count - count)
    return y
  }

  /// Where the next segment begins.
  private static func segment(_ x: [Float], following: Int, near wanted: Int) -> Int {
    guard abs(following - wanted) > reach else { return following }
    let range = max(wanted - reach, 0)..<wanted + reach + 1
    let found = AudioKernels.nearestSegment(
      to: following, in: x, offsets: range, stride: coarse, count: hop)
    return AudioKernels.nearestSegment(
      to: following, in: x, offsets: max(found - coarse + 1, 0)..<found + coarse, stride: 1,
      count: hop)
  }
}
