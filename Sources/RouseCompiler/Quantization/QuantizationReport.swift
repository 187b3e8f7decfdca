/// Why a model's integers are as they are: every candidate that was tried, its measured error, and what was taken.
///
/// Errors are those of the logit, as `LogitReference` weighs them, in logits.
public struct QuantizationReport: Hashable, Sendable, Codable {
  public struct Candidate: Hashable, Sendable, Codable {
    public var name: String
    public var error: Double
  }

  /// One decision.
  public struct Choice: Hashable, Sendable, Codable {
    /// The values that share the range, the weights, or the bias.
    public var subjects: [String]
    public var candidates: [Candidate]
    public var chosen: String
  }

  public struct Logit: Hashable, Sendable, Codable {
    /// `logit′ = stretch · logit + shift`
    public var stretch: Double
    public var shift: Double
    /// The point that the validation streams choose: cutoff code, window, clips that are missed, false accepts.
    public var cutoff: Int
    public var window: Int
    public var misses: Int
    public var falseAccepts: Int
    /// The same before shaping.
    public var missesBefore: Int
    /// How many different codes above the cutoff the network can say, after and before.
    public var codesAboveCutoff: Int
    public var codesAboveCutoffBefore: Int
    public var candidates: Int
  }

  /// What a layer's weights are called when each channel has a scale.
  static let perChannel = "per channel"

  /// Streaming steps that errors were measured on; 0 when nothing was measured.
  public var steps = 0
  /// The error with the whole range of every value and a scale for each channel, and the error of what was chosen.
  public var errorBefore: Double?
  public var errorAfter: Double?
  /// Scales of weights: one for each channel or one for the layer, in the order of the network.
  public var weights: [Choice] = []
  public var ranges: [Choice] = []
  public var biases: [Choice] = []
  public var logit: Logit?
  /// Int8 against float on the validation streams.
  public var recallLoss: RecallLoss?

  public init() {}

  /// Notes the error of the model so far.
  mutating func note(_ error: Double, steps: Int) {
    self.steps = steps
    errorBefore = errorBefore ?? error
    errorAfter = error
  }
}
