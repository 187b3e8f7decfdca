import RouseEvaluation
import RouseFormats
import RouseFrontEnd
import RouseNumerics
import RouseTraining

/// A finished run folder, ready to be compiled for a target and scored.
public struct RunCompilation {
  private let trained: TrainedModel
  private let folder: RunFolder
  private let profile: TargetProfile

  /// Negatives are other words of the same people and speech without a pause. An hour of them tempts a detector as much as
  /// this many hours of a room: an assumption, not a measurement. Ambient recordings in the validation split replace it.
  static let temptationOfNegatives = 10.0

  public init(folder: String, target: String) throws {
    let profile = try TargetCatalog.profile(target)
    let folder = RunFolder(folder)
    self.init(try folder.model(), in: folder, profile)
  }

  /// - Parameter trained: a model that the folder may not hold yet.
  init(_ trained: TrainedModel, in folder: RunFolder, _ profile: TargetProfile) {
    self.trained = trained
    self.folder = folder
    self.profile = profile
  }

  /// - Parameter name: base of the file names; made of the wake word when nil.
  public func request(name: String?, output: String) throws(TrainingError) -> CompilationRequest {
    let validation = try folder.validation()
    let ambient = validation.clipRows(role: "ambient")
    let negatives = validation.clipRows(role: "negative")
    var request = CompilationRequest(
      source: SourceModel(trained), calibration: try folder.calibration().clipRows(),
      heldOut: try heldOut(),
      validation: .init(
        positives: validation.clipRows(role: "positive"),
        ambient: ambient.isEmpty ? negatives : ambient,
        temptation: ambient.isEmpty ? Self.temptationOfNegatives : 1),
      profile: profile, name: name ?? SafeName.identifier(trained.wakeWord), output: output)
    let settings = trained.preset.detection
    if let cutoff = settings.cutoff {
      request.detection = Detection(
        cutoff: ESPHomeManifest.code(ofCutoff: cutoff), window: settings.slidingWindow)
    }
    return request
  }

  /// Test clips for verification; ambient sound when there are none.
  private func heldOut() throws(TrainingError) -> [[Int8]] {
    let test = try folder.test().clipRows()
    return test.isEmpty ? try folder.ambient().clipRows() : test
  }

  /// Miss rate and false accepts per hour on the test part, from the model decoded from the published file.
  public func score(_ compilation: Compilation, _ request: CompilationRequest) throws
    -> DetectionSweep
  {
    let path = "\(request.output)/\(request.name).tflite"
    let model = try TFLiteReader.read(try InputFile.read(path, limit: 1 << 30))
    return try Scoring.sweep(
      try GraphDecoding.graph(from: model), positives: try folder.test().clipRows(),
      ambient: try folder.ambient().clipRows(),
      stepMilliseconds: trained.preset.stepMilliseconds)
  }
}

extension FeatureStore {
  /// The rows of each clip, optionally of one role only, in the order of the file.
  func clipRows(role: String? = nil) -> [[Int8]] {
    clips.filter { role == nil || $0.role == role }.map { rows($0.rows) }
  }
}
