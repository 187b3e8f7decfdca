/// Energies of 40 overlapping mel channels from the energies of the bins.
///
/// `sum[c] = Σ (4096 − weight)·energy` over band `c` plus `Σ weight·energy` over band `c + 1`, see `MelWeights`.
///
/// Running sums over all bins come first and bands are differences of them: one loop without a branch instead of 41 short
/// ones. Sums wrap at 64 bits, where differences of running sums are exact.
struct MelFilterbank: Sendable {
  /// One number per channel, 12 fractional bits.
  private(set) var sums: [UInt64]

  /// `Σ energy` and `Σ weight·energy` over the bins before each bin, from the first band on.
  private var energyBefore: [UInt64]
  private var weightedBefore: [UInt64]
  private let weights = MelWeights.weights
  /// Starts of the bands and the end of the last, from the first band on.
  private let bandStarts = MelWeights.bandStarts.map { $0 - MelWeights.bandStarts[0] }

  init() {
    sums = [UInt64](repeating: 0, count: MicroFrontEnd.channels)
    energyBefore = [UInt64](repeating: 0, count: MelWeights.weights.count + 1)
    weightedBefore = energyBefore
  }

  /// Sets `sums`. `energies` begins with bin 0.
  mutating func apply(to energies: [UInt32]) {
    Self.accumulate(energies, weights, &energyBefore, &weightedBefore)
    var start = (energy: UInt64(0), weighted: UInt64(0))
    var rising: UInt64 = 0
    for band in 0...MicroFrontEnd.channels {
      let end = (
        energy: energyBefore[bandStarts[band + 1]], weighted: weightedBefore[bandStarts[band + 1]]
      )
      let falling = end.weighted &- start.weighted
      if band > 0 { sums[band - 1] = rising &+ falling }
      rising = ((end.energy &- start.energy) &<< UInt64(MelWeights.fractionalBits)) &- falling
      start = end
    }
  }

  private static func accumulate(
    _ energies: [UInt32], _ weights: [UInt16], _ energyBefore: inout [UInt64],
    _ weightedBefore: inout [UInt64]
  ) {
    let energies = energies.span.extracting(droppingFirst: MelWeights.bandStarts[0])
    let weights = weights.span
    var energyBefore = energyBefore.mutableSpan
    var weightedBefore = weightedBefore.mutableSpan
    var energy: UInt64 = 0
    var weighted: UInt64 = 0
    for bin in weights.indices {
      let value = UInt64(energies[bin])
      energy &+= value
      weighted &+= value &* UInt64(weights[bin])
      energyBefore[bin + 1] = energy
      weightedBefore[bin + 1] = weighted
    }
  }
}
