import Foundation
import RouseCompiler
import RouseFormats
import Testing

@Suite struct CheckFilesTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "rouse-check-\(UUID().uuidString)"
    ).path

    init(_ files: [String: Data]) throws {
      for (name, content) in files {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  static let manifest = Data(CheckModels.manifest.utf8)

  @Test func aFolderStandsForItsManifests() throws {
    let folder = try Folder([
      "nova.json": Self.manifest, "nova.tflite": Data([1]), "other.tflite": Data([2]),
      "nova.budget.json": Data("{\"verdict\": \"fits\"}".utf8),
    ])
    let inputs = try CheckFiles.inputs([folder.path])
    #expect(inputs.map(\.file) == ["\(folder.path)/nova.tflite"])
    #expect(inputs[0].model == .bytes([1]) && inputs[0].manifest != nil)
  }

  @Test func aFolderWithoutManifestsStandsForItsModels() throws {
    let folder = try Folder(["b.tflite": Data([2]), "a.tflite": Data([1]), "notes.txt": Data()])
    let inputs = try CheckFiles.inputs([folder.path + "/"])
    #expect(inputs.map(\.model) == [.bytes([1]), .bytes([2])])
    let empty = try Folder(["notes.txt": Data()])
    #expect(throws: CompilerError.nothingToCheck(folder: empty.path)) {
      try CheckFiles.inputs([empty.path])
    }
  }

  @Test func aModelIsLookedForBesideItsManifestOnly() throws {
    let outside = Data(CheckModels.manifest.replacing("nova.tflite", with: "../nova.tflite").utf8)
    let folder = try Folder([
      "nova.tflite": Data([1]), "a/nova.json": Self.manifest, "a/outside.json": outside,
      "a/below.json": Data(CheckModels.manifest.replacing("nova.tflite", with: "b/x.tflite").utf8),
      "a/b/x.tflite": Data([3]),
    ])
    func model(_ name: String) throws -> CheckInput.Model {
      try #require(try CheckFiles.inputs(["\(folder.path)/a/\(name).json"]).first).model
    }
    #expect(try model("nova") == .missing)
    #expect(try model("outside") == .outside)
    #expect(try model("below") == .bytes([3]))
  }

  @Test(arguments: [
    ("", FileResemblance.nothing), ("{\"type\": \"micro\"}", .json), ("<!DOCTYPE html>", .html),
    ("version https://git-lfs.github.com/spec/v1", .gitPointer), ("\u{7F}ELF\u{2}", .elf),
    ("PK\u{3}\u{4}", .zip), ("\u{8}\u{8}\u{12}\u{7}pytorch", .onnx), ("\0\0\0\0TFL3", .tflite),
  ])
  func otherFilesAreRecognized(_ text: String, _ kind: FileResemblance) throws {
    #expect(FileResemblance(Array(text.utf8)) == kind)
    let input = CheckInput(file: "x.tflite", model: .bytes(Array(text.utf8)))
    let error = #expect(throws: CompilerError.self) { try CheckModels.report([input]) }
    guard case .unreadable("x.tflite", _, kind) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func binaryFilesAreRecognized() {
    #expect(FileResemblance([0x89, 0x48, 0x44, 0x46]) == .hdf5)
    #expect(FileResemblance([0x93, 0x4E, 0x55, 0x4D]) == .numpy)
    #expect(FileResemblance([1, 2, 3]) == nil)
  }

  /// Wherever a file is cut, it is an error with an offset, or a model whose end nothing needs.
  @Test func truncatedModelsAreUnreadable() throws {
    let bytes = TFLiteWriter.write(try CheckModels.model())
    for count in stride(from: 8, to: bytes.count - 16, by: 97) {
      let input = CheckInput(file: "x.tflite", model: .bytes(Array(bytes.prefix(count))))
      let error = #expect(throws: CompilerError.self) { try CheckModels.report([input]) }
      guard case .unreadable(_, .malformed(.tflite, let offset, _, _), .tflite) = error else {
        Issue.record("\(count): \(String(describing: error))")
        continue
      }
      #expect((0...bytes.count).contains(offset))
    }
  }

  // MARK: - Firmware

  @Test(arguments: [
    ("esphome-2026.10", "ESPHome 2026.10.0"), ("ESPHome 2024.7.0", "ESPHome 2024.7.0"),
    ("esphome", "ESPHome 2026.10.0"), ("esphome-2024", "ESPHome 2024.11.0"),
  ])
  func firmwareIsFoundByName(_ name: String, _ release: String) throws {
    let profile = try TargetCatalog.profile("esp32-s3-n16r8")
    #expect(try profile.firmware(named: name).release == release)
  }
}
