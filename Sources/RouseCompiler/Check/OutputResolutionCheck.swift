import RouseFormats

/// Whether the cutoff can be reached, and how finely it can be set.
enum OutputResolutionCheck {
  /// With fewer codes above it, neighbouring cutoffs mean the same and the operating point cannot be tuned.
  static let fewest = 4

  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    guard model.firmware.contract == .esphome, let resolution = model.resolution,
      let cutoff = model.manifest?.usableCutoff
    else { return [] }
    let code = ESPHomeManifest.code(ofCutoff: cutoff)
    let above = resolution.codes(above: code)
    let highest = resolution.codes.last ?? 0
    if above == 0 {
      return [
        Finding(
          .error, .cutoffUnreachable, at: model.name,
          "the cutoff \(cutoff) is code \(code), and the highest code that this model can output is \(highest): the wake "
            + "word is never heard",
          help: "lower probability_cutoff below \(Double(highest) / 255)")
      ]
    }
    guard above < fewest else { return [] }
    return [
      Finding(
        .warning, .outputResolution, at: model.name,
        "only \(above) of the model's \(resolution.codes.count) output codes lie above the cutoff "
          + "\(cutoff) (code \(code)); cutoffs in between make no difference",
        help:
          "a narrower range of the logit makes steps finer: calibrate it to about -8 to 8, and keep the cutoff near 0.5"
      )
    ]
  }
}

extension LenientManifest {
  /// A cutoff that the device can compare with; `ManifestCheck` reports others.
  var usableCutoff: Double? {
    guard let cutoff = probabilityCutoff?.value, cutoff > 0, cutoff <= 1 else { return nil }
    return cutoff
  }
}
