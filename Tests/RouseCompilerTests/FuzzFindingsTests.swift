import Foundation
import RouseAudio
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Files of `Tests/Fuzz`, by their path below it.
enum FuzzFiles {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz")

  static func bytes(_ path: String) throws -> [UInt8] {
    try InputFile.read(folder.appending(path: path).path)
  }

  /// The seeds of a target and the inputs that once stopped it.
  static func paths(_ target: String) -> [String] {
    ["Corpus", "Crashes"].flatMap { kind in
      let path = "\(kind)/\(target)"
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: path).path)
      return (names ?? []).sorted().map { "\(path)/\($0)" }
    }
  }
}

/// Every input that a fuzz target has ever stopped at is read to an error or a value.
@Suite struct FuzzFindingsTests {
  @Test(arguments: FuzzFiles.paths("tflite")) func tflite(path: String) throws {
    let bytes = try FuzzFiles.bytes(path)
    guard let model = try? TFLiteReader.read(bytes) else { return }
    for library in KernelLibrary.allCases {
      if let report = try? ArenaModel(library: library).report(for: model) {
        #expect(report.minimumBytes > 0)
      }
    }
    guard let graph = try? GraphDecoding.graph(from: model),
      var interpreter = try? Interpreter(graph)
    else { return }
    interpreter.run(
      inputs: graph.inputs.map { [Int8](repeating: 1, count: graph[$0].type.bytes) })
    #expect(interpreter.output.count == graph[graph.outputs[0]].type.bytes)
  }

  @Test(arguments: FuzzFiles.paths("onnx")) func onnx(path: String) throws {
    let bytes = try FuzzFiles.bytes(path)
    if let model = try? ONNXReader.read(bytes) {
      #expect(model.initializers.allSatisfy { $0.shape.count == $0.data.count })
    }
  }

  @Test(arguments: FuzzFiles.paths("npy")) func npy(path: String) throws {
    let bytes = try FuzzFiles.bytes(path)
    if let array = try? NPYArray(bytes: bytes) {
      #expect(array.shape.count == array.elements.count)
    }
  }

  @Test(arguments: FuzzFiles.paths("wav")) func wav(path: String) {
    let file = FuzzFiles.folder.appending(path: path).path
    if let clip = try? AudioFile.read(file, longestSeconds: 2) {
      #expect(clip.samples.count <= 2 * clip.sampleRate)
    }
  }

  @Test(arguments: FuzzFiles.paths("profile")) func profile(path: String) throws {
    let bytes = try FuzzFiles.bytes(path)
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    if let profile = try? TargetProfile(yaml: text, file: path) {
      #expect(!profile.firmware.isEmpty)
    }
  }

  @Test(arguments: FuzzFiles.paths("manifest")) func manifest(path: String) throws {
    let bytes = try FuzzFiles.bytes(path)
    if let manifest = try? ESPHomeManifestReader.read(bytes) {
      #expect(manifest.model.hasSuffix(".tflite"))
    }
  }
}
