import Foundation
import RouseFormats
import RouseNumerics
import RouseResources

/// Every file of the bundle as bytes. Nothing is written here.
public enum Emit {
  public static func artefacts(
    of planned: PlannedModel, _ calibrated: CalibratedModel, _ request: CompilationRequest
  ) throws -> [Artefact] {
    let name = request.name
    let streaming = planned.quantized.streaming
    let manifest = self.manifest(of: planned, request)
    let snippet = try ESPHomeSnippet.write(
      manifest, manifestFile: "\(name).json", toolVersion: Version.current)
    let array = CArray(
      name: name, model: planned.tfliteBytes, arenaBytes: planned.arena.recommendedBytes,
      stepMilliseconds: manifest.featureStepSize, input: streaming[streaming.inputs[0]].type,
      output: streaming[streaming.outputs[0]].type, toolVersion: Version.current)
    let provenance = provenance(of: planned, request)
    let float = try ONNXLowering.floatModel(
      from: calibrated.deployable.window, producerVersion: Version.current, metadata: provenance)
    let qdq = try ONNXLowering.qdqModel(
      from: planned.quantized.window, producerVersion: Version.current, metadata: provenance)
    return [
      Artefact(fileName: "\(name).tflite", bytes: planned.tfliteBytes),
      Artefact(fileName: "\(name).json", text: try ESPHomeManifestWriter.write(manifest)),
      Artefact(fileName: "\(name).yaml", text: snippet),
    ] + CArrayWriter.write(array) + [
      Artefact(fileName: "\(name).onnx", bytes: ONNXWriter.write(float)),
      Artefact(fileName: "\(name)_int8.onnx", bytes: ONNXWriter.write(qdq)),
      Artefact(fileName: "\(name).budget.json", text: planned.budget.json),
    ]
  }

  /// `NAME.verify.json`.
  static func verification(
    _ report: VerificationReport, _ request: CompilationRequest
  ) throws -> Artefact {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(report), as: UTF8.self)
    return Artefact(fileName: "\(request.name).verify.json", text: text + "\n")
  }

  static func manifest(
    of planned: PlannedModel, _ request: CompilationRequest
  ) -> ESPHomeManifest {
    ESPHomeManifest(
      wakeWord: request.trained.wakeWord, author: request.description.author,
      website: request.description.website, model: "\(request.name).tflite",
      trainedLanguages: request.description.languages,
      probabilityCutoff: ESPHomeManifest.cutoff(forCode: planned.detection.cutoff),
      featureStepSize: request.trained.preset.stepMilliseconds,
      slidingWindowSize: planned.detection.window, tensorArenaSize: planned.arena.recommendedBytes)
  }

  /// What made the model, for formats with room for it: no time, no path.
  private static func provenance(
    of planned: PlannedModel, _ request: CompilationRequest
  ) -> [String: String] {
    [
      "rouse.version": Version.current,
      "rouse.wake_word": request.trained.wakeWord,
      "rouse.preset": request.trained.preset.name,
      "rouse.tflite_sha256": SHA256.hex(SHA256.digest(planned.tfliteBytes)),
    ]
  }
}
