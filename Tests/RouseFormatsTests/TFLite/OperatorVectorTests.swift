import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Models of one operator, from bytes to bytes: read, decoded and run, every result is TFLite Micro's.
@Suite struct OperatorVectorTests {
  /// A model and the rows of inputs and outputs that stand beside it.
  struct Vector: Sendable, CustomTestStringConvertible {
    let folder: String
    let name: String
    var testDescription: String { name }

    static let all =
      TFLiteFixture.models(in: "ops").map { Vector(folder: "ops", name: $0) }
      + TFLiteFixture.models(in: "operators").map { Vector(folder: "operators", name: $0) }

    func graph() throws -> Graph {
      let bytes = try TFLiteFixture.bytes(file: "\(folder)/\(name).tflite")
      return try GraphDecoding.graph(from: try TFLiteReader.read(bytes))
    }

    /// One run each: the bytes of all inputs, then of all outputs.
    func rows() throws -> [[Int8]] {
      let array = try NPYArray(bytes: try TFLiteFixture.bytes(file: "\(folder)/\(name).npy"))
      guard case .uint8(let bytes) = array.elements else { return [] }
      let width = array.shape[1]
      return stride(from: 0, to: bytes.count, by: width).map { start in
        bytes[start..<start + width].map(Int8.init(bitPattern:))
      }
    }
  }

  @Test func allVectorsAreThere() {
    #expect(TFLiteFixture.models(in: "ops") == TFLiteFixture.names)
    #expect(Vector.all.count == TFLiteFixture.names.count + 153)
    #expect(TFLiteFixture.models(in: "operators/refused").count == 42)
  }

  /// The committed files are what the script makes with TFLite Micro, when `ROUSE_PEERS` names a Python that has it.
  @Test(.enabled(if: ONNXPeerTests.python != nil)) func vectorsCanBeMadeAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = packageRoot.appending(path: "Tests/Peers/make_operator_vectors.py").path
    let run = try runProgram(try #require(ONNXPeerTests.python), [script, folder.path])
    try #require(run.status == 0, "\(run.output)")
    let made = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".tflite") || $0.hasSuffix(".npy") }
    #expect(made.count == 2 * 153 + 42)
    for file in made {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
      #expect(try TFLiteFixture.bytes(file: "operators/\(file)") == bytes, "\(file)")
    }
  }

  @Test(arguments: Vector.all)
  func everyBitIsTFLiteMicros(_ vector: Vector) throws {
    let graph = try vector.graph()
    let rows = try vector.rows()
    #expect(rows.count >= 5)
    var interpreter = try Interpreter(graph)
    for (index, row) in rows.enumerated() {
      var rest = row[...]
      var inputs: [[Int8]] = []
      for id in graph.inputs {
        inputs.append(Array(rest.prefix(graph[id].type.bytes)))
        rest = rest.dropFirst(graph[id].type.bytes)
      }
      interpreter.run(inputs: inputs)
      let found = graph.outputs.flatMap { interpreter.int8s(of: $0) }
      #expect(found == Array(rest), "run \(index)")
    }
  }

  /// What is written again is the same graph, in text too.
  @Test(arguments: Vector.all)
  func writesAndPrintsWhatItDecoded(_ vector: Vector) throws {
    let graph = try vector.graph()
    let bytes = TFLiteWriter.write(try TFLiteLowering.model(from: graph, description: ""))
    #expect(try GraphDecoding.graph(from: try TFLiteReader.read(bytes)) == graph)
    #expect(try GraphText.parse(GraphText.print(graph, .full)) == graph)
  }

  /// By reading, by decoding or by making the kernel, never by a trap; `Fixtures/operators/refused/refusals.txt` has the error of each
  /// model: the operator, the tensor and the rule.
  ///
  /// `ROUSE_RECORD=1` writes the file again, and the test then fails.
  @Test func refusesWhatTFLiteMicroDoesNotRun() throws {
    var found = ""
    for name in TFLiteFixture.models(in: "operators/refused") {
      let error = try refusal(of: name)
      #expect(error != nil, "\(name) is not refused")
      #expect(error?.contains("notModelled") != true, "\(name): \(error ?? "")")
      found += "\(name): \(error ?? "")\n"
    }
    if ProcessInfo.processInfo.environment["ROUSE_RECORD"] != nil {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/operators/refused/refusals.txt")
      try Data(found.utf8).write(to: file)
      Issue.record("recorded")
    }
    let expected = String(
      decoding: try TFLiteFixture.bytes(file: "operators/refused/refusals.txt"), as: UTF8.self)
    #expect(found == expected)
  }

  private func refusal(of name: String) throws -> String? {
    let bytes = try TFLiteFixture.bytes(file: "operators/refused/\(name).tflite")
    do {
      _ = try Interpreter(try GraphDecoding.graph(from: try TFLiteReader.read(bytes)))
      return nil
    } catch let error as FormatError {
      return "\(error)".replacing("RouseFormats.", with: "").replacing("RouseIR.", with: "")
    } catch let error as GraphError {
      return "\(error)".replacing("RouseIR.", with: "")
    }
  }
}
