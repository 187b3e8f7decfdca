import Foundation
import RouseCompiler
import RouseFormats
import Testing

/// An error says what TFLite Micro refuses; what Rouse alone refuses is a warning.
@Suite struct VerdictTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let unmodelled = "RouseCompilerTests/Fixtures/unmodelled"
  static let refused = "RouseFormatsTests/Fixtures/operators/refused"

  static func models(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: tests.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix(".tflite") }.sorted()
  }

  static func report(_ name: String, in folder: String) throws -> CheckReport {
    let bytes = try Data(contentsOf: tests.appending(path: "\(folder)/\(name)"))
    return try CheckModels.report(
      [CheckInput(file: name, model: .bytes(Array(bytes)))], firmware: "TFLite Micro",
      target: "rp2040")
  }

  @Test func thereAreModels() {
    #expect(Self.models(in: Self.unmodelled).count == 29)
    #expect(Self.models(in: Self.refused).count > 40)
  }

  @Test(arguments: models(in: unmodelled))
  func whatTFLiteMicroRunsIsNoError(_ name: String) throws {
    let report = try Self.report(name, in: Self.unmodelled)
    #expect(report.verdict == .fits, "\(report.findings)")
    let finding = try #require(report.findings.first { $0.code == .notSimulated })
    #expect(finding.severity == .warning)
    #expect(finding.message.contains("Rouse cannot run it"), "\(finding.message)")
  }

  /// The reader already finds the scales that are missing in one of them.
  @Test(arguments: models(in: refused).filter { $0 != "conv_two_scales_of_four.tflite" })
  func whatTFLiteMicroRefusesIsAnError(_ name: String) throws {
    let report = try Self.report(name, in: Self.refused)
    #expect(report.verdict == .refused, "\(report.findings)")
    #expect(!report.findings.contains { $0.code == .notSimulated }, "\(report.findings)")
  }

  /// 30 copies of 64 KiB out of a file of little more than one: Rouse stops at 16 times the file.
  @Test func aConstantThatIsSharedTooOftenIsNoError() throws {
    let scalar = TFLiteModel.Quantization(scales: [0.1], zeroPoints: [0])
    var model = TFLiteModel(buffers: [[], [UInt8](repeating: 1, count: 65_536)])
    model.operatorCodes = [.init(code: 2, version: 2)]
    var graph = TFLiteModel.Subgraph(name: "g", inputs: [0], outputs: [1])
    graph.tensors = [
      .init(name: "x", shape: [1], element: .int8, quantization: scalar),
      .init(name: "y", shape: [10], element: .int8, quantization: scalar),
    ]
    for node in 0..<4 {
      let first = graph.tensors.count
      for index in 0..<10 {
        graph.tensors.append(
          .init(
            name: "c\(node).\(index)", shape: [65_536], element: .int8, buffer: 1,
            quantization: scalar))
      }
      graph.tensors.append(
        .init(name: "y\(node)", shape: [655_360], element: .int8, quantization: scalar))
      graph.operators.append(
        .init(
          opcode: 0, inputs: (first..<first + 10).map(Int32.init), outputs: [Int32(first + 10)],
          options: .concatenation(axis: 0, activation: .none)))
    }
    graph.outputs = [Int32(graph.tensors.count - 1)]
    model.subgraphs = [graph]
    let input = CheckInput(file: "shared.tflite", model: .bytes(TFLiteWriter.write(model)))
    let report = try CheckModels.report([input], firmware: "TFLite Micro", target: "rp2040")
    let finding = try #require(report.findings.first { $0.code == .notSimulated })
    #expect(finding.message.contains("a buffer that too many tensors share"), "\(finding)")
    #expect(!report.findings.contains { $0.code == .operatorRefused })
  }
}
