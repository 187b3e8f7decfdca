/// The JSON file beside a `.tflite` that tells ESPHome how to use it, version 2.
///
/// Written with exactly the 13 keys that ESPHome's schema names, in one order. ESPHome checks fewer ranges than
/// `validate()`: a cutoff of 1.5, a window of 0 or a negative arena pass its configuration and fail on the device.
///
/// Source: `esphome/components/micro_wake_word/__init__.py` of ESPHome 2024.7 to 2026.10 (`MANIFEST_SCHEMA_V2`).
public struct ESPHomeManifest: Hashable, Sendable {
  /// The words as shown to people; exactly `vad` makes it a voice activity model.
  public var wakeWord: String
  public var author: String
  /// With a scheme and a host.
  public var website: String
  /// File name of the `.tflite` beside the manifest.
  public var model: String
  /// Language codes such as `en`.
  public var trainedLanguages: [String]
  /// See `cutoffCode`.
  public var probabilityCutoff: Double
  /// Milliseconds between two feature rows.
  public var featureStepSize: Int
  /// How many probabilities are averaged.
  public var slidingWindowSize: Int
  /// Bytes. Firmware up to 2025.12 takes it as it is; from 2026.6 it is the first of several sizes to try.
  public var tensorArenaSize: Int
  /// `2024.7.0` is the first version whose operators and front end fit these models.
  public var minimumESPHomeVersion: String

  public init(
    wakeWord: String, author: String, website: String, model: String, trainedLanguages: [String],
    probabilityCutoff: Double, featureStepSize: Int = 10, slidingWindowSize: Int,
    tensorArenaSize: Int, minimumESPHomeVersion: String = "2024.7.0"
  ) {
    self.wakeWord = wakeWord
    self.author = author
    self.website = website
    self.model = model
    self.trainedLanguages = trainedLanguages
    self.probabilityCutoff = probabilityCutoff
    self.featureStepSize = featureStepSize
    self.slidingWindowSize = slidingWindowSize
    self.tensorArenaSize = tensorArenaSize
    self.minimumESPHomeVersion = minimumESPHomeVersion
  }

  // MARK: - Cutoff

  /// What the device compares with: the code generator truncates `cutoff · 255`, and a wake word is heard when the sum of
  /// the window's codes is greater than `code · window`.
  public var cutoffCode: Int { Self.code(ofCutoff: probabilityCutoff) }

  /// `int(cutoff * 255)` in double arithmetic, as Python has it.
  ///
  /// - Precondition: `cutoff` is a number between 0 and 1.
  public static func code(ofCutoff cutoff: Double) -> Int {
    precondition((0...1).contains(cutoff), "a cutoff is a probability")
    return Int(cutoff * 255)
  }

  /// The decimal with the fewest digits that the device truncates to `code`: 216 -> 0.85.
  ///
  /// - Precondition: `code` in `1...254`.
  public static func cutoff(forCode code: Int) -> Double {
    precondition((1...254).contains(code), "no detection is possible at code \(code)")
    var power = 10
    // Three digits always suffice: 1/1000 is less than 1/255.
    while power < 1_000_000 {
      let first = code * power / 255
      for numerator in first...first + 1 {
        let cutoff = Double(numerator) / Double(power)
        if cutoff <= 1, self.code(ofCutoff: cutoff) == code { return cutoff }
      }
      power *= 10
    }
    preconditionFailure("code \(code) has no short decimal")
  }
}
