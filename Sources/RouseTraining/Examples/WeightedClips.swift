import RouseNumerics

/// Clips that are drawn in proportion to the weights of their sources.
package struct WeightedClips: Sendable {
  package let clips: [Clip]
  /// The sum of the weights up to and with each clip; nil when all are equal.
  private let sums: [Double]?

  package init(_ clips: [Clip]) {
    self.clips = clips
    let weights = clips.map(\.weight)
    guard let first = weights.first, weights.contains(where: { $0 != first }) else {
      sums = nil
      return
    }
    var sum = 0.0
    sums = weights.map { weight in
      sum += weight
      return sum
    }
  }

  package var isEmpty: Bool { clips.isEmpty }

  /// - Precondition: not empty.
  func draw(_ generator: inout SeededGenerator) -> Clip {
    guard let sums, let total = sums.last else { return clips[generator.below(clips.count)] }
    return clips[Self.index(of: Double(generator.unit()) * total, in: sums)]
  }

  /// Clip `index` of `count` that are spread evenly over all, each as often as its weight says.
  ///
  /// - Precondition: not empty.
  func spread(_ index: Int, of count: Int) -> Clip {
    guard let sums, let total = sums.last else { return clips[index % clips.count] }
    return clips[Self.index(of: (Double(index) + 0.5) / Double(count) * total, in: sums)]
  }

  /// The first clip whose sum is above `value`.
  private static func index(of value: Double, in sums: [Double]) -> Int {
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
