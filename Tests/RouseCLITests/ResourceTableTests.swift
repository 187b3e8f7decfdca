import Foundation
import RouseResources
import Testing

/// The embedded files are those of the repository, name for name and byte for byte.
@Suite struct ResourceTableTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test(arguments: ["targets", "templates", "Presets"])
  func folderIsEmbedded(folder: String) throws {
    let url = Self.root.appending(path: folder)
    let files = try? FileManager.default.contentsOfDirectory(atPath: url.path)
    let names = (files ?? []).filter { !$0.hasPrefix(".") }.sorted()
    #expect(
      Resources.names(in: folder) == names, "Package.swift `embedded` and ResourceTable.swift")
    for name in names {
      let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
      #expect(Resources.file("\(folder)/\(name)") == text)
    }
  }
}
