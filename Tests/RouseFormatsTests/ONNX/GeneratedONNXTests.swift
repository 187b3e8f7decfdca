import Foundation
import Testing

/// The committed C of `COnnx` is what protoc-c makes of `onnx_subset.proto`.
@Suite struct GeneratedONNXTests {
  static let compiler = find("protoc-c")

  @Test(.enabled(if: compiler != nil, "protoc-c is not installed"))
  func committedFilesAreFresh() throws {
    let source = packageRoot.appending(path: "Sources/COnnx")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try runProgram(
      try #require(Self.compiler),
      ["--proto_path=\(source.path)", "--c_out=\(folder.path)", "onnx_subset.proto"])
    #expect(run.status == 0, "\(run.output)")
    for (made, committed) in [
      ("onnx_subset.pb-c.c", "onnx_subset.pb-c.c"),
      ("onnx_subset.pb-c.h", "include/onnx_subset.pb-c.h"),
    ] {
      let fresh = try Data(contentsOf: folder.appending(path: made))
      #expect(try Data(contentsOf: source.appending(path: committed)) == fresh, "\(committed)")
    }
  }
}
