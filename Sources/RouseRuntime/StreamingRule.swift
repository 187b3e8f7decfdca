/// What makes detections out of a stream of probabilities, one code of 0…255 for each invocation.
public protocol StreamingRule: Sendable {
  /// Takes the code of one invocation.
  ///
  /// - Returns: true when the wake word is detected now.
  mutating func push(_ code: UInt8) -> Bool

  /// Forgets everything: what comes next is the first code of a device that has just started.
  mutating func reset()
}

extension StreamingDetector: StreamingRule {}

extension StreamingRule {
  /// The invocations, counted from 0, at which a rule that has just started detects the word.
  public func detections(in codes: [UInt8]) -> [Int] {
    var rule = self
    rule.reset()
    return codes.indices.filter { rule.push(codes[$0]) }
  }
}
