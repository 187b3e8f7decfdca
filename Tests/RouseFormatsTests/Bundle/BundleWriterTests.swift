import Foundation
import RouseFormats
import RouseNumerics
import Testing

/// A bundle is written whole or not at all.
@Suite struct BundleWriterTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  let old = [Artefact(fileName: "a", text: "old a"), Artefact(fileName: "b", text: "old b")]
  let new = ["a", "b", "c"].map { Artefact(fileName: $0, text: "new \($0)") }

  /// Everything in the folder, hidden files too.
  func contents() throws -> [String: String] {
    var result: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      result[name] = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }
    return result
  }

  func cleanUp() { try? FileManager.default.removeItem(atPath: folder) }

  func failure(_ body: () throws(FormatError) -> Void) -> FormatError? {
    do throws(FormatError) {
      try body()
      return nil
    } catch { return error }
  }

  @Test func makesTheFolderAndReplacesFiles() throws {
    defer { cleanUp() }
    try BundleWriter.write(old, to: "\(folder)/x/y")
    try BundleWriter.write(old, to: folder)
    try FileManager.default.removeItem(atPath: "\(folder)/x")
    try BundleWriter.write(new, to: folder)
    #expect(try contents() == ["a": "new a", "b": "new b", "c": "new c"])
  }

  @Test func aFullDiskChangesNothing() throws {
    defer { cleanUp() }
    try BundleWriter.write(old, to: folder)
    let before = try contents()
    var calls = FileCalls()
    calls.sync = { _ in
      errno = ENOSPC
      return -1
    }
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(new, to: folder, calls: calls) }
        == .file(FileError(path: "\(folder)/a", operation: .sync, code: ENOSPC)))
    #expect(try contents() == before)
  }

  @Test(arguments: ["a", "b", "c"]) func aFailedRenameChangesNothing(name: String) throws {
    defer { cleanUp() }
    try BundleWriter.write(old, to: folder)
    let before = try contents()
    var calls = FileCalls()
    let path = "\(folder)/\(name)"
    calls.rename = { from, to in
      guard to != path else {
        errno = EIO
        return -1
      }
      return rename(from, to)
    }
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(new, to: folder, calls: calls) }
        == .file(FileError(path: path, operation: .rename, code: EIO)))
    #expect(try contents() == before)
  }

  @Test func aFailureLeavesNoNewFolder() throws {
    defer { cleanUp() }
    var calls = FileCalls()
    calls.write = { _, _, _ in
      errno = ENOSPC
      return -1
    }
    #expect(
      failure { () throws(FormatError) in
        try BundleWriter.write(new, to: "\(folder)/x/y", calls: calls)
      } == .file(FileError(path: "\(folder)/x/y/a", operation: .write, code: ENOSPC)))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func aFileInPlaceOfTheFolderIsAnError() throws {
    defer { cleanUp() }
    try AtomicFile.write("text", to: folder)
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(new, to: "\(folder)/x") }
        == .file(FileError(path: folder, operation: .create, code: ENOTDIR)))
  }

  @Test func namesStayInTheFolder() {
    for name in ["", ".", "..", ".hidden", "a/b", "/a", "a\\b", "a\nb", "a\0"] {
      let artefacts = [Artefact(fileName: name, text: "")]
      #expect(
        failure { () throws(FormatError) in try BundleWriter.write(artefacts, to: folder) }
          == .unsafeFileName(name))
    }
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(old + old, to: folder) }
        == .duplicateFileName("a"))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func removesWhatIsThere() throws {
    defer { cleanUp() }
    try BundleWriter.write(new, to: folder)
    try BundleWriter.remove(["a", "absent", "c"], from: folder)
    #expect(try contents() == ["b": "new b"])
    #expect(
      failure { () throws(FormatError) in try BundleWriter.remove(["../x"], from: folder) }
        == .unsafeFileName("../x"))
  }
}
