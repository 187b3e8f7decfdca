/// The YAML to paste into a device's configuration.
public enum ESPHomeSnippet {
  /// - Parameters:
  ///   - manifestFile: the name under which the manifest lies beside the device's YAML; it ends in `.json`, or ESPHome
  ///     would look for a published model of that name.
  /// - Throws: `FormatError.field` for a manifest that `validate()` refuses.
  public static func write(
    _ manifest: ESPHomeManifest, manifestFile: String, toolVersion: String
  ) throws(FormatError) -> String {
    try manifest.validate()
    precondition(manifestFile.hasSuffix(".json"), "a local manifest ends in .json")
    return TextTemplate.fill(
      "esphome.yaml.mustache",
      [
        "wakeWord": manifest.wakeWord, "minimumVersion": manifest.minimumESPHomeVersion,
        "version": toolVersion, "manifest": manifestFile, "model": manifest.model,
        "identifier": SafeName.identifier(manifest.wakeWord),
        "cutoff": "\(manifest.probabilityCutoff)", "window": "\(manifest.slidingWindowSize)",
      ])
  }
}
