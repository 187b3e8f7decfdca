import Foundation
import RouseFormats
import RouseNumerics
import Testing

/// What a bundle may replace, and what it may not.
@Suite struct StagedBundleTests {
  let parent = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  var folder: String { "\(parent)/out" }
  let old = ["a", "x/b"].map { Artefact(fileName: $0, text: "old \($0)") }
  let new = ["a", "y/c"].map { Artefact(fileName: $0, text: "new \($0)") }

  init() throws {
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
  }

  private func cleanUp() { try? FileManager.default.removeItem(atPath: parent) }

  private func failure(_ artefacts: [Artefact], named name: String = "n") -> FormatError? {
    do {
      try BundleWriter.write(artefacts, named: name, to: folder)
      return nil
    } catch { return error }
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
  }

  private func write(_ text: String, _ name: String) throws {
    try AtomicFile.write(text, to: "\(folder)/\(name)")
  }

  @Test func aNewBundleReplacesTheWholeOldOne() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    #expect(chmod(folder, 0o750) == 0)
    #expect(failure(new) == nil)
    #expect(try names(folder) == ["a", "n.sha256", "y", "y/c"])
    #expect(try names(parent) == ["out", "out/a", "out/n.sha256", "out/y", "out/y/c"])
    let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions]
    #expect(mode as? Int == 0o750, "permissions of the folder stay")
  }

  @Test func filesThatNoBundleBroughtAreNeverLost() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    try write("mine", "notes.txt")
    try FileManager.default.createDirectory(
      atPath: "\(folder)/run", withIntermediateDirectories: true)
    #expect(
      failure(new)
        == .occupied(folder: folder, strangers: ["notes.txt", "run/"], edited: []))
    #expect(try names(folder) == ["a", "n.sha256", "notes.txt", "run", "x", "x/b"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["out"])
  }

  @Test func aFolderOfSomethingElseIsRefused() throws {
    defer { cleanUp() }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/src/deep", withIntermediateDirectories: true)
    try write("mine", "n.sha256")
    #expect(
      failure(new) == .occupied(folder: folder, strangers: ["n.sha256", "src"], edited: []))
    #expect(try names(folder) == ["n.sha256", "src", "src/deep"])
  }

  @Test func anEditedFileIsNotLost() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    try write("tuned by hand", "a")
    #expect(failure(new) == .occupied(folder: folder, strangers: [], edited: ["a"]))
    #expect(try String(contentsOfFile: "\(folder)/a", encoding: .utf8) == "tuned by hand")
    // Deleting it is how a user says that it may go.
    try FileManager.default.removeItem(atPath: "\(folder)/a")
    #expect(failure(new) == nil)
  }

  @Test func aFileThatIsEditedDuringVerificationIsNotLost() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    let staged = try StagedBundle(new, named: "n", in: folder)
    try write("tuned by hand", "a")
    #expect(throws: FormatError.occupied(folder: folder, strangers: [], edited: ["a"])) {
      try staged.publish(with: [])
    }
    staged.discard()
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["out"])
  }

  @Test func eachBundleNeedsAFolderOfItsOwn() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    #expect(
      failure(new, named: "m") == .occupiedByBundle(folder: folder, found: "n", name: "m"))
  }

  @Test func anEmptyFolderAndALinkToOneAreFine() throws {
    defer { cleanUp() }
    try FileManager.default.createDirectory(
      atPath: "\(parent)/real", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder, withDestinationPath: "\(parent)/real")
    #expect(failure(old) == nil)
    #expect(try names("\(parent)/real") == ["a", "n.sha256", "x", "x/b"])
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder) == "\(parent)/real")
  }

  @Test func discardingLeavesNoTrace() throws {
    defer { cleanUp() }
    let deep = "\(parent)/p/q/out"
    let staged = try StagedBundle(new, named: "n", in: deep)
    #expect(try staged.read("y/c") == Array("new y/c".utf8))
    #expect(!FileManager.default.fileExists(atPath: deep))
    staged.discard()
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent).isEmpty)
  }

  @Test func remainsOfAKilledRunAreRemovedAndThoseOfOthersAreNot() throws {
    defer { cleanUp() }
    // A process that has ended has a number that nobody has for now.
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    let dead = "\(parent)/.out.rouse-staging-\(process.processIdentifier)-0"
    let alive = "\(parent)/.out.rouse-staging-1-0"
    let other = "\(parent)/.output.rouse-staging-\(process.processIdentifier)-0"
    for path in [dead, alive, other] {
      try FileManager.default.createDirectory(
        atPath: "\(path)/deep", withIntermediateDirectories: true)
      try AtomicFile.write("half", to: "\(path)/deep/file")
    }
    #expect(failure(new) == nil)
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: parent)) == [
        "out", ".out.rouse-staging-1-0", (other as NSString).lastPathComponent,
      ])
  }

  @Test func theListIsOneThatSha256sumChecks() throws {
    defer { cleanUp() }
    #expect(failure(old) == nil)
    let run = try runProgram(
      "/bin/sh", ["-c", "cd '\(folder)' && sha256sum -c n.sha256"])
    #expect(run.status == 0 && run.output.contains("x/b: OK"), "\(run.output)")
  }
}
