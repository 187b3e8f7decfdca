import Foundation
import RouseFormats
import RouseNumerics
import Testing

/// `rouse diff` as a person or a script meets it.
@Suite struct DiffCommandTests {
  private static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "RouseFormatsTests/Fixtures/ops/stream_state.tflite").path

  private func diff(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["diff"] + arguments)
  }

  /// The fixture with one byte changed of what its ring buffer begins with, which the first outputs show.
  private func changed() throws -> Data {
    var model = try TFLiteReader.read(InputFile.read(Self.model))
    let initial = try #require(model.buffers.firstIndex { $0.count == 12 })
    model.buffers[initial][0] ^= 0x40
    return Data(TFLiteWriter.write(model))
  }

  private func manifest(_ model: String) -> Data {
    Data(
      """
      {"type": "micro", "wake_word": "w", "author": "A", "website": "https://e.com", "model": "\(model)",
       "trained_languages": ["en"], "version": 2, "micro": {"probability_cutoff": 0.9,
       "feature_step_size": 10, "sliding_window_size": 5, "tensor_arena_size": 30000,
       "minimum_esphome_version": "2024.7.0"}}
      """.utf8)
  }

  @Test func equalModelsEndWithZero() throws {
    let outcome = try diff([Self.model, Self.model])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("identical: stream_state.tflite and stream_state.tflite\n"))
    #expect(outcome.output.contains("steps are equal") && outcome.errors.isEmpty)
  }

  @Test func otherModelsEndWithTwo() throws {
    let folder = try Folder(["b.tflite": changed()])
    try withExtendedLifetime(folder) {
      let outcome = try diff([Self.model, "\(folder.path)/b.tflite"])
      #expect(outcome.status == 2, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.hasPrefix("different behaviour: stream_state.tflite and b.tflite\n"))
      #expect(
        outcome.output.contains("Constants\n  ") && outcome.output.contains(" steps differ, by "))
      let json = try diff([Self.model, "\(folder.path)/b.tflite", "--json"])
      #expect(json.status == 2)
      let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect(object?["verdict"] as? String == "differentBehaviour")
      #expect(!json.output.contains(folder.path), "no path is in it")
    }
  }

  @Test func bundlesAndManifestsAreFound() throws {
    let model = try Data(contentsOf: URL(filePath: Self.model))
    let folder = try Folder([
      "one/m.json": manifest("m.tflite"), "one/m.tflite": model,
      "one/m.verify.json": Data("{\"verdict\": \"verified\"}".utf8),
      "two/a.json": manifest("m.tflite"), "two/b.json": manifest("m.tflite"), "two/m.tflite": model,
      "gone/m.json": manifest("m.tflite"), "outside/m.json": manifest("../one/m.tflite"),
      "empty/readme.txt": Data(),
    ])
    try withExtendedLifetime(folder) {
      let same = try diff(["\(folder.path)/one", "\(folder.path)/two/b.json"])
      #expect(same.status == 0 && same.output.hasPrefix("identical"), "\(same.errors)")
      for (name, message) in [
        ("two", "2 models in this folder"), ("gone/m.json", "No such file"),
        ("outside/m.json", "expected a file beside the manifest"),
        ("empty", "no manifest and no .tflite"), ("nowhere.tflite", "No such file"),
      ] {
        let outcome = try diff([Self.model, "\(folder.path)/\(name)"])
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
      }
    }
  }

  @Test func strangersFilesAreNamed() throws {
    let whole = try Data(contentsOf: URL(filePath: Self.model))
    let folder = try Folder([
      "empty.tflite": Data(), "page.tflite": Data("<html>404</html>".utf8),
      "cut.tflite": whole.prefix(600), "rows.npy": Data("\u{93}NUMPY".utf8),
    ])
    try withExtendedLifetime(folder) {
      for (name, message) in [
        ("empty.tflite", "the file is empty"), ("page.tflite", "web page"),
        ("cut.tflite", "cut short"),
      ] {
        for arguments in [[name, Self.model], [Self.model, name]] {
          let outcome = try diff(
            arguments.map { $0.hasPrefix("/") ? $0 : "\(folder.path)/\($0)" })
          #expect(outcome.status == 1 && outcome.output.isEmpty)
          #expect(
            outcome.errors.contains(message) && outcome.errors.contains(name), "\(outcome.errors)")
        }
      }
      let rows = try diff([Self.model, Self.model, "--features", "\(folder.path)/rows.npy"])
      #expect(rows.status == 1 && rows.errors.contains("rows.npy"), "\(rows.errors)")
    }
  }

  @Test(arguments: [
    ([], 64), ([Self.model], 64), (["--help"], 0),
    ([Self.model, Self.model, "--features", "a.npy", "--audio", "b.wav"], 64),
    ([Self.model, Self.model, "--target", "esp32-s4"], 1),
    ([Self.model, Self.model, "--audio", "/nonexistent.wav"], 1),
  ])
  func usage(_ arguments: [String], _ status: Int) throws {
    #expect(try Int(diff(arguments).status) == status)
  }
}
