import Foundation
import RouseFormats
import RouseNumerics

/// One of the two models that `rouse diff` compares, and the manifest that came with it.
public struct DiffModel: Sendable {
  /// The model's file without its folder.
  public let name: String
  public let bytes: [UInt8]
  public let model: TFLiteModel
  public let inspection: ModelInspection
  public let manifest: LenientManifest?

  /// - Parameter path: a `.tflite`, a manifest whose model lies beside it, or a folder with one of them.
  /// - Throws: `CompilerError.file` and `.unreadable` for what cannot be read, `.nothingToCheck` and `.severalModels` for
  ///   folders that do not hold exactly one model.
  public init(at path: String) throws(CompilerError) {
    let inputs = try CheckFiles.inputs([path])
    guard inputs.count == 1 else {
      throw .severalModels(folder: path, names: inputs.map(\.file.lastPathComponent))
    }
    let input = inputs[0]
    switch input.model {
    case .bytes(let bytes):
      try self.init(file: input.file, bytes: bytes, manifest: input.manifest?.content)
    case .missing: throw .file(FileError(path: input.file, operation: .open, code: ENOENT))
    case .outside: throw Self.noModel(input, found: "`\(input.file)`")
    case .unnamed: throw Self.noModel(input, found: "nothing")
    }
  }

  /// - Parameter file: for messages.
  public init(
    file: String, bytes: [UInt8], manifest: LenientManifest? = nil
  ) throws(CompilerError) {
    name = file.lastPathComponent
    self.bytes = bytes
    self.manifest = manifest
    do {
      model = try TFLiteReader.read(bytes)
      inspection = try ModelInspection.read(bytes, as: .tflite)
    } catch {
      throw .unreadable(file: file, error, resembles: FileResemblance(bytes))
    }
  }

  private static func noModel(_ input: CheckInput, found: String) -> CompilerError {
    .unreadable(
      file: input.manifest?.file ?? input.file,
      .field(.manifest, name: "model", expected: "a file beside the manifest", found: found),
      resembles: nil)
  }
}
