import Foundation

extension ESPHomeManifest {
  /// Largest `sliding_window_size`: it is a byte on the device.
  package static let largestWindow = 255
  /// Tensor memory is handed out in units of this many bytes (`MicroArenaBufferAlignment` of TFLite Micro).
  package static let arenaAlignment = 16
  /// More than any ESP32 can address as PSRAM (32 MiB).
  package static let largestArena = 32 << 20

  /// Checks what the device needs, field by field.
  ///
  /// - Throws: `FormatError.field` with the key as in the file.
  public func validate() throws(FormatError) {
    for (name, text) in [("wake_word", wakeWord), ("author", author)] {
      try require(Self.isPrintable(text), name, "one line of text", text)
    }
    let url = URLComponents(string: website)
    try require(
      ["http", "https"].contains(url?.scheme) && url?.host?.isEmpty == false, "website",
      "an address with http or https", website)
    try require(Self.isModelName(model), "model", "letters, digits, `_`, `-` and `.tflite`", model)
    try require(!trainedLanguages.isEmpty, "trained_languages", "at least one language", "[]")
    for language in trainedLanguages {
      try require(Self.isPrintable(language), "trained_languages", "language codes", language)
    }
    // At code 0 the device's count-down before the first detection never moves, at 255 no sum is greater.
    try require(
      probabilityCutoff > 0 && probabilityCutoff <= 1 && (1...254).contains(cutoffCode),
      "micro.probability_cutoff", "\(Self.cutoff(forCode: 1)) to \(Self.cutoff(forCode: 254))",
      "\(probabilityCutoff)")
    try require(
      [10, 20].contains(featureStepSize), "micro.feature_step_size", "10 or 20",
      "\(featureStepSize)")
    try require(
      (1...Self.largestWindow).contains(slidingWindowSize), "micro.sliding_window_size",
      "1 to \(Self.largestWindow)", "\(slidingWindowSize)")
    try require(
      (1...Self.largestArena).contains(tensorArenaSize)
        && tensorArenaSize.isMultiple(of: Self.arenaAlignment), "micro.tensor_arena_size",
      "a multiple of \(Self.arenaAlignment) up to \(Self.largestArena)", "\(tensorArenaSize)")
    let parts = minimumESPHomeVersion.split(separator: ".", omittingEmptySubsequences: false)
    try require(
      parts.count == 3
        && parts.allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(\.isDigit) },
      "micro.minimum_esphome_version", "a version such as 2024.7.0", minimumESPHomeVersion)
  }

  private func require(
    _ condition: Bool, _ name: String, _ expected: String, _ found: String
  ) throws(FormatError) {
    guard condition else {
      throw .field(.manifest, name: name, expected: expected, found: "`\(found.prefix(80))`")
    }
  }

  /// No character that JSON or YAML would treat as the end of a line or refuse.
  private static func isPrintable(_ text: String) -> Bool {
    let refused: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
    return !text.allSatisfy(\.isWhitespace)
      && !text.unicodeScalars.contains { refused.contains($0.properties.generalCategory) }
  }

  private static func isModelName(_ name: String) -> Bool {
    name.hasSuffix(".tflite") && name.count > ".tflite".count && !name.hasPrefix(".")
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
  }
}

extension Character {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
