import Foundation
import RouseFormats
import Testing

/// What is printed, drawn and encoded, to the letter. `ROUSE_RECORD=1` writes the goldens anew, and fails.
@Suite struct InspectionGoldenTests {
  static let isRecording = ProcessInfo.processInfo.environment["ROUSE_RECORD"] != nil

  private func check(_ text: String, _ file: String) throws {
    if Self.isRecording {
      let folder = packageRoot.appending(path: "Tests/RouseFormatsTests/Fixtures/inspection")
      try text.write(to: folder.appending(path: file), atomically: true, encoding: .utf8)
      Issue.record("recorded \(file); run again without ROUSE_RECORD")
      return
    }
    let golden = String(decoding: try InspectionExample.file(file), as: UTF8.self)
    #expect(text == golden, "\(file) differs; ROUSE_RECORD=1 writes it anew")
  }

  @Test(arguments: [
    "stream_state", "dwconv_k5x1", "everything", "sine_float", "foreign.onnx", "example.onnx",
  ])
  func text(_ name: String) throws {
    try check(InspectionText(InspectionExample.inspect(name)).text, "\(name).txt")
  }

  @Test(arguments: ["stream_state", "everything"])
  func fullText(_ name: String) throws {
    let inspection = try InspectionExample.inspect(name)
    try check(InspectionText(inspection, isFull: true).text, "\(name).full.txt")
  }

  @Test(arguments: ["stream_state", "foreign.onnx"])
  func json(_ name: String) throws {
    try check(InspectionExample.inspect(name).json, "\(name).json")
  }

  @Test func drawing() throws {
    let inspection = try InspectionExample.inspect("stream_state")
    try check(InspectionDrawing(inspection, name: "stream_state").svg(), "stream_state.svg")
  }
}
