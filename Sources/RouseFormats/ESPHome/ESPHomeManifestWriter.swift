/// Writes a manifest as JSON: two spaces, one key on a line, ASCII only.
public enum ESPHomeManifestWriter {
  /// - Throws: `FormatError.field` for a manifest that `validate()` refuses.
  public static func write(_ manifest: ESPHomeManifest) throws(FormatError) -> String {
    try manifest.validate()
    let languages = manifest.trainedLanguages.map(JSONText.quoted).joined(separator: ", ")
    return """
      {
        "type": "micro",
        "wake_word": \(JSONText.quoted(manifest.wakeWord)),
        "author": \(JSONText.quoted(manifest.author)),
        "website": \(JSONText.quoted(manifest.website)),
        "model": \(JSONText.quoted(manifest.model)),
        "trained_languages": [\(languages)],
        "version": 2,
        "micro": {
          "probability_cutoff": \(manifest.probabilityCutoff),
          "feature_step_size": \(manifest.featureStepSize),
          "sliding_window_size": \(manifest.slidingWindowSize),
          "tensor_arena_size": \(manifest.tensorArenaSize),
          "minimum_esphome_version": \(JSONText.quoted(manifest.minimumESPHomeVersion))
        }
      }

      """
  }
}

extension JSONText {
  /// A JSON string; what is not printable ASCII as UTF-16 code units, `\u00e4`.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x20...0x7E: result += String(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
