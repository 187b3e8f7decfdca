/// The YAML to paste into a device's configuration: for this wake word alone, or for several and voice activity detection.
public enum ESPHomeSnippet {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case one = "esphome"
    case several = "esphome_several"
  }

  /// - Parameters:
  ///   - manifestFile: the name under which the manifest lies beside the device's YAML; it ends in `.json`, or ESPHome
  ///     would look for a published model of that name.
  ///   - provenance: `name: value` a line.
  ///   - arenaNotes: what to know of `tensor_arena_size`, a sentence a line.
  /// - Throws: `FormatError.field` for a manifest that `validate()` refuses.
  public static func write(
    _ manifest: ESPHomeManifest, _ kind: Kind = .one, manifestFile: String, toolVersion: String,
    provenance: [String] = [], arenaNotes: [String] = []
  ) throws(FormatError) -> String {
    try manifest.validate()
    precondition(manifestFile.hasSuffix(".json"), "a local manifest ends in .json")
    var values = [
      "wakeWord": manifest.wakeWord, "minimumVersion": manifest.minimumESPHomeVersion,
      "version": toolVersion, "manifest": manifestFile, "model": manifest.model,
      "identifier": SafeName.identifier(manifest.wakeWord),
      "cutoff": "\(manifest.probabilityCutoff)", "window": "\(manifest.slidingWindowSize)",
      "provenance": CText.hashComment(provenance),
    ]
    if !arenaNotes.isEmpty { values["arenaNotes"] = CText.hashComment(arenaNotes) }
    return TextTemplate.fill("\(kind.rawValue).yaml.mustache", values)
  }
}
