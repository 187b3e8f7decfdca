import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Models that other people trained and published, from the bytes of their files.
@Suite(.enabled(if: PublishedModels.isAvailable, "./test fetches the models"))
struct PublishedModelTests {
  private struct TraceEntry: Decodable {
    var step: Int
    var tensor: String
    var bytes: Int
  }

  private func rows() throws -> [Int8] {
    guard case .int8(let rows) = try PublishedModels.golden(npy: "stream.npy").elements else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return rows
  }

  /// The files are those that the golden vectors were made with.
  @Test(arguments: [
    ("okay_nabu", "0689abe1912a95a3318a0d8cb2e67bad0cbcfe3e24dd6e050c75debddfb6f891"),
    ("alexa", "9011a8155b04de858c48038529235cbc0e42e9fca05a55bf588cb80a653a723b"),
    ("hey_jarvis", "21a7976add39ee24ec96c63d96b7aaa18e24d1d9824b963e451da8feb4b78b77"),
  ])
  func goldenStreamMatchesTFLiteMicro(_ name: String, _ hash: String) throws {
    let bytes = try PublishedModels.bytes("\(name).tflite")
    #expect(SHA256.hex(SHA256.digest(bytes)) == hash)
    let run = try ArrayRun(
      RunnableModel(tflite: bytes), inputs: [try PublishedModels.golden(npy: "stream.npy")])
    #expect(run.invocations == 758 && run.droppedRows == 1)
    let golden = try PublishedModels.golden(npy: "\(name).npy")
    #expect(run.outputs[0].elements == golden.elements)
    #expect(run.outputs[0].shape == [758, 1, 1])
  }

  @Test func everyTensorOfOkayNabuMatchesTFLiteMicro() throws {
    let entries = try JSONDecoder().decode(
      [TraceEntry].self, from: Data(try PublishedModels.golden("trace_okay_nabu.json")))
    guard
      case .int8(let bytes) = try PublishedModels.golden(npy: "trace_okay_nabu.npy").elements
    else { throw CocoaError(.fileReadCorruptFile) }
    let rows = try rows()
    let model = try RunnableModel(tflite: try PublishedModels.bytes("okay_nabu.tflite"))
    var interpreter = model.interpreter
    var observed: [[String: [Int8]]] = []
    for step in 0..<4 {
      var values: [String: [Int8]] = [:]
      let start = (600 + step * 3) * 40
      interpreter.run(inputs: [Array(rows[start..<start + 120])]) { _, id, bytes in
        values[model.graph[id].name] = bytes
      }
      observed.append(values)
    }
    var position = 0
    for entry in entries {
      let expected = Array(bytes[position..<position + entry.bytes])
      position += entry.bytes
      #expect(observed[entry.step][entry.tensor] == expected, "\(entry)")
    }
    #expect(entries.count == 176 && position == bytes.count)
  }

  /// TFLite Micro itself, on every model of both packages: the golden rows, then rows at the edges of int8.
  @Test(
    .enabled(if: Peer.isAvailable, "./test sets up the peers"),
    arguments: PublishedModels.wakeWords.map { ($0, "pymicro-wakeword==2.2.1") }
      + [("okay_nabu", "pymicro-wakeword==2.5.0")])
  func everyStepMatchesTFLiteMicro(_ name: String, _ package: String) throws {
    var rows = try rows()
    var generator = SeededGenerator(seed: 17)
    for _ in 0..<600 * 40 {
      let edge = generator.below(3)
      rows.append(
        edge == 0 ? -128 : edge == 1 ? 127 : Int8(truncatingIfNeeded: Int(generator.below(256))))
    }
    let folder = NSTemporaryDirectory() + "rouse-published-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let array = NPYArray(shape: [rows.count / 40, 40], .int8(rows))
    try AtomicFile.write(array.bytes, to: "\(folder)/in.npy")
    let path = try PublishedModels.path("\(name).tflite", package: package)
    try Peer.run("run_tflm.py", [path, "\(folder)/in.npy", "\(folder)/out.npy"])
    let run = try ArrayRun(RunnableModel(tflite: InputFile.read(path)), inputs: [array])
    #expect(run.outputs[0].elements == (try Peer.array("\(folder)/out.npy")).elements)
    #expect(run.invocations == 958)
  }
}
