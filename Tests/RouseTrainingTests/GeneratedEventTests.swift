import Foundation
import Testing

/// The committed C of `CTensorBoard` is what protoc-c makes of `event_subset.proto`.
@Suite struct GeneratedEventTests {
  static let compiler = find("protoc-c")

  @Test(.enabled(if: compiler != nil, "protoc-c is not installed"))
  func committedFilesAreFresh() throws {
    let source = packageRoot.appending(path: "Sources/CTensorBoard")
    let folder = try TemporaryFolder()
    let run = try runProgram(
      try #require(Self.compiler),
      ["--proto_path=\(source.path)", "--c_out=\(folder.path)", "event_subset.proto"])
    #expect(run.status == 0, "\(run.output)")
    for (made, committed) in [
      ("event_subset.pb-c.c", "event_subset.pb-c.c"),
      ("event_subset.pb-c.h", "include/event_subset.pb-c.h"),
    ] {
      let fresh = try Data(contentsOf: URL(filePath: folder.path).appending(path: made))
      #expect(try Data(contentsOf: source.appending(path: committed)) == fresh, "\(committed)")
    }
  }
}
