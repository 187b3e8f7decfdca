/// Another rule with a refractory time: for `steps` invocations after a detection its detections do not count.
///
/// The inner rule goes on hearing meanwhile; what it detects then does not make the time longer.
///
/// - Source: microWakeWord's `test.py` ignores 25 invocations (0.75 s), the platform of sarpel 500 ms.
public struct Lockout: StreamingRule {
  public let steps: Int
  private var rule: any StreamingRule
  private var left = 0

  /// - Precondition: `steps >= 0`.
  public init(_ rule: any StreamingRule, steps: Int) {
    precondition(steps >= 0)
    self.rule = rule
    self.steps = steps
  }

  public mutating func push(_ code: UInt8) -> Bool {
    let isHit = rule.push(code)
    guard left == 0 else {
      left -= 1
      return false
    }
    if isHit { left = steps }
    return isHit
  }

  public mutating func reset() {
    rule.reset()
    left = 0
  }
}
