import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime

/// Proves a staged bundle: every file is read back from disk by Rouse's own readers, decoded, and compared with the model
/// in memory; the networks are run.
public struct Verify {
  /// Streaming steps that the int8 models run, at least.
  public static let minimumSteps = 1_000
  /// And at most: two minutes of sound.
  static let mostSteps = 4_096

  let bundle: StagedBundle
  let planned: PlannedModel
  let deployable: DeployableModel
  let request: CompilationRequest
  private var checks: [VerificationReport.Check] = []
  /// Held-out rows in one stream, repeated until they last for `minimumSteps`.
  let stream: [Int8]
  private var files: [String: File] = [:]
  /// Decoded from the `.tflite`, by the first check that needs it.
  var tfliteGraph: Graph?

  /// A file as it was found on disk.
  private struct File {
    var bytes: [UInt8]
    var digest: String
  }

  /// - Throws: `CompilerError.verificationFailed` with the whole report when any claim does not hold; reader errors when a
  ///   file cannot even be decoded.
  public static func report(
    on bundle: StagedBundle, _ planned: PlannedModel, _ deployable: DeployableModel,
    _ request: CompilationRequest
  ) throws -> VerificationReport {
    var verification = Verify(
      bundle: bundle, planned: planned, deployable: deployable, request: request)
    try verification.verifyTFLite()
    try verification.verifyCArray()
    try verification.verifyONNX()
    try verification.verifyManifest()
    try verification.verifyTexts()
    try verification.verifyPackages()
    try verification.verifyOperatingPoints()
    let report = VerificationReport(
      checks: verification.checks,
      model: try VerifiedModel(
        planned, bytes: try verification.read("\(request.name).tflite"),
        provenance: planned.provenance),
      layers: try verification.layers)
    guard report.holds else { throw CompilerError.verificationFailed(report) }
    return report
  }

  private init(
    bundle: StagedBundle, planned: PlannedModel, deployable: DeployableModel,
    request: CompilationRequest
  ) {
    self.bundle = bundle
    self.planned = planned
    self.deployable = deployable
    self.request = request
    let streaming = planned.quantized.streaming
    let step = streaming[streaming.inputs[0]].type.shape.count
    let whole = request.heldOut.flatMap { $0 }
    precondition(!whole.isEmpty, "a run folder always has held-out features")
    var rows = whole
    while rows.count < Self.minimumSteps * step { rows += whole }
    stream = rows
  }

  // MARK: - Checks

  /// Notes that `compared` things differ by at most `difference` where `tolerance` is allowed.
  mutating func note(
    _ fileName: String, _ bytes: [UInt8], reader: String, _ claim: String, compared: Int,
    unit: String, difference: Double, tolerance: Double = 0
  ) {
    // Several checks of one file have the same bytes, which are compared at no cost.
    let known = files[fileName].flatMap { $0.bytes == bytes ? $0.digest : nil }
    checks.append(
      .init(
        artefact: fileName, sha256: known ?? SHA256.hex(SHA256.digest(bytes)),
        bytes: bytes.count, reader: reader, claim: claim, compared: compared, unit: unit,
        largestDifference: difference, tolerance: tolerance,
        holds: compared > 0 && difference <= tolerance))
  }

  /// The bytes of one file as they are on disk; each file is read once.
  mutating func read(_ fileName: String) throws -> [UInt8] {
    if let known = files[fileName] { return known.bytes }
    let bytes = try bundle.read(fileName)
    files[fileName] = File(bytes: bytes, digest: SHA256.hex(SHA256.digest(bytes)))
    return bytes
  }

  /// Float against int8 over a part of the held-out clips.
  private var layers: LayerReport {
    get throws(GraphError) {
      let streaming = planned.quantized.streaming
      let step = streaming[streaming.inputs[0]].type.shape.count
      return try LayerReport.measure(
        float: deployable.streaming, int8: streaming,
        over: LayerReport.sample(request.heldOut, stepBytes: step), cycles: request.profile.cycles)
    }
  }
}
