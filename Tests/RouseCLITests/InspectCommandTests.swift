import Foundation
import Testing

/// `rouse inspect` as a person meets it.
@Suite struct InspectCommandTests {
  private static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "RouseFormatsTests/Fixtures/ops/stream_state.tflite").path

  private func inspect(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["inspect"] + arguments)
  }

  private func withFile(
    _ name: String, _ content: Data, _ body: (_ path: String, _ folder: String) throws -> Void
  ) throws {
    let folder = try Folder([name: content])
    try withExtendedLifetime(folder) { try body("\(folder.path)/\(name)", folder.path) }
  }

  @Test func printsTextOrJSON() throws {
    let text = try inspect([Self.model])
    #expect(text.status == 0)
    #expect(text.output.hasPrefix("TFLite model, schema version 3, 1752 bytes\n"))
    #expect(text.errors.isEmpty)
    let json = try inspect([Self.model, "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["fileBytes"] as? Int == 1752)
    #expect(!json.output.contains("stream_state.tflite"), "no path is in it")
  }

  @Test func drawsWholeFilesOnly() throws {
    try withFile("x", Data()) { _, folder in
      let outcome = try inspect([Self.model, "--svg", "\(folder)/out.svg"])
      #expect(outcome.status == 0)
      let svg = try String(contentsOfFile: "\(folder)/out.svg", encoding: .utf8)
      #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
      let refused = try inspect([Self.model, "--svg", "\(folder)/none/out.svg"])
      #expect(refused.status == 1)
      #expect(refused.errors.contains("No such file or directory"))
      #expect(refused.output.isEmpty)
    }
  }

  @Test func aNameThatSaysNothingIsTriedByContent() throws {
    try withFile("model.bin", Data(contentsOf: URL(filePath: Self.model))) { path, _ in
      let outcome = try inspect([path])
      #expect(outcome.output.hasPrefix("TFLite model"))
    }
    try withFile("model.bin", Data("{\"type\": \"micro\"}".utf8)) { path, _ in
      let outcome = try inspect([path])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("damaged or not a ONNX file"), "\(outcome.errors)")
      #expect(outcome.errors.contains("model.bin: byte 0"))
      #expect(
        outcome.errors.contains("read as ONNX: the name ends neither in .tflite nor in .onnx"))
    }
  }

  @Test(arguments: [
    ("empty.tflite", Data(), "found 0, expected at least 8 bytes", "empty.tflite: byte 0"),
    ("a.tflite", Data("{\"json\": 1}".utf8), "expected identifier TFL3", "a.tflite: byte 4"),
    ("a.onnx", Data(), "expected model.graph: a graph", "a.onnx: byte 0"),
  ])
  func unreadableFilesAreNamed(
    _ name: String, _ content: Data, _ message: String, _ location: String
  ) throws {
    try withFile(name, content) { path, folder in
      let outcome = try inspect([path, "--svg", "\(folder)/out.svg"])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.errors.contains(location), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.svg"))
    }
  }

  @Test func usage() throws {
    for (arguments, status) in [
      ([], 64), ([Self.model, "--json", "--full"], 64), (["/nonexistent/model.tflite"], 1),
    ] as [([String], Int32)] {
      let outcome = try inspect(arguments)
      #expect(outcome.status == status)
    }
  }
}
