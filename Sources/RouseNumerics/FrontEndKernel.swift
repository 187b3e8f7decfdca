import CKernels

/// The integer kernels of the micro front-end: rows of 40 numbers for up to 16 windows of 480 samples at once.
///
/// The result is the same on every processor. Formulas and sources are in `front_end.c` and `front_end_channels.c`.
package struct FrontEndKernel: Sendable {
  /// Windows of one call; fewer cost as much.
  package static let windows = ROUSE_FRONT_END_WINDOWS
  package static let windowSamples = ROUSE_FRONT_END_SAMPLES
  package static let channels = ROUSE_FRONT_END_CHANNELS

  /// Frozen numbers; the kernels compute none of their own.
  package struct Tables: Sendable {
    /// 480 factors of 12 fractional bits.
    private let window: [Int16]
    /// Real and imaginary part of `e^(−2πi·n/512)` for `n` in `0...384`, times 32767.
    private let factors: [Int16]
    /// One of 12 fractional bits for each bin from the first band on.
    private let weights: [UInt16]
    /// The first bin of each of 41 bands, then the end of the last.
    private let bands: [Int32]
    /// The gain at noise estimates 0 and 1, then start, slope and curve from each power of two on.
    private let gainFirst: [Int32]
    private let gainSegments: [Int32]
    /// What a straight line misses of log2, 16 fractional bits.
    private let logCorrections: [Int32]

    package init(
      window: [Int16], factors: [Int16], weights: [UInt16], bands: [Int], gainFirst: [Int32],
      gainSegments: [Int32], logCorrections: [Int32]
    ) {
      precondition(window.count == windowSamples && factors.count == 2 * 385)
      precondition(bands.count == channels + 2 && bands == bands.sorted())
      precondition(bands[0] > 0 && bands[channels + 1] <= 256)
      precondition(weights.count == bands[channels + 1] - bands[0])
      precondition(gainFirst.count == 2 && gainSegments.count == 31 * 3)
      precondition(logCorrections.count == 129)
      self.window = window
      self.factors = factors
      self.weights = weights
      self.bands = bands.map(Int32.init)
      self.gainFirst = gainFirst
      self.gainSegments = gainSegments
      self.logCorrections = logCorrections
    }

    /// The tables as C sees them, valid until `body` returns.
    fileprivate func withPointers(_ body: (UnsafePointer<rouse_front_end_tables>) -> Void) {
      func with(
        _ w: UnsafePointer<Int16>, _ f: UnsafePointer<Int16>, _ m: UnsafePointer<UInt16>,
        _ b: UnsafePointer<Int32>, _ g: UnsafePointer<Int32>, _ s: UnsafePointer<Int32>,
        _ l: UnsafePointer<Int32>
      ) {
        var tables = rouse_front_end_tables(
          window: w, factors: f, weights: m, bands: b, gain_first: g, gain_segments: s,
          log_corrections: l)
        body(&tables)
      }
      with(window, factors, weights, bands, gainFirst, gainSegments, logCorrections)
    }
  }

  private let tables: Tables
  /// Energies of the channels and bits of scaling, of the windows being computed.
  private var sums = [UInt64](repeating: 0, count: windows * channels)
  private var shifts = [UInt32](repeating: 0, count: windows)
  /// The noise estimate of every channel.
  package private(set) var estimates = [UInt32](repeating: 0, count: channels)

  package init(_ tables: Tables) { self.tables = tables }

  /// Forgets the noise.
  package mutating func reset() {
    for channel in estimates.indices { estimates[channel] = 0 }
  }

  /// Appends the rows of `count` windows, the first at `samples[0]`, each `step` samples after the one before.
  package mutating func appendRows(
    _ samples: [Int16], step: Int, count: Int, to rows: inout [UInt16]
  ) {
    precondition(count > 0 && count <= Self.windows && step >= 0, "no such windows")
    precondition((count - 1) * step + Self.windowSamples <= samples.count, "reads outside samples")
    let tables = tables
    tables.withPointers { tables in
      rouse_front_end_energies(samples, Int64(step), Int64(count), tables, &sums, &shifts)
      rows += [UInt16](unsafeUninitializedCapacity: count * Self.channels) { buffer, made in
        made = count * Self.channels
        guard let target = buffer.baseAddress else { return }
        rouse_front_end_rows(sums, shifts, Int64(count), tables, &estimates, target)
      }
    }
  }

  /// `√x` to the nearest integer as the front-end takes it: at most 65535 where `x < 2^32`.
  ///
  /// - Precondition: every `x` is below 2^48.
  package static func roundedSquareRoots(_ x: [UInt64]) -> [UInt32] {
    precondition(x.allSatisfy { $0 < 1 << 48 })
    var roots = [UInt32](repeating: 0, count: x.count)
    rouse_rounded_roots(x, &roots, Int64(x.count))
    return roots
  }
}
