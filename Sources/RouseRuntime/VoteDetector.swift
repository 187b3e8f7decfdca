/// `hit[t] = |{i ∈ t − n + 1 … t : p[i] > cutoff}| ≥ k`: at least `k` of the last `n` probabilities are above the cutoff.
///
/// The votes are forgotten after a hit. With `k = n` this is the patience of openWakeWord: so many in a row.
///
/// - Units: codes of 0…255.
public struct VoteDetector: StreamingRule, Hashable {
  public let cutoff: UInt8
  /// `k`
  public let needed: Int
  private var votes: [Bool]
  private var oldest = 0
  private var count = 0

  /// - Parameter window: `n`
  /// - Precondition: `1 <= needed <= window`.
  public init(cutoff: UInt8, needed: Int, window: Int) {
    precondition(needed >= 1 && needed <= window)
    self.cutoff = cutoff
    self.needed = needed
    votes = [Bool](repeating: false, count: window)
  }

  public mutating func push(_ code: UInt8) -> Bool {
    count += (code > cutoff ? 1 : 0) - (votes[oldest] ? 1 : 0)
    votes[oldest] = code > cutoff
    oldest = oldest + 1 == votes.count ? 0 : oldest + 1
    guard count >= needed else { return false }
    reset()
    return true
  }

  public mutating func reset() {
    for index in votes.indices { votes[index] = false }
    count = 0
  }
}
