/// Area under the recall that is reachable at or below each number of false accepts per hour.
public enum RecallArea {
  /// `1/limit · ∫₀^limit max{1 − miss(c) : accepts(c) ≤ x} dx`: the mean recall over budgets from none to `limit`.
  ///
  /// A step function without interpolation: between two cutoffs there is no third one. What microWakeWord calls average
  /// viable recall is the trapezoid of the same points up to 2 per hour.
  ///
  /// - Parameter points: of all cutoffs, in any order.
  /// - Returns: 0 when no cutoff keeps `limit`.
  /// - Precondition: `limit` is positive.
  public static func mean(
    _ points: [(acceptsPerHour: Double, recall: Double)], upTo limit: Double
  ) -> Double {
    precondition(limit > 0)
    let sorted = points.filter { $0.acceptsPerHour <= limit }
      .sorted { ($0.acceptsPerHour, -$0.recall) < ($1.acceptsPerHour, -$1.recall) }
    var area = 0.0
    var best = 0.0
    var at = 0.0
    for point in sorted {
      area += best * (point.acceptsPerHour - at)
      at = point.acceptsPerHour
      best = max(best, point.recall)
    }
    return (area + best * (limit - at)) / limit
  }
}
