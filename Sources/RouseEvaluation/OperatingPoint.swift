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
    var best: (misses: Int, accepts: Int)?
    var tied: [Int: [Int]] = [:]
    for window in Self.windows {
      for cutoff in Self.cutoffs {
        let accepts = accepts(cutoff: cutoff, window: window)
        guard Double(accepts) <= limit * ambientHours, ambientHours > 0 else { continue }
        let key = (misses: misses(cutoff: cutoff, window: window), accepts: accepts)
        if best.map({ key < $0 }) ?? true {
          best = key
          tied = [:]
        }
        if best.map({ key == $0 }) ?? false { tied[window, default: []].append(cutoff) }
      }
    }
    let widest = tied.map { (window: $0.key, run: Self.longestRun($0.value)) }
      .max { ($0.run.count, -$0.window) < ($1.run.count, -$1.window) }
    guard let widest else {
      return point(cutoff: Self.cutoffs.upperBound, window: Self.windows.upperBound)
    }
    return point(cutoff: widest.run[(widest.run.count - 1) / 2], window: widest.window)
  }

  /// The best point within each limit.
  public func table(limits: [Double] = OperatingPoint.comparedLimits) -> [OperatingPoint.Row] {
    limits.map { limit in
      let point = choose(targetFalseAcceptsPerHour: limit)
      return .init(
        limit: limit, point: point, isSupported: point.accepts.supports(atMostPerHour: limit))
    }
  }

  /// The longest stretch of neighbours; the first of equal ones.
  private static func longestRun(_ cutoffs: [Int]) -> [Int] {
    var best: [Int] = []
    var run: [Int] = []
    for cutoff in cutoffs {
      if run.last.map({ $0 + 1 != cutoff }) ?? false { run = [] }
      run.append(cutoff)
      if run.count > best.count { best = run }
    }
    return best
  }
}
