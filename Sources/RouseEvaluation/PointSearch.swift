/// Picks a cutoff and a window within a limit of false accepts, from counts alone.
struct PointSearch {
  var windows: ClosedRange<Int>
  var cutoffs: ClosedRange<Int>
  /// The most accepts that are allowed.
  var mostAccepts: Double
  var misses: (_ cutoff: Int, _ window: Int) -> Int
  var accepts: (_ cutoff: Int, _ window: Int) -> Int

  /// The fewest misses; of equal ones the fewest accepts; then the window with the widest range of equally good cutoffs,
  /// where a shifted probability does the least harm, the smaller window of two; then the middle of that range.
  ///
  /// - Returns: nil when no point keeps the limit.
  func best() -> (cutoff: Int, window: Int)? {
    var best: (misses: Int, accepts: Int)?
    var tied: [Int: [Int]] = [:]
    for window in windows {
      for cutoff in cutoffs {
        let accepts = accepts(cutoff, window)
        guard Double(accepts) <= mostAccepts else { continue }
        let key = (misses: misses(cutoff, window), accepts: accepts)
        if best.map({ key < $0 }) ?? true {
          best = key
          tied = [:]
        }
        if best.map({ key == $0 }) ?? false { tied[window, default: []].append(cutoff) }
      }
    }
    return tied.map { (window: $0.key, run: Self.longestRun($0.value)) }
      .max { ($0.run.count, -$0.window) < ($1.run.count, -$1.window) }
      .map { ($0.run[($0.run.count - 1) / 2], $0.window) }
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
