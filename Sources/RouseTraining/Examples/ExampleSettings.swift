import RouseAudio

/// How recordings become examples.
public struct ExampleSettings: Hashable, Sendable {
  /// Augmented recordings of the wake word to make, spread evenly over the clips.
  public var positiveStreams: Int
  /// Hours of augmented speech without the wake word to make.
  public var negativeHours: Double
  /// Hours of held-out speech without the wake word to validate on.
  public var validationHours: Double
  /// A window of a positive ends this long after the end of the word.
  public var wordEndMilliseconds: ClosedRange<Double>
  /// Probability that other speech comes shortly before the wake word, or after it.
  public var speechAroundProbability: Double
  /// Probability that a recording stands in digital silence instead of quiet noise.
  public var gatedProbability = 0.0
  /// Share of the negative streams with speech in which it is single utterances after pauses of seconds.
  public var isolatedFraction = 0.0
  /// Share of a batch's negatives that end within the first part of the wake word.
  public var partialWordFraction: Double
  /// Share of the parts of the wake word in negative streams that are in another order, or backwards.
  public var scrambledFraction = 0.0
  public var strangeSpeech = StrangeSpeech()
  public var hardNegatives = HardNegativeSettings()
  /// Steps after which other streams are made of the same recordings; 0 to train on the first ones to the end.
  public var renewEvery = 0
  package var augmentation: AugmentationSettings
  /// Simulated rooms, added to the impulse responses of the corpus.
  public var simulatedRooms: Int

  /// The same with speech as people speak it: nothing backwards, in another order, on top of other speech or gated.
  var asRecorded: Self {
    var settings = self
    settings.gatedProbability = 0
    settings.partialWordFraction = 0
    settings.scrambledFraction = 0
    settings.strangeSpeech = StrangeSpeech()
    return settings
  }

  /// Which streams the step after `step` steps uses: those of generation 0 are made before training.
  package func generation(ofStep step: Int) -> Int { renewEvery > 0 ? step / renewEvery : 0 }

  /// True when the step after `step` steps is the first one on other streams than the step before it.
  package func isRenewed(beforeStep step: Int) -> Bool {
    renewEvery > 0 && step > 0 && step % renewEvery == 0
  }

  /// Speech without the wake word, changed more than a speaker's voice may be: what no corpus holds enough of.
  public struct StrangeSpeech: Hashable, Sendable {
    /// Probability that a piece is played `speed` times as fast.
    public var speedProbability = 0.0
    public var speed = 0.65...1.5
    /// Probability that a piece runs backwards.
    public var reversedProbability = 0.0
    /// Probability that another piece lies on top of it.
    public var overlapProbability = 0.0

    public init() {}
  }

  /// Windows without the wake word that the network takes for it.
  public struct HardNegativeSettings: Hashable, Sendable {
    /// Share of a batch's negatives that come from the last search.
    public var fraction = 0.0
    /// Steps between two searches of all negative streams.
    public var searchEvery = 500
    /// The windows with the highest logits that a search keeps at most.
    public var count = 4000

    public init() {}
  }
}
