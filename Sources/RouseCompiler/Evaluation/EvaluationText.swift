import Foundation
import RouseEvaluation

/// Numbers and sentences of an evaluation's files.
enum EvaluationText {
  static func number(_ value: Double, _ digits: Int) -> String {
    PointTable.decimal(value, digits)
  }

  /// `12.5 %`
  static func percent(_ share: Double) -> String { number(share * 100, 1) + " %" }

  /// `12.5 % (8.1 to 18.8 %)`
  static func text(_ rate: EvaluationReport.ClipRate) -> String {
    guard let share = rate.rate else { return "no clips" }
    return "\(percent(share)) (\(number(rate.low * 100, 1)) to \(percent(rate.high)))"
  }

  /// `0.36 per hour (0.01 to 1.99)`
  static func text(_ rate: EvaluationReport.HourRate) -> String {
    guard let perHour = rate.perHour, let low = rate.low, let high = rate.high else {
      return "unknown: no ambient recordings"
    }
    return "\(number(perHour, 2)) per hour (\(number(low, 2)) to \(number(high, 2)))"
  }

  /// `0.36`, `1`
  static func limit(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : number(value, 2)
  }

  /// A row of comma-separated values (RFC 4180).
  static func row(_ fields: [String]) -> String {
    fields.map { field in
      field.contains(where: { ",\"\n\r".contains($0) })
        ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
    }.joined(separator: ",")
  }

  /// How each figure is defined; the same sentences in every output.
  static let definitions = [
    "Every clip is heard by a device that has just started: 1.5 s of quiet (noise of 10 steps of 16 bits) before it, 0.6 s after it.",
    "Miss rate: share of clips with the wake word in which nothing is detected. Interval: Wilson, 95 %.",
    "False accepts per hour: detections in ambient recordings divided by their length. Interval: exact Poisson (Garwood), 95 %, two-sided.",
    "At each limit the cutoff with the fewest misses under all conditions together is shown; it was found on these recordings, so a new recording will do slightly worse.",
    "Score of a clip: the highest cutoff at which something is detected in it.",
    "EER: where misses and accepted clips of other words are equally frequent, on straight lines between neighbouring scores.",
    "Area: under recall against the share of accepted clips of other words; pAUC: the part up to 10 %, divided by 0.1. 1 is without fault.",
    "Recall area: the mean recall over limits of 0 to 2 false accepts per hour, a step function of the cutoffs.",
    "Noise: the level of the word is the mean power of its active part (ITU-T P.56 margin), that of the noise its mean power under the word.",
  ]
}
