import RouseNumerics

/// Chooses among things in proportion to their weights.
package struct WeightedChoice: Sendable {
  private let count: Int
  /// The sum of the weights up to and with each thing; nil when all are equal.
  private let sums: [Double]?

  /// - Precondition: weights are positive.
  package init(_ weights: [Double]) {
    count = weights.count
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

  /// An index. - Precondition: there is something to choose.
  package func draw(_ generator: inout SeededGenerator) -> Int {
    guard let sums, let total = sums.last else { return generator.below(count) }
    return Self.index(of: Double(generator.unit()) * total, in: sums)
  }

  /// Choice `index` of `choices` that are spread evenly over all things, each as often as its weight says.
  ///
  /// - Precondition: there is something to choose.
  package func spread(_ index: Int, of choices: Int) -> Int {
    guard let sums, let total = sums.last else { return index % count }
    return Self.index(of: (Double(index) + 0.5) / Double(choices) * total, in: sums)
  }

  /// The first thing whose sum is above `value`.
  private static func index(of value: Double, in sums: [Double]) -> Int {
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Clips that are drawn in proportion to the weights of their sources.
package struct WeightedClips: Sendable {
  package let clips: [Clip]
  private let choice: WeightedChoice

  package init(_ clips: [Clip]) {
    self.clips = clips
    choice = WeightedChoice(clips.map(\.weight))
  }

  package var isEmpty: Bool { clips.isEmpty }

  func draw(_ generator: inout SeededGenerator) -> Clip { clips[choice.draw(&generator)] }

  func spread(_ index: Int, of count: Int) -> Clip { clips[choice.spread(index, of: count)] }
}
