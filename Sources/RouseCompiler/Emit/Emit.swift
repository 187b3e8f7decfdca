import Foundation
import RouseFormats

/// Every file of the bundle as bytes. Nothing is written here.
///
/// One file of this folder for each ecosystem; each takes the same `Emission` and gives its artefacts.
public enum Emit {
  public static func artefacts(
    of planned: PlannedModel, _ calibrated: CalibratedModel, _ request: CompilationRequest
  ) throws -> [Artefact] {
    let emission = Emission(planned: planned, calibrated: calibrated, request: request)
    return try esphome(emission) + cArray(emission) + packages(emission) + onnx(emission)
      + reports(emission) + operatingPoints(emission)
  }

  /// `NAME.budget.json`, and `NAME.quantization.json` with every choice of the quantizer, its candidates and their errors.
  private static func reports(_ emission: Emission) throws -> [Artefact] {
    let (name, planned) = (emission.request.name, emission.planned)
    return [
      Artefact(fileName: "\(name).budget.json", text: planned.budget.json),
      Artefact(
        fileName: "\(name).quantization.json", text: try json(planned.quantized.report)),
    ]
  }

  /// `NAME.verify.json`.
  static func verification(
    _ report: VerificationReport, _ request: CompilationRequest
  ) throws -> Artefact {
    Artefact(fileName: "\(request.name).verify.json", text: try json(report))
  }

  /// Sorted keys, two spaces, one line feed at the end. Numbers that JSON has not are text.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}

/// What the emitters read.
struct Emission {
  let planned: PlannedModel
  let calibrated: CalibratedModel
  let request: CompilationRequest
  let manifest: ESPHomeManifest
  let provenance: Provenance

  init(planned: PlannedModel, calibrated: CalibratedModel, request: CompilationRequest) {
    self.planned = planned
    self.calibrated = calibrated
    self.request = request
    manifest = Emit.manifest(of: planned, request)
    provenance = planned.provenance
  }
}
