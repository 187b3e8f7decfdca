import RouseEvaluation
import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining

/// What can be compiled and scored: a run folder of Rouse, or another program's model with a corpus.
public protocol CompilationSource {
  /// - Parameter name: base of the file names; made of the wake word when nil.
  func request(name: String?, output: String) throws -> CompilationRequest

  /// Miss rate and false accepts per hour on the test part, from the model decoded from the published file.
  func score(_ compilation: Compilation, _ request: CompilationRequest) throws -> DetectionSweep
}

extension RunCompilation: CompilationSource {}

/// A float model that another program trained, ready to be compiled for a target and scored on a corpus.
public struct FileCompilation: CompilationSource {
  /// What the file does not say.
  public struct Options: Hashable, Sendable {
    /// nil for the corpus's.
    public var wakeWord: String?
    /// Axis of the input that is time; nil to find it.
    public var timeAxis: Int?
    /// Rows of a window where the file leaves them open.
    public var windowRows: Int?
    public var stepMilliseconds = 10
    public var threads = 1

    public init() {}
  }

  public let imported: ImportedNetwork
  public let features: CorpusFeatures
  private let source: SourceModel
  private let profile: TargetProfile

  /// Larger files hold no network for a microcontroller.
  static let largestFile = 64 << 20

  /// Reads the model, then computes the features of the corpus.
  ///
  /// - Parameter corpus: path of a YAML file as `rouse train` takes.
  /// - Throws: `CompilerError.unreadable` with what is wrong with the model; what the corpus and the target throw.
  public init(
    file: String, corpus path: String, target: String, options: Options,
    progress: @escaping @Sendable (TrainingProgress) -> Void = { _ in }
  ) throws {
    profile = try TargetCatalog.profile(target)
    imported = try Self.network(file, options)
    let corpus = try Corpus(file: path)
    // Whatever cannot stream is refused before minutes of sound are read.
    _ = try MakeStreaming.apply(to: try FoldBatchNorm.apply(to: imported.graph))
    let geometry = CorpusFeatures.Geometry(
      stepMilliseconds: options.stepMilliseconds,
      windowRows: imported.graph[imported.graph.inputs[0]].type.shape[1])
    features = try CorpusFeatures.make(
      corpus, geometry, recipe: try Preset(named: Self.recipe), threads: options.threads,
      observer: TrainingObserver(progress: progress))
    source = SourceModel(
      graph: imported.graph, wakeWord: options.wakeWord ?? corpus.wakeWord,
      stepMilliseconds: options.stepMilliseconds, origin: imported.origin, corpusDigest: nil)
  }

  /// How the corpus's recordings become examples.
  private static let recipe = "esphome-standard"

  /// The network in a model file, TFLite when its bytes say so and ONNX otherwise.
  ///
  /// - Throws: `CompilerError.file`, `CompilerError.unreadable`.
  public static func network(
    _ file: String, _ options: Options
  ) throws(CompilerError) -> ImportedNetwork {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(file, limit: largestFile) } catch { throw .file(error) }
    let resemblance = FileResemblance(bytes)
    do {
      return try ModelImport.network(
        from: bytes, resemblance == .tflite ? .tflite : .onnx,
        .init(
          timeAxis: options.timeAxis, windowRows: options.windowRows,
          features: MicroFrontEnd.channels))
    } catch {
      throw .unreadable(file: file, error, resembles: resemblance == .onnx ? nil : resemblance)
    }
  }

  public func request(name: String?, output: String) throws -> CompilationRequest {
    let test = features.testPositives + features.testAmbient
    return CompilationRequest(
      source: source, calibration: features.calibration,
      heldOut: test.isEmpty ? features.validationPositives : test,
      validation: .init(
        positives: features.validationPositives, ambient: features.validationAmbient,
        temptation: features.hasAmbientValidation ? 1 : RunCompilation.temptationOfNegatives),
      profile: profile, name: name ?? SafeName.identifier(source.wakeWord), output: output)
  }

  public func score(_ compilation: Compilation, _ request: CompilationRequest) throws
    -> DetectionSweep
  {
    let path = "\(request.output)/\(request.name).tflite"
    let model = try TFLiteReader.read(try InputFile.read(path, limit: 1 << 30))
    return try Scoring.sweep(
      try GraphDecoding.graph(from: model), positives: features.testPositives,
      ambient: features.testAmbient, stepMilliseconds: source.stepMilliseconds)
  }
}

extension ImportedNetwork {
  /// `ONNX of pytorch 2.15.0`
  public var origin: String {
    let format = kind == .tflite ? "TFLite" : "ONNX"
    return producer.isEmpty ? format : "\(format) of \(producer)"
  }
}
