/// What one clip gave at the chosen point.
public struct ClipResult: Hashable, Sendable {
  public var file: String
  /// `positive` or `negative`.
  public var role: String
  public var label: String
  public var speaker: String
  public var condition: String
  public var noise: String
  public var seconds: Double
  /// The highest probability in steps of 1/256, and when its last sample was recorded; times count from the beginning of
  /// the recording and are negative in the quiet before it.
  public var peak: Int
  public var peakSeconds: Double
  /// The highest cutoff at which something is detected; 0 for none.
  public var score: Int
  /// When something is detected at the chosen cutoff.
  public var detectedSeconds: [Double]
  public var isSilent: Bool

  var csv: [String] {
    [
      file, role, label, speaker, condition, noise, EvaluationText.number(seconds, 3), "\(peak)",
      EvaluationText.number(peakSeconds, 2), "\(score)", detectedSeconds.isEmpty ? "0" : "1",
      detectedSeconds.map { EvaluationText.number($0, 2) }.joined(separator: " "),
      isSilent ? "1" : "0",
    ]
  }

  static let columns = [
    "file", "role", "label", "speaker", "condition", "noise", "seconds", "peak_256ths",
    "peak_seconds", "score", "detected", "detected_seconds", "silent",
  ]
}
