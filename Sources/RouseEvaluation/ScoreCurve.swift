/// Receiver operating characteristic of clips: scores of clips with the word against scores of other clips.
///
/// A clip's score is the highest cutoff at which something is detected in it, 0 when nothing ever is. At threshold `c` a
/// clip is accepted when its score is at least `c`:
///
/// - `miss(c)` = share of positives with a score below `c`
/// - `falsePositive(c)` = share of negatives with a score of at least `c`
public struct ScoreCurve: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    /// 0 accepts everything; one more than the highest score accepts nothing.
    public var threshold: Int
    public var falsePositive: Double
    public var miss: Double
  }

  /// From the threshold that accepts everything to the one that accepts nothing; one point for each different pair.
  public let points: [Point]
  public let positives: Int
  public let negatives: Int

  /// nil without clips of one of the two kinds.
  public init?(positives: [UInt8], negatives: [UInt8]) {
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    self.positives = positives.count
    self.negatives = negatives.count
    func below(_ scores: [UInt8]) -> [Int] {
      var counts = [Int](repeating: 0, count: 257)
      for score in scores { counts[Int(score) + 1] += 1 }
      for index in 1...256 { counts[index] += counts[index - 1] }
      return counts
    }
    let (missed, rejected) = (below(positives), below(negatives))
    var points: [Point] = []
    for threshold in 0...256 {
      let point = Point(
        threshold: threshold,
        falsePositive: Double(negatives.count - rejected[threshold]) / Double(negatives.count),
        miss: Double(missed[threshold]) / Double(positives.count))
      if let last = points.last, last.falsePositive == point.falsePositive, last.miss == point.miss
      {
        continue
      }
      points.append(point)
    }
    self.points = points
  }

  /// The rate at which misses and false positives are equally frequent, on straight lines between neighbouring points.
  public var equalErrorRate: Double {
    var last = points[0]
    for point in points.dropFirst() {
      let (before, after) = (last.falsePositive - last.miss, point.falsePositive - point.miss)
      if after <= 0 {
        let share = before == after ? 0 : before / (before - after)
        return last.miss + share * (point.miss - last.miss)
      }
      last = point
    }
    return last.miss
  }

  /// `1/limit · ∫₀^limit (1 − miss) d(falsePositive)`, trapezoids between neighbouring points: 1 for a detector without
  /// fault, `limit / 2` for one that guesses. With a limit of 1 it is the area under the curve.
  ///
  /// - Precondition: `limit` in `0…1`, not 0.
  public func partialArea(upTo limit: Double = 1) -> Double {
    precondition(limit > 0 && limit <= 1)
    var area = 0.0
    for (right, left) in zip(points, points.dropFirst()) where left.falsePositive < limit {
      let width = right.falsePositive - left.falsePositive
      guard width > 0 else { continue }
      let end = min(limit, right.falsePositive)
      let share = (end - left.falsePositive) / width
      let height = 1 - left.miss
      let top = height + share * (left.miss - right.miss)
      area += (end - left.falsePositive) * (height + top) / 2
    }
    return area / limit
  }
}
