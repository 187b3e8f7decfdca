import RouseEvaluation

/// What an evaluation found. Rates are shares of 1; nil where there was nothing to count.
///
/// `CodingKeys` are the keys of NAME.eval.json; they stay.
public struct EvaluationReport: Hashable, Sendable, Encodable {
  public struct Model: Hashable, Sendable, Encodable {
    public var name: String
    public var sha256: String
    public var wakeWord: String?
    public var stepMilliseconds: Int
    /// Feature rows of one invocation.
    public var strideRows: Int
  }

  public struct CorpusPart: Hashable, Sendable, Encodable {
    public var name: String
    /// `all` or the split's name.
    public var split: String
    public var positives: Int
    public var negatives: Int
    public var ambientFiles: Int
    public var ambientHours: Double
    /// Names of recordings that could not be used.
    public var skipped: [String]
    /// Clips with the word that hold nothing but zeros.
    public var silentPositives: Int
  }

  /// A rate of clips with its 95 % interval (Wilson).
  public struct ClipRate: Hashable, Sendable, Encodable {
    public var count: Int
    public var clips: Int
    public var rate: Double?
    public var low: Double
    public var high: Double

    init(_ rate: MissRate) {
      count = rate.misses
      clips = rate.clips
      self.rate = rate.clips > 0 ? rate.value : nil
      low = rate.interval.lowerBound
      high = rate.interval.upperBound
    }
  }

  /// A rate per hour with its exact two-sided 95 % interval (Garwood).
  public struct HourRate: Hashable, Sendable, Encodable {
    public var count: Int
    public var hours: Double
    public var perHour: Double?
    public var low: Double?
    public var high: Double?

    init(_ rate: AcceptRate) {
      count = rate.accepts
      hours = rate.hours
      guard rate.hours > 0 else { return }
      perHour = rate.perHour
      low = rate.interval.lowerBound
      high = rate.interval.upperBound
    }
  }

  /// Cutoff and window, and what they cost.
  public struct Point: Hashable, Sendable, Encodable {
    /// In steps of 1/255.
    public var cutoff: Int
    public var probabilityCutoff: Double
    public var window: Int?
    /// For each condition.
    public var misses: [ClipRate]
    public var falseAccepts: HourRate
  }

  /// The best point within a limit.
  public struct LimitRow: Hashable, Sendable, Encodable {
    /// False accepts per hour.
    public var limit: Double
    /// nil when no cutoff keeps the limit.
    public var point: Point?
    /// True when the recordings are long enough to claim the limit with 95 % confidence.
    public var isSupported: Bool
  }

  /// Clips that belong together, such as those of one speaker.
  public struct Group: Hashable, Sendable, Encodable {
    public var name: String
    /// For each condition; of other words, accepted clips.
    public var rates: [ClipRate]
  }

  /// Measures that depend on no cutoff.
  public struct Curves: Hashable, Sendable, Encodable {
    /// `ScoreCurve.equalErrorRate`, for each condition against the clips of other words.
    public var equalErrorRates: [Double?]
    /// `ScoreCurve.partialArea` up to 10 % and of the whole curve.
    public var partialAreas: [Double?]
    public var areas: [Double?]
    /// `RecallArea.mean` over 0 to 2 false accepts per hour.
    public var recallAreas: [Double?]
  }

  public struct Stream: Hashable, Sendable, Encodable {
    public var name: String
    public var hours: Double
    /// When the last sample of each false accept was recorded.
    public var acceptSeconds: [Double]
  }

  public var model: Model
  public var corpus: CorpusPart
  public var rule: String
  public var lockoutMilliseconds: Int
  /// `as recorded`, `noise 10 dB`.
  public var conditions: [String]
  public var chosen: Point
  /// Where the cutoff comes from, in words.
  public var chosenBy: String
  /// Clips of other words that are accepted at the chosen point.
  public var acceptedNegatives: ClipRate
  public var limits: [LimitRow]
  public var speakers: [Group]
  public var noises: [Group]
  /// Of clips with the word.
  public var labels: [Group]
  /// Of clips of other words: accepted ones.
  public var negativeLabels: [Group]
  public var curves: Curves
  public var ambient: [Stream]
  /// The probability codes are too coarse for the target; nil when they are not.
  public var coarse: String?
  /// What can be said and what cannot, in sentences.
  public var claims: [String]
  /// How each figure is defined.
  public var definitions: [String]
}
