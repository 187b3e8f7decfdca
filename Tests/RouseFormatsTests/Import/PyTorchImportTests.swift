import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// The MixedNet of `esphome-standard` as both of PyTorch's exporters write it, judged by what ONNX Runtime computed.
@Suite struct PyTorchImportTests {
  static let exporters = ["legacy", "dynamo"]

  static func bytes(_ exporter: String) throws -> [UInt8] {
    try ImportFixture.bytes("pytorch_mixednet_\(exporter).onnx")
  }

  @Test(arguments: exporters) func theGraphComputesWhatONNXRuntimeDoes(_ exporter: String) throws {
    let imported = try ModelImport.network(
      from: try Self.bytes(exporter), .onnx, .init(features: 40))
    try GraphVerifier.verify(imported.graph, phase: .training)
    #expect(imported.producer.hasPrefix("pytorch 2.15.0"))
    #expect(imported.notes == [.timeAxis(1, shape: [1, 204, 40]), .unusedRows(1)])
    let network = try FloatInterpreter(imported.graph)
    for (window, expected) in zip(try ImportFixture.windows(), try ImportFixture.probabilities()) {
      #expect(abs(network.run(window)[0] - expected) < 1e-5)
    }
  }

  /// What the layouts of PyTorch cost: one reshape at each end, as in Rouse's own network.
  @Test(arguments: exporters) func nothingIsMovedOnTheDevice(_ exporter: String) throws {
    let graph = try ModelImport.network(
      from: try Self.bytes(exporter), .onnx, .init(features: 40)
    ).graph
    var counts: [String: Int] = [:]
    for node in graph.nodes { counts[node.op.name, default: 0] += 1 }
    #expect(
      counts == [
        "reshape": 2, "conv_2d": 5, "depthwise_conv_2d": 6, "split_v": 2, "strided_slice": 2,
        "concatenation": 2, "fully_connected": 1, "logistic": 1,
      ])
  }
}

/// The files of `Fixtures/import`, whose README names their tools.
enum ImportFixture {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/import/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try InputFile.read(path(name), limit: 1 << 24)
  }

  static func array(_ name: String) throws -> NPYArray { try NPYArray(bytes: try bytes(name)) }

  /// Windows of features, as the device's codes stand for.
  static func windows() throws -> [[Float]] {
    let array = try array("windows.npy")
    guard case .int8(let codes) = array.elements else { return [] }
    let size = array.shape[1] * array.shape[2]
    return stride(from: 0, to: codes.count, by: size).map { start in
      codes[start..<start + size].map { Float(Int($0) + 128) * (1665 / 16384) }
    }
  }

  static func probabilities() throws -> [Float] {
    guard case .float32(let values) = try array("probabilities.npy").elements else { return [] }
    return values
  }
}
