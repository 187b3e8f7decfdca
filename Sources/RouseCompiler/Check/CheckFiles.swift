import Foundation
import RouseFormats
import RouseNumerics

/// Finds models and their manifests on disk.
public enum CheckFiles {
  /// More than the flash of any supported board.
  static let largestModel = 64 << 20

  /// A folder stands for every manifest in it, or for every `.tflite` when it has no manifest.
  ///
  /// - Throws: `CompilerError.file` for what cannot be read, `unreadable` for a manifest that is not JSON,
  ///   `nothingToCheck` for a folder without models.
  public static func inputs(_ paths: [String]) throws(CompilerError) -> [CheckInput] {
    var result: [CheckInput] = []
    for path in paths {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if exists && isFolder.boolValue {
        result += try folder(path)
      } else if path.hasSuffix(".json") {
        result.append(try manifest(path, try read(path, limit: largestModel)))
      } else {
        result.append(
          CheckInput(file: path, model: .bytes(try read(path, limit: largestModel))))
      }
    }
    return result
  }

  private static func folder(_ path: String) throws(CompilerError) -> [CheckInput] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw .file(FileError(path: path, operation: .read, code: EACCES))
    }
    let base = path.hasSuffix("/") ? path : path + "/"
    var result: [CheckInput] = []
    for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
      let bytes = try read(base + name, limit: largestModel)
      if try resemblesManifest(base + name, bytes) {
        result.append(try manifest(base + name, bytes))
      }
    }
    if result.isEmpty {
      for name in names where name.hasSuffix(".tflite") && !name.hasPrefix(".") {
        result.append(
          CheckInput(
            file: base + name, model: .bytes(try read(base + name, limit: largestModel))))
      }
    }
    guard !result.isEmpty else { throw .nothingToCheck(folder: path) }
    return result
  }

  private static func manifest(
    _ path: String, _ bytes: [UInt8]
  ) throws(CompilerError) -> CheckInput {
    let content: LenientManifest
    do {
      content = try LenientManifestReader.read(bytes)
    } catch {
      throw .unreadable(file: path, error, resembles: FileResemblance(bytes))
    }
    let manifest = CheckInput.Manifest(file: path, content: content)
    guard let name = content.model?.value, !name.isEmpty else {
      return CheckInput(file: path, model: .unnamed, manifest: manifest)
    }
    guard isInside(name) else {
      return CheckInput(file: name, model: .outside, manifest: manifest)
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    do {
      let bytes = try InputFile.read(folder + name, limit: largestModel)
      return CheckInput(file: folder + name, model: .bytes(bytes), manifest: manifest)
    } catch {
      guard error.code == ENOENT || error.code == EISDIR || error.code == ENOTDIR else {
        throw .file(error)
      }
      return CheckInput(file: folder + name, model: .missing, manifest: manifest)
    }
  }

  private static func resemblesManifest(
    _ path: String, _ bytes: [UInt8]
  ) throws(CompilerError) -> Bool {
    do {
      return try LenientManifestReader.resemblesManifest(bytes)
    } catch {
      throw .unreadable(file: path, error, resembles: FileResemblance(bytes))
    }
  }

  /// A relative path that never climbs above the folder of the manifest.
  private static func isInside(_ name: String) -> Bool {
    guard !name.hasPrefix("/"), !name.contains("\0") else { return false }
    return !name.split(separator: "/").contains("..")
  }

  private static func read(_ path: String, limit: Int) throws(CompilerError) -> [UInt8] {
    do {
      return try InputFile.read(path, limit: limit)
    } catch {
      throw .file(error)
    }
  }
}
