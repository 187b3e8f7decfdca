/// Reads a manifest of version 2 and names the first thing that is wrong with it: what Rouse emits has no fault.
///
/// `LenientManifestReader` does the reading.
public enum ESPHomeManifestReader {
  /// - Throws: `FormatError.field` for a missing or unknown key, a value of the wrong type or outside the range of
  ///   `ESPHomeManifest.validate()`; `.malformed` and `.tooLarge` for bytes that are not a JSON object.
  public static func read(_ bytes: [UInt8]) throws(FormatError) -> ESPHomeManifest {
    let found = try LenientManifestReader.read(bytes)
    if let version = found.version?.value, version != 2 {
      throw .field(.manifest, name: "version", expected: "2", found: "\(version)")
    }
    if let problem = found.problems.first { throw error(problem) }
    guard let type = found.type?.value, let wakeWord = found.wakeWord?.value,
      let author = found.author?.value, let website = found.website?.value,
      let model = found.model?.value, let languages = found.trainedLanguages?.value,
      let cutoff = found.probabilityCutoff?.value, let step = found.featureStepSize?.value,
      let window = found.slidingWindowSize?.value, let arena = found.tensorArenaSize?.value,
      let minimum = found.minimumESPHomeVersion?.value
    else {
      // The only key that version 2 may leave out.
      throw .field(.manifest, name: "website", expected: "a value", found: "missing")
    }
    guard type == "micro" else {
      throw .field(.manifest, name: "type", expected: "\"micro\"", found: "\"\(type.prefix(80))\"")
    }
    let manifest = ESPHomeManifest(
      wakeWord: wakeWord, author: author, website: website, model: model,
      trainedLanguages: languages, probabilityCutoff: cutoff, featureStepSize: step,
      slidingWindowSize: window, tensorArenaSize: arena, minimumESPHomeVersion: minimum)
    try manifest.validate()
    return manifest
  }

  private static func error(_ problem: LenientManifest.Problem) -> FormatError {
    let (expected, found) =
      switch problem.fault {
      case .missing: ("a value", "missing")
      case .unknown(let allowed): ("none but \(allowed.joined(separator: ", "))", "an unknown key")
      case .duplicate: ("one value", "two")
      case .wrongType(let expected, let found): (expected, found)
      case .fractionOfInteger(let text): ("an integer", text)
      case .textForList(let text): ("a list of texts", "\"\(text.prefix(80))\"")
      }
    return .field(.manifest, name: problem.key, expected: expected, found: found)
  }
}
