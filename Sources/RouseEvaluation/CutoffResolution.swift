/// Whether a model's probabilities are fine enough around a chosen cutoff to hold a target.
///
/// Probabilities crowd near 1, where a code of 1/256 is coarse: one code further the false accepts may be a multiple.
public struct CutoffResolution: Hashable, Sendable {
  /// The chosen cutoff.
  public var cutoff: Int
  /// False accepts per hour at the chosen cutoff and at the next lower cutoff that gives other counts; nil when no lower
  /// one does.
  public var perHour: Double
  public var perHourBelow: Double?
  /// Pairs of misses and accepts that cutoffs from the chosen one up can give, without the one that misses everything.
  public var pointsFromHere: Int
  public var limit: Double

  /// Fewer different points than this leave nothing to choose from when the room is noisier than the recordings.
  public static let fewestPoints = 4

  /// The next code below more than doubles the target while this one keeps it with half to spare: between them the
  /// target lies, and no code.
  public var jumpsOverTarget: Bool {
    guard let perHourBelow else { return false }
    return perHourBelow > 2 * limit && perHour < limit / 2
  }

  public var isCoarse: Bool { jumpsOverTarget || pointsFromHere < Self.fewestPoints }

  /// - Parameters:
  ///   - limit: the target in false accepts per hour.
  ///   - misses: for each cutoff.
  ///   - clips: how many misses are all.
  public init(
    cutoff: Int, cutoffs: ClosedRange<Int>, limit: Double, hours: Double, clips: Int,
    misses: (Int) -> Int, accepts: (Int) -> Int
  ) {
    precondition(cutoffs.contains(cutoff) && hours > 0)
    self.cutoff = cutoff
    self.limit = limit
    perHour = Double(accepts(cutoff)) / hours
    let lower = (cutoffs.lowerBound..<cutoff).last {
      misses($0) != misses(cutoff) || accepts($0) != accepts(cutoff)
    }
    perHourBelow = lower.map { Double(accepts($0)) / hours }
    var points = 0
    var last: (Int, Int)?
    for candidate in cutoff...cutoffs.upperBound where misses(candidate) < clips {
      let point = (misses(candidate), accepts(candidate))
      if last.map({ $0 != point }) ?? true { points += 1 }
      last = point
    }
    pointsFromHere = points
  }
}
