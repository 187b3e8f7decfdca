import RouseFormats

extension ManifestCheck {
  // MARK: - Detection

  /// The code generator writes `int(cutoff · 255)`, and the device hears the word when the sum of the window is greater
  /// than that code times the window.
  var cutoff: [Finding] {
    guard let cutoff = manifest.probabilityCutoff else { return [] }
    let key = "micro.probability_cutoff"
    func error(_ message: String, help: String) -> [Finding] {
      [finding(.error, .manifestCutoff, key, line: cutoff.line, message, help: help)]
    }
    let value = cutoff.value
    guard value > 0, value <= 1 else {
      let isPercent = value > 1 && value <= 100
      return error(
        "\(value) is no probability above 0 and at most 1; ESPHome lets it pass and the device compares with "
          + "int(\(value) * 255) in a byte",
        help: isPercent && value >= 10
          ? "write \(value / 100)" : "write a number such as 0.97")
    }
    let code = ESPHomeManifest.code(ofCutoff: value)
    guard (1...254).contains(code) else {
      return error(
        "\(value) becomes code \(code) of 255: "
          + (code == 0
            ? "with it the device never starts to listen" : "no sum of codes is greater than that"),
        help:
          "write \(ESPHomeManifest.cutoff(forCode: 1)) to \(ESPHomeManifest.cutoff(forCode: 254))")
    }
    guard Double(code) != value * 255 else { return [] }
    return [
      finding(
        .note, .manifestCutoffTruncated, key, line: cutoff.line,
        "\(value) is cut down to \(code)/255, so the effective cutoff is \(Self.short(code))",
        help: "")
    ]
  }

  /// `code / 255` with four digits.
  private static func short(_ code: Int) -> String {
    let digits = String((code * 10_000 + 127) / 255)
    return "0." + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  var window: [Finding] {
    guard let window = manifest.slidingWindowSize,
      !(1...ESPHomeManifest.largestWindow).contains(window.value)
    else { return [] }
    let key =
      manifest.isLegacy ? "micro.sliding_window_average_size" : "micro.sliding_window_size"
    return [
      finding(
        .error, .manifestWindow, key, line: window.line,
        "\(window.value) is not from 1 to \(ESPHomeManifest.largestWindow)"
          + (window.value == 0
            ? "; ESPHome lets it pass and the device writes outside the window" : ""),
        help: "5 is what published models use")
    ]
  }

  var step: [Finding] {
    guard let step = manifest.featureStepSize, ![10, 20].contains(step.value) else { return [] }
    let isUsable = (1...30).contains(step.value)
    return [
      finding(
        isUsable ? .warning : .error, .manifestStep, "micro.feature_step_size", line: step.line,
        isUsable
          ? "\(step.value) ms is neither 10 nor 20, which training tools use"
          : "\(step.value) ms is not from 1 to 30"
            + (step.value == 0
              ? "; ESPHome lets it pass and the front-end makes no features" : ""),
        help: "write the step that the model was trained with: 10, or 20 for models of version 1")
    ]
  }

  // MARK: - Memory

  var arena: [Finding] {
    guard let arena = manifest.tensorArenaSize,
      !(1...ESPHomeManifest.largestArena).contains(arena.value)
    else { return [] }
    return [
      finding(
        .error, .manifestArena, "micro.tensor_arena_size", line: arena.line,
        "\(arena.value) is not from 1 to \(ESPHomeManifest.largestArena) bytes; ESPHome lets it pass and "
          + "the device cannot allocate it", help: "write the size that this check recommends")
    ]
  }

  // MARK: - Release

  var release: [Finding] {
    guard let minimum = manifest.minimumESPHomeVersion else { return [] }
    let key = "micro.minimum_esphome_version"
    guard let version = ReleaseVersion(minimum.value) else {
      return [
        finding(
          .error, .manifestMinimumVersion, key, line: minimum.line,
          "\"\(minimum.value.prefix(40))\" is no release such as \(Self.firstVersion)",
          help: "write \(Self.firstVersion) unless the model needs a newer one")
      ]
    }
    if let running = firmware.version, firmware.contract == .esphome, version > running {
      return [
        finding(
          .error, .firmwareTooOld, key, line: minimum.line,
          "the manifest asks for ESPHome \(version), this is \(firmware.release); it says that it is too old and stops",
          help:
            "build with ESPHome \(version) or newer, or write \(Self.firstVersion) if the model runs there"
        )
      ]
    }
    guard !manifest.isLegacy, let first = ReleaseVersion(Self.firstVersion), version < first else {
      return []
    }
    return [
      finding(
        .warning, .manifestMinimumVersion, key, line: minimum.line,
        "\(version) is older than \(Self.firstVersion), the first release that reads manifests of version 2 and has all "
          + "operators", help: "write \(Self.firstVersion)")
    ]
  }
}
