import RouseFormats

/// Fields of the manifests that are not the same.
enum ManifestDiff {
  static func fields(_ a: LenientManifest?, _ b: LenientManifest?) -> [DiffReport.Field] {
    guard a != nil || b != nil else { return [] }
    return zip(values(a), values(b)).compactMap { x, y in
      x.text == y.text ? nil : .init(key: x.key, a: x.text ?? absent, b: y.text ?? absent)
    }
  }

  static let absent = "absent"

  /// True when a device would detect differently with the same probabilities.
  static func changesDetection(_ a: LenientManifest?, _ b: LenientManifest?) -> Bool {
    guard let a, let b else { return false }
    return a.usableCutoff.map(ESPHomeManifest.code(ofCutoff:))
      != b.usableCutoff.map(ESPHomeManifest.code(ofCutoff:))
      || a.slidingWindowSize?.value != b.slidingWindowSize?.value
      || a.featureStepSize?.value != b.featureStepSize?.value
  }

  private static func values(_ manifest: LenientManifest?) -> [(key: String, text: String?)] {
    [
      ("type", manifest?.type?.value), ("version", manifest?.version.map { "\($0.value)" }),
      ("wake_word", manifest?.wakeWord?.value), ("author", manifest?.author?.value),
      ("website", manifest?.website?.value), ("model", manifest?.model?.value),
      (
        "trained_languages",
        manifest?.trainedLanguages.map { $0.value.joined(separator: ", ") }
      ),
      ("micro.probability_cutoff", manifest?.probabilityCutoff.map { "\($0.value)" }),
      ("micro.feature_step_size", manifest?.featureStepSize.map { "\($0.value)" }),
      ("micro.sliding_window_size", manifest?.slidingWindowSize.map { "\($0.value)" }),
      ("micro.tensor_arena_size", manifest?.tensorArenaSize.map { "\($0.value)" }),
      ("micro.minimum_esphome_version", manifest?.minimumESPHomeVersion?.value),
    ]
  }
}
