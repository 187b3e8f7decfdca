import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// One result of one operator as TFLite Micro computed it.
struct TraceEntry: Decodable {
  var step: Int
  var tensor: String
  var bytes: Int
}

/// Not only the end of a model: every tensor on the way, and the whole golden stream.
@Suite struct TraceTests {
  private func graph() throws -> Graph {
    try GraphText.parse(
      String(
        decoding: try InputFile.read(try Fixture.path("published/vad.graph")), as: UTF8.self))
  }

  @Test func everyTensorMatchesTFLiteMicro() throws {
    let entries = try Fixture.json("published/trace_vad.json", [TraceEntry].self)
    let bytes = try Fixture.int8s("published/trace_vad.npy")
    let rows = try Fixture.int8s("published/stream.npy")
    let graph = try graph()
    var interpreter = try Interpreter(graph)
    var observed: [[String: [Int8]]] = []
    for step in 0..<4 {
      var values: [String: [Int8]] = [:]
      let start = (600 + step * 3) * 40
      interpreter.run(inputs: [Array(rows[start..<start + 120])]) { _, id, bytes in
        values[graph[id].name] = bytes
      }
      observed.append(values)
    }
    var position = 0
    for entry in entries {
      let expected = Array(bytes[position..<position + entry.bytes])
      position += entry.bytes
      #expect(observed[entry.step][entry.tensor] == expected, "\(entry)")
    }
    #expect(entries.count == 92 && position == bytes.count)
  }

  @Test func goldenStreamMatchesTFLiteMicro() throws {
    var interpreter = try Interpreter(try graph())
    let expected = try Fixture.uint8s("published/vad.npy")
    #expect(expected.count == 758)
    #expect(interpreter.runStream(try Fixture.int8s("published/stream.npy")) == expected)
  }
}
