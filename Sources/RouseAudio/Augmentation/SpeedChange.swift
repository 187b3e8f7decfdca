import Glibc
import RouseNumerics
import Synchronization

/// `y[n] ≈ x[n · factor]`: played `factor` times as fast, `1 / factor` times as long.
///
/// This is resampling: pitch and formants rise by the same factor, as with a smaller speaker who talks faster. A windowed
/// sinc of 32 taps (more when `factor` exceeds 1, for the lower cutoff) stands in a table of 128 places between two samples;
/// places between those are mixed from two.
///
/// - Quality: flat within 0.1 dB up to 0.75 of the lower of both bands, images and aliases below −60 dB
///   (`SpeedChangeTests`). Speech has little above; a recording that is kept as it is goes through `Resampler`.
/// - Source: Smith and Gossett, "A flexible sampling-rate conversion method", ICASSP 1984 (table and interpolation).
package enum SpeedChange {
  package static let factors: ClosedRange<Float> = 0.25...4

  /// - Parameter count: samples of the result; nil for `round(x.count / factor)`. Beyond the end of `x` is silence.
  /// - Precondition: `factor` lies in `factors`.
  package static func applied(to x: [Float], factor: Float, count: Int? = nil) -> [Float] {
    precondition(factors.contains(factor))
    let wanted = count ?? Int((Double(x.count) / Double(factor)).rounded())
    guard factor != 1 || wanted != x.count else { return x }
    let filter = Filter.shared(for: factor)
    let before = filter.taps / 2 - 1
    let reach = Int(Double(max(wanted, 1) - 1) * Double(factor)) + filter.taps
    let after = max(reach - before - x.count, 0)
    let padded =
      [Float](repeating: 0, count: before) + x + [Float](repeating: 0, count: after)
    return AudioKernels.resample(
      padded, start: 0, step: Double(factor), table: filter.table, phases: Filter.phases,
      taps: filter.taps, count: wanted)
  }

  /// One cutoff's table.
  private struct Filter: Sendable {
    /// Mixing two neighbours of 128 is wrong by at most `(π/128)² / 8`, −82 dB, and the table stays in the first cache.
    static let phases = 128
    /// With 32 taps the window falls by 70 dB within 0.135 of the sample rate.
    static let leastTaps = 32
    static let kaiserBeta = 6.8
    /// Cutoffs that tables exist for, in parts of the input's band.
    static let steps = 64

    let taps: Int
    /// `[phases + 1, taps]`
    let table: [Float]

    /// Made when first needed: at most 49 of them.
    private static let made = Mutex<[Int: Filter]>([:])

    static func shared(for factor: Float) -> Filter {
      let step = min(Int(Float(steps) / factor), steps)
      return made.withLock { filters in
        if let filter = filters[step] { return filter }
        let filter = Filter(step: step)
        filters[step] = filter
        return filter
      }
    }

    init(step: Int) {
      // The band's edge is the middle of the slope: what is mirrored there stays above 0.84 of the band.
      let cutoff = Double(step) / Double(Self.steps) * 0.92
      let taps = (Self.leastTaps * Self.steps / step + 7) / 8 * 8
      let half = Double(taps) / 2
      self.taps = taps
      table = (0...Self.phases).flatMap { phase -> [Float] in
        let row = (0..<taps).map { tap -> Double in
          let distance = Double(phase) / Double(Self.phases) + half - 1 - Double(tap)
          return Self.sinc(cutoff * distance) * Self.window(distance / half)
        }
        // A constant stays what it is at every place.
        let sum = row.reduce(0, +)
        return row.map { Float($0 / sum) }
      }
    }

    private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

    /// Kaiser's window at `x` in `-1...1`.
    private static func window(_ x: Double) -> Double {
      bessel(kaiserBeta * max(0, 1 - x * x).squareRoot()) / bessel(kaiserBeta)
    }

    /// The modified Bessel function of order 0 by its series.
    private static func bessel(_ x: Double) -> Double {
      var term = 1.0
      var sum = 1.0
      for k in 1...40 {
        term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
        sum += term
      }
      return sum
    }
  }
}
