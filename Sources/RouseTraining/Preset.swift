import RouseAudio

/// A recipe: front end, network, examples, training, calibration and detection, as one YAML file describes them.
///
/// `Presets/esphome-standard.yaml` documents every field.
public struct Preset: Hashable, Sendable {
  public var name: String
  /// Step of the front end: one feature row each.
  public var stepMilliseconds: Int
  public var architecture: MixedNetArchitecture
  public var examples: ExampleSettings
  public var training: TrainingSettings
  public var calibration: CalibrationSettings
  public var detection: DetectionSettings
  /// The text that this preset was read from: what a run keeps and hashes.
  public var source: String

  /// Rows of one training window.
  public var windowRows: Int { architecture.windowRows(stepMilliseconds: stepMilliseconds) }
}

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
  /// Share of a batch's negatives that end within the first part of the wake word.
  public var partialWordFraction: Double
  package var augmentation: AugmentationSettings
  /// Simulated rooms, added to the impulse responses of the corpus.
  public var simulatedRooms: Int
}

/// What the quantizer gets to see.
public struct CalibrationSettings: Hashable, Sendable {
  public var clips: Int
  public var positiveFraction: Double
}

/// How the firmware turns probabilities into detections.
public struct DetectionSettings: Hashable, Sendable {
  /// Probabilities that are averaged.
  public var slidingWindow: Int
}
