import RouseRuntime
import RouseTraining

/// What is scored, and how.
public struct EvaluationOptions: Sendable {
  /// nil for all recordings of the corpus.
  public var split: Split? = .test
  /// Noise under the clips with the word, in decibels below it; each level is a condition of its own.
  public var noiseDecibels: [Float] = [10]
  /// Noise recordings (files or folders) in place of the corpus's.
  public var noisePaths: [String] = []
  /// False accepts per hour to choose the cutoff for, on these recordings; nil to take the cutoff that is known.
  public var target: Double?
  /// Cutoff in steps of 1/255 in place of the manifest's.
  public var cutoff: UInt8?
  /// Probabilities in the window in place of the manifest's.
  public var window: Int?
  /// Choose the window as well.
  public var anyWindow = false
  /// nil for ESPHome's.
  public var rule: DetectionRule?
  /// Time after a detection in which another one does not count, on top of the rule.
  public var lockoutMilliseconds = 0
  public var threads = 1

  public init() {}

  /// Choosing a cutoff without a target takes this one.
  static let defaultTarget = 1.0
  /// What ESPHome's documentation takes when nobody says more.
  static let defaultWindow = 5
}

/// How far an evaluation is; sent from any thread.
public struct EvaluationProgress: Hashable, Sendable {
  public enum Stage: String, Hashable, Sendable, CaseIterable {
    /// Counts files.
    case clips
    /// Counts seconds of sound.
    case ambient
    /// Counts conditions.
    case counting
  }

  public var stage: Stage
  public var done: Int
  /// 0 when nobody knows.
  public var total: Int
}
