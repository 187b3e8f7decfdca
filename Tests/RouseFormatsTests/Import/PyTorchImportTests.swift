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

/// What stands behind the logistic function of a network.
@Suite struct ImportedHeadTests {
  /// A dense layer over a window, a logistic function, and the probability times `scale` where there is one.
  private static func file(scale: Float?) throws -> [UInt8] {
    var builder = GraphBuilder(name: "head")
    let x = builder.input("x", TensorType([1, 8, 40]))
    let flat = try builder.node("flat", .reshape(Reshape(shape: [1, 320])), [x])
    let weights = builder.constant(
      "weights", .float32((0..<320).map { Float($0 % 7) / 100 }), shape: [1, 320])
    let bias = builder.constant("bias", .float32([0.5]), shape: [1])
    let logit = try builder.node(
      "dense", .fullyConnected(FullyConnected()), flat + [weights, bias])
    var result = try builder.node("probability", .logistic(Logistic()), logit)[0]
    if let scale {
      let factor = builder.constant("scale", .float32([scale]), shape: [1, 1])
      result = try builder.node("scaled", .mul(Mul()), [result, factor])[0]
    }
    builder.output(result)
    return ONNXWriter.write(try ONNXLowering.floatModel(from: builder.graph))
  }

  @Test func aProbabilityEndsTheNetwork() throws {
    let graph = try ModelImport.network(
      from: try Self.file(scale: nil), .onnx, .init(features: 40)
    ).graph
    let logistics = graph.nodes.count { if case .logistic = $0.op { true } else { false } }
    #expect(logistics == 1)
  }

  /// It would get a second logistic function, and with it another meaning.
  @Test func aScaledProbabilityIsRefused() throws {
    let error = #expect(throws: FormatError.self) {
      try ModelImport.network(
        from: try Self.file(scale: 255), .onnx, .init(features: 40))
    }
    guard case .notImportable(.onnx, let problems)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(problems.map(\.reason) == [.output(found: "a probability that is scaled or shifted")])
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
