import RouseFormats
import RouseResources

extension Emit {
  /// `NAME.tflite`, its manifest and a snippet to paste.
  static func esphome(_ emission: Emission) throws -> [Artefact] {
    let name = emission.request.name
    let snippet = try ESPHomeSnippet.write(
      emission.manifest, manifestFile: "\(name).json", toolVersion: Version.current)
    return [
      Artefact(fileName: "\(name).tflite", bytes: emission.planned.tfliteBytes),
      Artefact(
        fileName: "\(name).json", text: try ESPHomeManifestWriter.write(emission.manifest)),
      Artefact(fileName: "\(name).yaml", text: snippet),
    ]
  }

  static func manifest(
    of planned: PlannedModel, _ request: CompilationRequest
  ) -> ESPHomeManifest {
    ESPHomeManifest(
      wakeWord: request.source.wakeWord, author: request.description.author,
      website: request.description.website, model: "\(request.name).tflite",
      trainedLanguages: request.description.languages,
      probabilityCutoff: ESPHomeManifest.cutoff(forCode: planned.detection.cutoff),
      featureStepSize: request.source.stepMilliseconds,
      slidingWindowSize: planned.detection.window, tensorArenaSize: planned.arena.recommendedBytes)
  }
}
