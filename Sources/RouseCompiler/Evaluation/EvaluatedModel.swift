import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining

/// A streaming model that is scored, decoded from the bytes of a `.tflite`.
///
/// Of a run folder, the network is quantized as `rouse compile` does and written into bytes first.
public struct EvaluatedModel: Sendable {
  /// Base of output files: the model's file name without its ending, or the wake word of a run.
  public let name: String
  public let wakeWord: String?
  public let stepMilliseconds: Int
  /// Cutoff and window of the manifest or, for a run, of its validation part; nil when nobody states them.
  public let detection: Detection?
  /// Says in words where `detection` comes from.
  public let detectionSource: String
  public let sha256: String
  public let model: RunnableModel
  /// Feature rows of one invocation.
  public let strideRows: Int
  /// Runs many steps at a time when the network's state is nothing but ring buffers.
  let batch: BatchInterpreter?

  /// Time between two probabilities.
  public var strideSeconds: Double { Double(strideRows * stepMilliseconds) / 1000 }

  /// - Parameter path: a `.tflite` (with its manifest beside it, if any), a manifest, a bundle's folder or a run folder.
  /// - Throws: what is wrong with the files; `CompilerError.notStreaming` for a model that firmware cannot feed with
  ///   features, `.severalModels` for a folder with more than one.
  public init(at path: String) throws {
    let run = RunFolder(path)
    if FileManager.default.fileExists(atPath: run.modelFile) {
      try self.init(run: run)
      return
    }
    let inputs = try CheckFiles.inputs([path])
    guard inputs.count == 1, let input = inputs.first else {
      throw CompilerError.severalModels(folder: path, names: inputs.map(\.file.lastPathComponent))
    }
    let bytes = try Self.bytes(of: input)
    let model: RunnableModel
    do {
      model = try RunnableModel(tflite: bytes)
    } catch let error as FormatError {
      throw CompilerError.unreadable(
        file: input.file, error, resembles: FileResemblance(bytes))
    }
    var settings: DetectionSettings?
    do {
      settings = try DetectionSettings(
        model: input.file, manifest: input.manifest?.file, cutoff: nil, window: nil)
    } catch CompilerError.noCutoff {
      // A model without a manifest is scored all the same; the step is then ESPHome's 10 ms.
      settings = nil
    }
    try self.init(
      name: Self.base(input.file), bytes: bytes, model: model, wakeWord: settings?.wakeWord,
      stepMilliseconds: settings?.stepMilliseconds ?? 10,
      detection: settings.map {
        Detection(cutoff: Int($0.rule.cutoff), window: $0.rule.window)
      }, source: "the manifest")
  }

  /// Quantizes the trained network of a finished run.
  private init(run: RunFolder) throws {
    let compilation = try RunCompilation(folder: run.path, target: Self.anyTarget)
    let request = try compilation.request(name: nil, output: "")
    let quantized = try request.quantized()
    let detection = try ChooseOperatingPoint.apply(to: quantized, request)
    let bytes = TFLiteWriter.write(
      try TFLiteLowering.model(from: quantized.streaming, description: ""))
    try self.init(
      name: request.name, bytes: bytes, model: try RunnableModel(tflite: bytes),
      wakeWord: request.source.wakeWord, stepMilliseconds: request.source.stepMilliseconds,
      detection: detection, source: "the validation part of the run")
  }

  /// A streaming graph, by way of the bytes of a `.tflite`.
  package init(
    name: String, graph: Graph, stepMilliseconds: Int, detection: Detection? = nil
  ) throws {
    let bytes = TFLiteWriter.write(try TFLiteLowering.model(from: graph, description: ""))
    try self.init(
      name: name, bytes: bytes, model: try RunnableModel(tflite: bytes), wakeWord: nil,
      stepMilliseconds: stepMilliseconds, detection: detection, source: "the caller")
  }

  /// No pass before `lower` asks for the target.
  static let anyTarget = "esp32-s3-n16r8"

  private init(
    name: String, bytes: [UInt8], model: RunnableModel, wakeWord: String?, stepMilliseconds: Int,
    detection: Detection?, source: String
  ) throws {
    self.name = name
    self.model = model
    self.wakeWord = wakeWord
    self.stepMilliseconds = stepMilliseconds
    self.detection = detection
    detectionSource = source
    sha256 = SHA256.hex(SHA256.digest(bytes))
    strideRows = try AudioRun(model, rule: nil, stepMilliseconds: stepMilliseconds).strideRows
    batch = try BatchInterpreter(model.graph)
  }

  private static func bytes(of input: CheckInput) throws(CompilerError) -> [UInt8] {
    switch input.model {
    case .bytes(let bytes): return bytes
    case .missing: throw .file(FileError(path: input.file, operation: .open, code: ENOENT))
    case .outside, .unnamed:
      throw .unreadable(
        file: input.manifest?.file ?? input.file,
        .field(
          .manifest, name: "model", expected: "a file beside the manifest", found: input.file),
        resembles: nil)
    }
  }

  /// `hey_nova` of `out/hey_nova.tflite`.
  private static func base(_ path: String) -> String {
    let name = path.lastPathComponent
    return name.hasSuffix(".tflite") ? String(name.dropLast(".tflite".count)) : name
  }
}
