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
      + budget(emission) + operatingPoints(emission)
  }

  private static func budget(_ emission: Emission) throws -> [Artefact] {
    [
      Artefact(
        fileName: "\(emission.request.name).budget.json", text: emission.planned.budget.json)
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
