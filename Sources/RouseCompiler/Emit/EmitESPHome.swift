import RouseFormats
import RouseResources

extension Emit {
  /// `NAME.tflite`, its manifest, and YAML to paste: `NAME.yaml` for this wake word alone, `NAME_several.yaml` for several
  /// with voice activity detection.
  static func esphome(_ emission: Emission) throws -> [Artefact] {
    let name = emission.request.name
    func snippet(_ kind: ESPHomeSnippet.Kind) throws -> String {
      try ESPHomeSnippet.write(
        emission.manifest, kind, manifestFile: "\(name).json", toolVersion: Version.current,
        provenance: emission.provenance.lines, arenaNotes: emission.arenaNotes)
    }
    return [
      Artefact(fileName: "\(name).tflite", bytes: emission.planned.tfliteBytes),
      Artefact(
        fileName: "\(name).json", text: try ESPHomeManifestWriter.write(emission.manifest)),
      Artefact(fileName: "\(name).yaml", text: try snippet(.one)),
      Artefact(fileName: "\(name)_several.yaml", text: try snippet(.several)),
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
