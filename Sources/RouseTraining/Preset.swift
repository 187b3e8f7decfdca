/// A recipe: front end, network, examples, training, calibration and detection, as one YAML file describes them.
///
/// `Presets/esphome-standard.yaml` documents every field.
public struct Preset: Hashable, Sendable {
  public var name: String
  /// Step of the front end: one feature row each.
  public var stepMilliseconds: Int
  public var architecture: Architecture
  public var examples: ExampleSettings
  public var training: TrainingSettings
  public var calibration: CalibrationSettings
  public var detection: DetectionSettings
  /// The text that this preset was read from: what a run keeps and hashes.
  public var source: String

  /// Rows of one training window.
  public var windowRows: Int { architecture.windowRows(stepMilliseconds: stepMilliseconds) }
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
  /// The mean that is a detection; nil to choose cutoff and window on held-out streams.
  public var cutoff: Double?
}
