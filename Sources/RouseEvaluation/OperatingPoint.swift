/// A cutoff and a window for the firmware, with what they cost on held-out recordings.
public struct OperatingPoint: Hashable, Sendable {
  /// What the firmware compares with, in steps of 1/255.
  public var cutoff: Int
  /// `sliding_window_size`
  public var window: Int
  public var misses: MissRate
  public var accepts: AcceptRate

  public init(cutoff: Int, window: Int, misses: MissRate, accepts: AcceptRate) {
    self.cutoff = cutoff
    self.window = window
    self.misses = misses
    self.accepts = accepts
  }

  /// `probability_cutoff` of a manifest, three decimals: ESPHome turns it into `Int(cutoff · 255)`, which is `cutoff`.
  ///
  /// The middle of the values that give this code, so that no rounding on the way reaches a neighbour.
  public var probabilityCutoff: Double {
    min(1, ((Double(cutoff) + 0.5) / 255 * 1000).rounded(.toNearestOrEven) / 1000)
  }

  /// The fewest misses within a limit of false accepts.
  public struct Row: Hashable, Sendable {
    /// False accepts per hour.
    public var limit: Double
    public var point: OperatingPoint
    /// False when the recordings are too short to claim the limit with 95 % confidence, although it was kept in them.
    public var isSupported: Bool
  }

  /// The limits at which wake-word models are usually compared.
  public static let comparedLimits = [0.36, 1, 2, 5, 10]
}

extension DetectionSweep {
  /// The point with the fewest misses among those with at most so many false accepts per hour.
  ///
  /// Of equal ones that with fewer accepts; then the window with the widest range of equally good cutoffs, where a
  /// shifted probability does the least harm, the smaller window of two; then the middle of that range. Without ambient
  /// recordings no point keeps any limit, and of all points the one with the highest cutoff is returned.
  public func choose(targetFalseAcceptsPerHour limit: Double) -> OperatingPoint {
    let search = PointSearch(
      windows: Self.windows, cutoffs: Self.cutoffs, mostAccepts: limit * ambientHours,
      misses: { misses(cutoff: $0, window: $1) }, accepts: { accepts(cutoff: $0, window: $1) })
    guard ambientHours > 0, let best = search.best() else {
      return point(cutoff: Self.cutoffs.upperBound, window: Self.windows.upperBound)
    }
    return point(cutoff: best.cutoff, window: best.window)
  }

  /// The best point within each limit.
  public func table(limits: [Double] = OperatingPoint.comparedLimits) -> [OperatingPoint.Row] {
    limits.map { limit in
      let point = choose(targetFalseAcceptsPerHour: limit)
      return .init(
        limit: limit, point: point, isSupported: point.accepts.supports(atMostPerHour: limit))
    }
  }
}
