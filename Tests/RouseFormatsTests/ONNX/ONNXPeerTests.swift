import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// `onnx.checker` in full and ONNX Runtime on emitted files, when `ROUSE_PEERS` names a Python that has them.
@Suite struct ONNXPeerTests {
  static let python = ProcessInfo.processInfo.environment["ROUSE_PEERS"]

  /// Scores of ONNX Runtime, window by window.
  func runtimeScores(_ model: ONNXModel, _ windows: [[Float]]) throws -> [Float] {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["model.onnx", "windows.npy", "scores.npy"].map { folder.appending(path: $0).path }
    let port = try #require(model.inputs.first).shape
    let array = NPYArray(
      shape: [windows.count, port[1], port[2]], .float32(windows.flatMap { $0 }))
    try AtomicFile.write(ONNXWriter.write(model), to: paths[0])
    try AtomicFile.write(array.bytes, to: paths[1])
    let script = packageRoot.appending(path: "Tests/Peers/run_onnx.py").path
    let run = try runProgram(try #require(Self.python), [script] + paths)
    try #require(run.status == 0, "\(run.output)")
    let scores = try NPYArray(bytes: Array(Data(contentsOf: URL(filePath: paths[2]))))
    guard case .float32(let values) = scores.elements else { return [] }
    return values
  }

  /// Sums of at most a few thousand float32 products in another order, through a logistic of slope 1/4: below 1e-5.
  @Test(.enabled(if: python != nil), arguments: [Activation.relu, .relu6, .none])
  func floatModelScoresAsInONNXRuntime(activation: Activation) throws {
    let graph = try TestNetworks.mixed(
      rows: 40, features: 8, filters: 8, blocks: [[3, 5], [4]], pointwise: 8, seed: 7,
      activation: activation)
    let windows = TestNetworks.windows(graph, count: 5, seed: 8)
    let model = try ONNXLowering.floatModel(from: graph)
    try compare(model, windows, tolerance: 1e-5)
  }

  @Test(.enabled(if: python != nil)) func standardModelScoresAsInONNXRuntime() throws {
    let graph = try TestNetworks.standard()
    try compare(
      ONNXLowering.floatModel(from: graph), TestNetworks.windows(graph, count: 2, seed: 9),
      tolerance: 1e-5)
  }

  /// ONNX Runtime fuses the pairs into integer kernels with their own rounding, so a value may fall on the other side
  /// of a half at any layer: two steps of the output.
  @Test(.enabled(if: python != nil)) func quantizedModelScoresAsInONNXRuntime() throws {
    for seed: UInt64 in 1...3 {
      let graph = try TestNetworks.mixed(
        rows: 40, features: 8, filters: 8, blocks: [[3, 5], [4]], pointwise: 8, seed: seed)
      let windows = TestNetworks.windows(graph, count: 10, seed: seed)
      let quantized = try TestQuantizer.quantize(graph, windows: windows)
      try compare(
        ONNXLowering.qdqModel(from: quantized), windows, tolerance: 2.0 / 256)
    }
  }

  func compare(_ model: ONNXModel, _ windows: [[Float]], tolerance: Float) throws {
    let theirs = try runtimeScores(model, windows)
    #expect(theirs.count == windows.count)
    let interpreter = try ONNXInterpreter(ONNXReader.read(ONNXWriter.write(model)))
    let ours = try windows.map { try interpreter.score(window: $0) }
    let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= tolerance, "\(zip(ours, theirs).map { "\($0) \($1)" })")
    #expect(Set(ours).count > 1, "scores that do not depend on the input prove nothing")
  }
}
