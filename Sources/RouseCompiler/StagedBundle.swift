import Glibc
import RouseFormats
import RouseNumerics

/// A bundle that is on disk but not yet under its final names.
///
/// The files lie in a hidden folder inside the output folder until they are verified; `publish` then puts all of them in
/// place, `discard` removes every trace. What a killed run left behind is removed by the next one.
public struct StagedBundle {
  private static let prefix = ".rouse-staging-"

  public let output: String
  public let artefacts: [Artefact]
  private let staging: String

  /// Writes `artefacts` to the staging folder.
  public init(_ artefacts: [Artefact], in output: String) throws(FormatError) {
    self.output = output
    self.artefacts = artefacts
    staging = "\(output)/\(Self.prefix)\(getpid())"
    Self.removeAbandoned(in: output)
    do {
      try BundleWriter.write(artefacts, to: staging)
    } catch {
      rmdir(staging)
      rmdir(output)
      throw error
    }
  }

  /// The bytes of one file as they are on disk.
  public func read(_ fileName: String) throws(FormatError) -> [UInt8] {
    do { return try InputFile.read("\(staging)/\(fileName)", limit: 1 << 30) } catch {
      throw .file(error)
    }
  }

  /// Puts the verified files and `extra` ones in place, all or none.
  public func publish(with extra: [Artefact]) throws(FormatError) {
    try BundleWriter.write(artefacts + extra, to: output)
  }

  /// Removes the staged files; a folder that this run made and that is empty again goes as well.
  public func discard() {
    Self.removeFolder(staging)
    rmdir(output)
  }

  /// Removes staging folders whose process no longer exists.
  private static func removeAbandoned(in output: String) {
    for name in names(in: output) where name.hasPrefix(prefix) {
      guard let process = pid_t(name.dropFirst(prefix.count)), kill(process, 0) != 0 else {
        continue
      }
      removeFolder("\(output)/\(name)")
    }
  }

  private static func removeFolder(_ folder: String) {
    for name in names(in: folder) { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
