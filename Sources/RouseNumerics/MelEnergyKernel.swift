import CKernels

/// The integer kernel of the micro front-end: energies of 40 mel channels for up to 16 windows of 480 samples at once.
///
/// The result is the same on every processor. The formula and its source are in `front_end.c`.
package struct MelEnergyKernel: Sendable {
  /// Windows of one call; fewer cost as much.
  package static let windows = ROUSE_FRONT_END_WINDOWS
  package static let windowSamples = ROUSE_FRONT_END_SAMPLES
  package static let channels = ROUSE_FRONT_END_CHANNELS

  private let window: [Int16]
  private let factors: [Int16]
  private let weights: [UInt16]
  private let bands: [Int32]

  /// - Parameters:
  ///   - window: 480 factors of 12 fractional bits.
  ///   - factors: real and imaginary part of `e^(−2πi·n/512)` for `n` in `0...384`, times 32767.
  ///   - weights: one of 12 fractional bits for each bin from the first band on.
  ///   - bands: the first bin of each of 41 bands, then the end of the last.
  package init(window: [Int16], factors: [Int16], weights: [UInt16], bands: [Int]) {
    precondition(window.count == Self.windowSamples && factors.count == 2 * 385)
    precondition(bands.count == Self.channels + 2 && bands == bands.sorted())
    precondition(bands[0] > 0 && bands[Self.channels + 1] <= 256)
    precondition(weights.count == bands[Self.channels + 1] - bands[0])
    self.window = window
    self.factors = factors
    self.weights = weights
    self.bands = bands.map(Int32.init)
  }

  /// Energies of `count` windows, the first at `samples[0]`, each `step` samples after the one before.
  ///
  /// - Parameters:
  ///   - sums: `[16, 40]`; rows from `count` on are overwritten and mean nothing.
  ///   - shifts: `[16]`; energies are scaled by `2^(2 · shift)`.
  package func compute(
    _ samples: borrowing Span<Int16>, step: Int, count: Int, sums: inout MutableSpan<UInt64>,
    shifts: inout MutableSpan<UInt32>
  ) {
    precondition(count > 0 && count <= Self.windows && step >= 0, "no such windows")
    precondition((count - 1) * step + Self.windowSamples <= samples.count, "reads outside samples")
    precondition(sums.count >= Self.windows * Self.channels && shifts.count >= Self.windows)
    samples.withUnsafeBufferPointer { samples in
      sums.withUnsafeMutableBufferPointer { sums in
        shifts.withUnsafeMutableBufferPointer { shifts in
          withTables { tables in
            // None is empty, so each has an address; all live until the call returns.
            guard let source = samples.baseAddress, let sums = sums.baseAddress,
              let shifts = shifts.baseAddress
            else { return }
            rouse_front_end_energies(source, Int64(step), Int64(count), tables, sums, shifts)
          }
        }
      }
    }
  }

  /// The tables as C sees them, valid until `body` returns.
  private func withTables(_ body: (UnsafePointer<rouse_front_end_tables>) -> Void) {
    window.withUnsafeBufferPointer { window in
      factors.withUnsafeBufferPointer { factors in
        weights.withUnsafeBufferPointer { weights in
          bands.withUnsafeBufferPointer { bands in
            var tables = rouse_front_end_tables(
              window: window.baseAddress, factors: factors.baseAddress,
              weights: weights.baseAddress, bands: bands.baseAddress)
            body(&tables)
          }
        }
      }
    }
  }
}
