import Foundation
import RouseFormats
import RouseFrontEnd
import RouseNumerics
import RouseRuntime

/// Cutoff, window and feature step for a recording, from a manifest or stated.
public struct DetectionSettings: Hashable, Sendable {
  /// The word, when a manifest tells it.
  public var wakeWord: String?
  public var rule: AudioRun.Rule
  public var stepMilliseconds: Int
  /// The manifest they come from, if any.
  public var manifest: String?

  /// What ESPHome's documentation takes when nobody says more.
  static let defaultWindow = 5

  /// - Parameters:
  ///   - model: Path of the model; `NAME.json` beside `NAME.tflite` is its manifest unless `manifest` names another.
  ///   - cutoff: A probability that takes the place of the manifest's.
  /// - Throws: `FormatError` and `FileError` of the manifest; `CompilerError.noCutoff` without any.
  public init(model: String, manifest: String?, cutoff: Double?, window: Int?) throws {
    let path = manifest ?? Self.manifest(beside: model)
    var fields: LenientManifest?
    if let path {
      fields = try LenientManifestReader.read(InputFile.read(path, limit: 1 << 20))
      self.manifest = path
    }
    guard let cutoff = cutoff ?? fields?.probabilityCutoff?.value else {
      throw CompilerError.noCutoff(manifest: path)
    }
    let window = window ?? fields?.slidingWindowSize?.value ?? Self.defaultWindow
    let step = fields?.featureStepSize?.value ?? 10
    try Self.require((0...1).contains(cutoff), "probability_cutoff", "0 to 1", "\(cutoff)")
    try Self.require((1...255).contains(window), "sliding_window_size", "1 to 255", "\(window)")
    try Self.require(
      MicroFrontEnd.supportedStepMilliseconds.contains(step), "feature_step_size", "10 or 20",
      "\(step)")
    wakeWord = fields?.wakeWord?.value
    rule = .init(cutoff: StreamingDetector.quantizedCutoff(cutoff), window: window)
    stepMilliseconds = step
  }

  private static func manifest(beside model: String) -> String? {
    guard model.hasSuffix(".tflite") else { return nil }
    let path = model.dropLast(".tflite".count) + ".json"
    return FileManager.default.fileExists(atPath: String(path)) ? String(path) : nil
  }

  private static func require(
    _ condition: Bool, _ key: String, _ expected: String, _ found: String
  ) throws(FormatError) {
    guard condition else {
      throw .field(.manifest, name: "micro.\(key)", expected: expected, found: found)
    }
  }
}
