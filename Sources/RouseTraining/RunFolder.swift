import Glibc
import RouseFrontEnd
import RouseNumerics

/// The folder of one training run: everything that compiling needs, without the recordings.
///
/// | file | content |
/// |---|---|
/// | `preset.yaml` | the preset, as it was read |
/// | `run.yaml` | wake word, seed, digests, and which clips were used, in words |
/// | `checkpoint.rouse` | where to go on (`Checkpoint`) |
/// | `checkpoints/STEP.rouse` | the latest checkpoints and the best one (`CheckpointFolder`) |
/// | `metrics.jsonl` | loss, learning rate, validations (`TrainingRecord`), one line each |
/// | `tensorboard/` | the same for TensorBoard (`EventFile`) |
/// | `model.rouse` | the result (`TrainedModel`); there once the run is finished |
/// | `calibration.features` | clips that show the quantizer the range of every activation |
/// | `validation.features` | streams with the word and without, on which the operating point is chosen |
/// | `test.features` | held-out recordings of the wake word, 1.5 s of quiet before and 0.6 s after each |
/// | `ambient.features` | the ambient recordings, whole |
public struct RunFolder: Hashable, Sendable {
  public var path: String

  public init(_ path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  public var presetFile: String { path + "/preset.yaml" }
  public var summaryFile: String { path + "/run.yaml" }
  public var checkpointFile: String { path + "/checkpoint.rouse" }
  public var checkpointFolder: String { path + "/checkpoints" }
  public var metricsFile: String { path + "/metrics.jsonl" }
  public var eventFolder: String { path + "/tensorboard" }
  public var eventFile: String { eventFolder + "/events.out.tfevents.0.rouse" }
  public var modelFile: String { path + "/model.rouse" }
  public var calibrationFile: String { path + "/calibration.features" }
  public var validationFile: String { path + "/validation.features" }
  public var testFile: String { path + "/test.features" }
  public var ambientFile: String { path + "/ambient.features" }

  // MARK: - Reading

  /// - Throws: `.missingPart` when the run is not finished.
  public func model() throws(TrainingError) -> TrainedModel {
    try requirePart(modelFile)
    return try TrainedModel(path: modelFile)
  }

  public func calibration() throws(TrainingError) -> FeatureStore { try store(calibrationFile) }
  public func validation() throws(TrainingError) -> FeatureStore { try store(validationFile) }
  public func test() throws(TrainingError) -> FeatureStore { try store(testFile) }
  public func ambient() throws(TrainingError) -> FeatureStore { try store(ambientFile) }

  private func store(_ file: String) throws(TrainingError) -> FeatureStore {
    try requirePart(file)
    do { return try FeatureStore(path: file) } catch { throw .features(error) }
  }

  func requirePart(_ file: String) throws(TrainingError) {
    guard Self.exists(file) else { throw .missingPart(file: file) }
  }

  // MARK: - Writing

  /// True when a run was begun here.
  public var holdsRun: Bool {
    [presetFile, checkpointFile, modelFile].contains { Self.exists($0) }
  }

  var holdsCheckpoint: Bool { Self.exists(checkpointFile) }
  var holdsMetrics: Bool { Self.exists(metricsFile) }

  static func exists(_ file: String) -> Bool { access(file, F_OK) == 0 }

  /// Makes the folder, those above it and those in it.
  package func create() throws(TrainingError) {
    for folder in [path, checkpointFolder, eventFolder] { try Self.make(folder) }
  }

  /// Removes what a killed process left half-written.
  func removeRemains() throws(TrainingError) {
    for folder in [path, checkpointFolder, eventFolder] where Self.exists(folder) {
      let names: [String]
      do { names = try FolderNames.all(in: folder) } catch { throw .file(error) }
      for name in names where AtomicFile.isTemporary(name) { try Self.remove("\(folder)/\(name)") }
    }
  }

  static func remove(_ file: String) throws(TrainingError) {
    guard unlink(file) == 0 || errno == ENOENT else {
      throw .file(FileError(path: file, operation: .remove, code: errno))
    }
  }

  static func make(_ path: String) throws(TrainingError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made == "/" ? part : "/" + part
      if mkdir(made, 0o777) != 0 {
        let code = errno
        var status = stat()
        guard stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
          throw .file(FileError(path: made, operation: .create, code: code))
        }
      }
    }
  }

  func write(_ text: String, to file: String) throws(TrainingError) {
    do { try AtomicFile.write(text, to: file) } catch { throw .file(error) }
  }
}
