import Foundation
import RouseCompiler
import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// The networks of `make_import_fixtures.py` and `make_keras_fixtures.py`: what ONNX Runtime and LiteRT computed, what the imported graph computes, and what a
/// stream of it computes.
@Suite struct ImportedNetworkTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: FileKind
    var rows: Int
    /// False when a stream equals the window only from the window's start (causal padding).
    var streamsAnywhere: Bool
    var probabilities: [Float]
    var testDescription: String { name }

    func network() throws -> ImportedNetwork {
      try ModelImport.network(
        from: try ImportFolder.bytes("\(name).\(kind.rawValue)"), kind,
        .init(windowRows: rows, features: MicroFrontEnd.channels))
    }
  }

  static let examples =
    examples(.onnx, "expected.txt") + examples(.tflite, "expected_tflite.txt")

  private static func examples(_ kind: FileKind, _ table: String) -> [Example] {
    let lines = (try? ImportFolder.text(table))?.split(separator: "\n") ?? []
    return lines.map { line in
      let words = line.split(separator: " ").map(String.init)
      return Example(
        name: words[0], kind: kind, rows: Int(words[1]) ?? 0,
        streamsAnywhere: words[2] == "anywhere",
        probabilities: words[3...].compactMap(Float.init))
    }
  }

  @Test func thereAreExamples() {
    #expect(Self.examples.count == 29)
    #expect(Self.examples.allSatisfy { $0.probabilities.count == 3 })
  }

  /// Sums of float32 in another order: the probabilities differ by a few units in the last place.
  private static let tolerance: Float = 1e-5

  @Test(arguments: examples) func theWindowEqualsTheOtherRuntime(_ example: Example) throws {
    let graph = try example.network().graph
    try GraphVerifier.verify(graph, phase: .training)
    #expect(graph[graph.inputs[0]].type.shape == [1, example.rows, 40])
    #expect(graph[graph.outputs[0]].type.shape == [1, 1])
    let network = try FloatInterpreter(graph)
    for (rows, expected) in zip(try ImportFolder.streams(), example.probabilities) {
      let found = network.run(Array(rows.prefix(example.rows * 40)))[0]
      #expect(abs(found - expected) < Self.tolerance, "\(found), not \(expected)")
    }
  }

  /// Where the window ends at the newest row but those that no operator reads, both give one probability.
  @Test(arguments: examples) func theStreamEqualsTheWindow(_ example: Example) throws {
    let imported = try example.network()
    let window = try FoldBatchNorm.apply(to: imported.graph)
    try GraphVerifier.verify(window, phase: .deployable)
    let streaming = try MakeStreaming.apply(to: window)
    try GraphVerifier.verify(streaming, phase: .streaming)
    let (whole, steps) = (try FloatInterpreter(window), try FloatInterpreter(streaming))
    let step = streaming[streaming.inputs[0]].type.shape[1]
    var unused = 0
    for case .unusedRows(let rows) in imported.notes { unused = rows }
    let used = example.rows - unused
    for rows in try ImportFolder.streams() {
      let starts = example.streamsAnywhere ? [0, 1, 64 - example.rows] : [0]
      for start in starts {
        // Rows before the window, so that its end is the end of a step.
        let lead = (step - used % step) % step
        if !example.streamsAnywhere { try #require(lead == 0) }
        let before = [Float](repeating: 1, count: lead * 40)
        let stream = before + rows[start * 40..<(start + used) * 40]
        steps.reset()
        var last: Float = 0
        for place in stride(from: 0, to: stream.count, by: step * 40) {
          last = steps.run(Array(stream[place..<place + step * 40]))[0]
        }
        let expected = whole.run(Array(rows[start * 40..<(start + example.rows) * 40]))[0]
        #expect(abs(last - expected) < Self.tolerance, "\(last), not \(expected)")
      }
    }
  }

  // MARK: - Refusals

  static let refusals: [(name: String, lines: [String])] = [
    ("lstm", ["LSTM: recurrent"]),
    (
      "gru_behind_same_padding",
      ["Conv: padsTime(before: 1, after: 1)", "GRU: recurrent"]
    ),
    ("attention", ["MatMul: attention"]),
    ("layer_norm", ["LayerNormalization: liveStatistics"]),
    ("same_padding", ["Conv: padsTime(before: 1, after: 1)"]),
    ("squeeze_excitation", ["Mul: mixesWindowIntoRows"]),
    ("centred_residual", ["Slice: dropsNewestRows(1)"]),
    ("position_embedding", ["Add: dependsOnPosition"]),
    ("three_classes", ["Softmax: output(found: \"a softmax over 3 classes\")"]),
  ]

  @Test(arguments: refusals.map(\.name)) func everyOperatorInTheWayIsNamed(_ name: String) throws {
    let error = #expect(throws: FormatError.self) {
      try ModelImport.network(
        from: try ImportFolder.bytes("refused/\(name).onnx"), .onnx, .init(features: 40))
    }
    guard case .notImportable(.onnx, let problems)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let expected = Self.refusals.first { $0.name == name }?.lines
    #expect(problems.map { "\($0.operation): \($0.reason)" } == expected)
    #expect(problems.allSatisfy { $0.position != nil && !$0.name.isEmpty })
  }

  @Test func anAmbiguousTimeAxisIsAskedFor() throws {
    let bytes = try ImportFolder.bytes("refused/ambiguous.onnx")
    #expect(
      throws: FormatError.ambiguousTime(.onnx, input: "features", shape: [1, 1, 40, 40])
    ) { try ModelImport.network(from: bytes, .onnx, .init(features: 40)) }
    for axis in [2, 3] {
      let imported = try ModelImport.network(
        from: bytes, .onnx, .init(timeAxis: axis, features: 40))
      #expect(imported.notes.first == .timeAxis(axis, shape: [1, 1, 40, 40]))
    }
    #expect(throws: FormatError.self) {
      try ModelImport.network(from: bytes, .onnx, .init(timeAxis: 1, features: 40))
    }
  }

  @Test func anOpenWindowIsAskedFor() throws {
    let bytes = try ImportFolder.bytes("open_batch_and_time.onnx")
    #expect(throws: FormatError.openWindow(.onnx, input: "features", axis: 1)) {
      try ModelImport.network(from: bytes, .onnx, .init(features: 40))
    }
  }
}

/// `RouseFormatsTests/Fixtures/import`, which both test targets read.
enum ImportFolder {
  static func bytes(_ name: String) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try InputFile.read(
      tests.appendingPathComponent("RouseFormatsTests/Fixtures/import/\(name)").path,
      limit: 1 << 24)
  }

  static func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  /// Three streams of 64 rows, as the device's codes stand for.
  static func streams() throws -> [[Float]] {
    guard case .int8(let codes) = try NPYArray(bytes: try bytes("rows.npy")).elements else {
      return []
    }
    return stride(from: 0, to: codes.count, by: 64 * 40).map { start in
      codes[start..<start + 64 * 40].map(FeatureQuantization.real)
    }
  }
}
