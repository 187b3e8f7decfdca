import Foundation
import RouseFormats
import RouseNumerics
import Testing

/// A bundle is written whole or not at all.
@Suite struct BundleWriterTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  let old = [Artefact(fileName: "a", text: "old a"), Artefact(fileName: "b", text: "old b")]
  let new = ["a", "b", "c/d"].map { Artefact(fileName: $0, text: "new \($0)") }

  /// Everything in the folder but the list, hidden files too.
  func contents() throws -> [String: String] {
    var result: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      result[name] = String(decoding: data, as: UTF8.self)
    }
    #expect(result.removeValue(forKey: "bundle.sha256") != nil)
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
    try BundleWriter.write(old, to: "\(folder)/x/y/")
    try FileManager.default.removeItem(atPath: "\(folder)/x")
    try BundleWriter.write(old, to: folder)
    #expect(try contents() == ["a": "old a", "b": "old b"])
    try BundleWriter.write(new, to: folder)
    #expect(try contents() == ["a": "new a", "b": "new b", "c/d": "new c/d"])
  }

  @Test func aFullDiskChangesNothing() throws {
    defer { cleanUp() }
    try BundleWriter.write(old, to: folder)
    let before = try contents()
    var calls = DiskCalls()
    calls.sync = { _ in
      errno = ENOSPC
      return -1
    }
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(new, to: folder, calls: calls) }
        == .file(FileError(path: "\(folder)/a", operation: .sync, code: ENOSPC)))
    #expect(try contents() == before)
  }

  @Test func aFailedSwapChangesNothing() throws {
    defer { cleanUp() }
    try BundleWriter.write(old, to: folder)
    let before = try contents()
    var calls = DiskCalls()
    // What a mount point answers.
    calls.exchange = { _, _ in
      errno = EBUSY
      return -1
    }
    #expect(
      failure { () throws(FormatError) in try BundleWriter.write(new, to: folder, calls: calls) }
        == .file(FileError(path: folder, operation: .rename, code: EBUSY)))
    #expect(try contents() == before)
  }

  @Test func aFailureLeavesNoNewFolder() throws {
    defer { cleanUp() }
    var calls = DiskCalls()
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
    for path in [folder, "\(folder)/x"] {
      let error = failure { () throws(FormatError) in try BundleWriter.write(new, to: path) }
      guard case .file(let error)? = error else {
        Issue.record("\(path) was accepted")
        continue
      }
      #expect(error.operation == .create && error.code == ENOTDIR, "\(error)")
    }
    #expect(FileManager.default.contents(atPath: folder) == Data("text".utf8))
  }

  @Test func namesStayInTheFolder() {
    for name in [
      "", ".", "..", ".hidden", "/a", "a\\b", "a\nb", "a\0", "../a", "a/../../b", "a//b", "a/",
      "a/.git/b", "a/./b", String(repeating: "a/", count: 9) + "b",
    ] {
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
}
