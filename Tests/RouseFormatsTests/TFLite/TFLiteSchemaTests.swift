import Foundation
import Testing

@Suite struct TFLiteSchemaTests {
  /// The committed header is what `flatc --cpp` makes of the committed schema.
  @Test func generatedHeaderMatchesTheSchema() throws {
    let compiler = try #require(
      find("flatc"), "install Debian's package `flatbuffers-compiler`, version 2.0.8")
    let source = packageRoot.appending(path: "Sources/CTFLite")
    let output = FileManager.default.temporaryDirectory.appending(
      path: "rouse-flatc-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: output) }
    let run = try runProgram(
      compiler,
      ["--cpp", "-o", output.path, source.appending(path: "tflite_subset.fbs").path])
    try #require(run.status == 0, "\(run.output)")

    let name = "tflite_subset_generated.h"
    let made = try Data(contentsOf: output.appending(path: name))
    let committed = try Data(contentsOf: source.appending(path: name))
    #expect(made == committed, "run `flatc --cpp tflite_subset.fbs` in Sources/CTFLite")
  }
}
