/// One detection each time the probability rises through the upper threshold, after it was below the lower one.
///
/// `hit[t] = armed[t − 1] ∧ p[t] > upper`, `armed[t] = (armed[t − 1] ∧ ¬hit[t]) ∨ p[t] < lower`; armed at the start.
/// A word whose probability wavers around one threshold counts once.
///
/// - Units: codes of 0…255.
/// - Source: the wake-word training platform of sarpel, which ships 0.85 and 0.35 as its defaults.
public struct HysteresisDetector: StreamingRule, Hashable {
  public let upper: UInt8
  public let lower: UInt8
  private var isArmed = true

  /// - Precondition: `lower <= upper`.
  public init(upper: UInt8, lower: UInt8) {
    precondition(lower <= upper)
    self.upper = upper
    self.lower = lower
  }

  public mutating func push(_ code: UInt8) -> Bool {
    let isHit = isArmed && code > upper
    isArmed = isArmed && !isHit || code < lower
    return isHit
  }

  public mutating func reset() { isArmed = true }
}
