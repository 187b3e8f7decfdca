/// A streaming rule without its cutoff, so that every cutoff can be tried.
///
/// As text: `esphome`, `hysteresis:UPPER,LOWER`, `votes:K/N` or `votes:K/N:CUTOFF`, with probabilities of 0 to 1.
public enum DetectionRule: Hashable, Sendable {
  /// `StreamingDetector`: the mean of a window, and a deaf second.
  case esphome(window: Int)
  /// `HysteresisDetector`: the lower threshold falls with the upper one, `lower / upper` of it.
  case hysteresis(upper: UInt8, lower: UInt8)
  /// `VoteDetector`: `needed` of `window`.
  case votes(needed: Int, window: Int)

  /// A rule that has just started.
  ///
  /// - Parameters:
  ///   - cutoff: in steps of 1/255; the upper threshold of a hysteresis.
  ///   - stride: features between two invocations.
  ///   - lockoutSteps: invocations after a detection that cannot be another one; 0 for none.
  public func detector(cutoff: UInt8, stride: Int, lockoutSteps: Int) -> any StreamingRule {
    let rule: any StreamingRule =
      switch self {
      case .esphome(let window): StreamingDetector(cutoff: cutoff, window: window, stride: stride)
      case .hysteresis(let upper, let lower):
        HysteresisDetector(
          upper: cutoff, lower: UInt8(Int(cutoff) * Int(lower) / max(1, Int(upper))))
      case .votes(let needed, let window):
        VoteDetector(cutoff: cutoff, needed: needed, window: window)
      }
    return lockoutSteps > 0 ? Lockout(rule, steps: lockoutSteps) : rule
  }

  /// One line for people: what is detected with this cutoff.
  public func text(cutoff: UInt8) -> String {
    switch self {
    case .esphome(let window): "mean of \(window) above \(cutoff)/255, then deaf for 1 s"
    case .hysteresis(let upper, let lower):
      "above \(cutoff)/255 after below \(Int(cutoff) * Int(lower) / max(1, Int(upper)))/255"
    case .votes(let needed, let window): "\(needed) of \(window) above \(cutoff)/255"
    }
  }
}

// MARK: - Text

extension DetectionRule {
  /// What `--rule` takes.
  public static let forms = "esphome, hysteresis:UPPER,LOWER or votes:K/N or votes:K/N:CUTOFF"

  /// - Parameter window: of ESPHome's rule.
  /// - Returns: the rule, and the cutoff when the text states one; nil for any other text.
  public static func parse(_ text: String, window: Int) -> (rule: DetectionRule, cutoff: UInt8?)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("esphome", 1): return (.esphome(window: window), nil)
    case ("hysteresis", 2):
      let codes = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(code)
      guard codes.count == 2, let upper = codes[0], let lower = codes[1], upper > 0, lower <= upper
      else { return nil }
      return (.hysteresis(upper: upper, lower: lower), upper)
    case ("votes", 2), ("votes", 3):
      let counts = parts[1].split(separator: "/", omittingEmptySubsequences: false).map {
        Int($0)
      }
      guard counts.count == 2, let needed = counts[0], let window = counts[1],
        (1...255).contains(window), (1...window).contains(needed)
      else { return nil }
      guard parts.count == 3 else { return (.votes(needed: needed, window: window), nil) }
      guard let cutoff = code(parts[2]), cutoff > 0 else { return nil }
      return (.votes(needed: needed, window: window), cutoff)
    default: return nil
    }
  }

  private static func code(_ text: Substring) -> UInt8? {
    guard let probability = Double(text), (0...1).contains(probability) else { return nil }
    return StreamingDetector.quantizedCutoff(probability)
  }
}
