import RouseIR
import RouseNumerics
import RouseRuntime

/// How often the values of a group took which size, as a histogram over their whole range, and the ranges that are worth
/// trying.
struct ValueDistribution {
  /// Fine enough for the eight bits that are chosen, 16 bins to a step.
  static let bins = 4096
  /// Shares of the values that a range keeps.
  static let shares = [("99.99 %", 0.9999), ("99.9 %", 0.999)]

  let range: ValueRange
  private var counts: [Int]
  private let binsPerUnit: Float

  init(_ range: ValueRange) {
    self.range = ValueRange(low: min(range.low, 0), high: max(range.high, 0))
    let width = self.range.high - self.range.low
    binsPerUnit = width > 0 ? Float(Self.bins) / width : 0
    counts = Array(repeating: 0, count: Self.bins)
  }

  mutating func add(_ view: FloatView, count: Int) {
    view.addHistogram(
      to: &counts, count: count, low: range.low, binsPerUnit: binsPerUnit)
  }

  /// One for each group, over the reference's streams.
  static func observe(
    _ groups: [[String]], of model: CalibratedModel, over reference: LogitReference
  ) throws(GraphError) -> [ValueDistribution] {
    let network = try FloatStreams(
      model.deployable.streaming, counts: [reference.stream.count])
    var distributions: [ValueDistribution] = []
    var places: [(view: FloatView, narrowRows: Int, channels: Int)] = []
    var owner: [Int] = []
    for (index, group) in groups.enumerated() {
      let ranges = group.compactMap { model.choices.ranges[$0] }
      distributions.append(ValueDistribution(ValueRange(of: ranges) ?? .init(low: 0, high: 0)))
      for name in group {
        guard let place = network.place(of: name) else { throw .notCalibrated(value: name) }
        places.append(place)
        owner.append(index)
      }
    }
    try network.run([reference.stream]) { block in
      for (place, index) in zip(places, owner) {
        let used = network.blocks.usedRows(
          block, narrow: place.narrowRows, wide: place.view.count / place.channels)
        distributions[index].add(place.view, count: used * place.channels)
      }
    }
    return distributions
  }

  // MARK: - Candidates

  /// The whole range first; each range once.
  var candidates: [(name: String, range: ValueRange)] {
    var result = [(name: "min/max", range: range)]
    for (name, share) in Self.shares { result.append((name, keeping(share))) }
    result.append(("least squares", leastSquares))
    var seen: Set<ValueRange> = []
    return result.filter { seen.insert($0.range).inserted }
  }

  private var total: Int { counts.reduce(0, +) }

  /// The real value where bin `index` begins.
  private func edge(_ index: Int) -> Float {
    index == Self.bins
      ? range.high : range.low + (range.high - range.low) * Float(index) / Float(Self.bins)
  }

  /// The range without the outermost values: a share of `1 − share` of them, half on each side if there are two.
  private func keeping(_ share: Double) -> ValueRange {
    let isOneSided = range.low == 0 || range.high == 0
    let outside = Int((1 - share) * Double(total) / (isOneSided ? 1 : 2))
    var (first, last) = (0, Self.bins)
    var dropped = 0
    while range.low < 0, first < Self.bins, dropped + counts[first] <= outside {
      dropped += counts[first]
      first += 1
    }
    dropped = 0
    while range.high > 0, last > first, dropped + counts[last - 1] <= outside {
      dropped += counts[last - 1]
      last -= 1
    }
    return ValueRange(low: min(edge(first), 0), high: max(edge(last), 0))
  }

  /// The range, shrunk on both sides by one factor, with the least mean square of what is cut off and what is rounded.
  private var leastSquares: ValueRange {
    var best = (range: range, error: Double.infinity)
    for percent in stride(from: 100, through: 20, by: -4) {
      let factor = Float(percent) / 100
      let tried = ValueRange(low: range.low * factor, high: range.high * factor)
      let step = Double(tried.high - tried.low) / 255
      // The mean square of rounding to steps is step²/12.
      var error = Double(total) * step * step / 12
      for (index, count) in counts.enumerated() where count > 0 {
        let value = Double(edge(index) + edge(index + 1)) / 2
        let outside = max(value - Double(tried.high), Double(tried.low) - value, 0)
        error += Double(count) * outside * outside
      }
      if error < best.error { best = (tried, error) }
    }
    return best.range
  }
}
