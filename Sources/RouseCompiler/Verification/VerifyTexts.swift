import Foundation
import RouseFormats
import RouseResources

extension Verify {
  /// The manifest on disk says what was decided, passes every rule, and names a model that is there.
  mutating func verifyManifest() throws {
    let name = "\(request.name).json"
    let bytes = try read(name)
    let found = try ESPHomeManifestReader.read(bytes)
    try found.validate()
    let expected = Emit.manifest(of: planned, request)
    let model = try read(found.model)
    let holds =
      found == expected && model == planned.tfliteBytes
      && found.cutoffCode == planned.detection.cutoff
    note(
      name, bytes, reader: "ESPHomeManifestReader",
      "every field is the decided one, is in range, and the device will compare with code "
        + "\(planned.detection.cutoff)", compared: 13, unit: "keys", difference: holds ? 0 : 1)
  }

  /// Header, snippet and budget say what the model and the manifest say.
  mutating func verifyTexts() throws {
    let header = "\(SafeName.identifier(request.name))_model.h"
    let arena = planned.arena.recommendedBytes
    try find(
      header, ["\(planned.tfliteBytes.count)", "\(arena)"], "it states length and arena size")

    let manifest = Emit.manifest(of: planned, request)
    for snippet in ["\(request.name).yaml", "\(request.name)_several.yaml"] {
      try find(
        snippet,
        [
          "model: \(request.name).json", "probability_cutoff: \(manifest.probabilityCutoff)",
          "sliding_window_size: \(manifest.slidingWindowSize)", "Tensor arena: \(arena) bytes",
        ], "it points to the manifest, repeats its detection settings and states the arena")
    }

    try verifyQuantizationReport()
    let budget = "\(request.name).budget.json"
    let bytes = try read(budget)
    let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    let verdict = object?["verdict"] as? String
    note(
      budget, bytes, reader: "JSONSerialization",
      "the verdict is \(planned.budget.verdict.rawValue)",
      compared: 1, unit: "verdicts",
      difference: verdict == planned.budget.verdict.rawValue ? 0 : 1)
  }

  /// What is decoded from the file is written as the report in memory is.
  private mutating func verifyQuantizationReport() throws {
    let name = "\(request.name).quantization.json"
    let bytes = try read(name)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let found = try decoder.decode(QuantizationReport.self, from: Data(bytes))
    let isSame = try Emit.json(found) == Emit.json(planned.quantized.report)
    note(
      name, bytes, reader: "JSONDecoder",
      "it holds every choice of the quantizer and the errors that were measured", compared: 1,
      unit: "reports", difference: isSame ? 0 : 1)
  }

  mutating func find(_ name: String, _ phrases: [String], _ claim: String) throws {
    let bytes = try read(name)
    let text = String(decoding: bytes, as: UTF8.self)
    let missing = phrases.count { !text.contains($0) }
    note(
      name, bytes, reader: "text search", claim, compared: phrases.count, unit: "facts",
      difference: Double(missing))
  }
}
