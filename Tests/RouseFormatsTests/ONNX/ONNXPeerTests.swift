import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
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

  /// The largest sums of products that 8 bits can make: ONNX Runtime saturates pairs of uint8 · int8 at 16 bits on
  /// processors that have AVX2 but no VNNI, and no option is set here.
  @Test(.enabled(if: python != nil)) func exactSumsDoNotSaturate() throws {
    func type(_ shape: Shape, _ scale: Float, _ zeroPoint: Int32) -> TensorType {
      TensorType(shape, .int8, Quantization(scale: scale, zeroPoint: zeroPoint))
    }
    var builder = GraphBuilder(name: "large")
    let x = builder.input("x", type([1, 3, 1, 64], 1, -128))
    let weights = [Int8](repeating: 127, count: 4 * 3 * 64)
    let w = builder.constant(
      "w", .int8(weights), shape: [4, 3, 1, 64],
      quantization: Quantization(perChannel: [1, 1, 1, 1], axis: 0))
    let y = try builder.node(
      "y", .conv2D(Conv2D()), [x, w], types: [type([1, 1, 1, 4], 40_000, -100)])
    let flat = try builder.node(
      "flat", .reshape(Reshape(shape: [1, 4])), y, types: [type([1, 4], 40_000, -100)])
    let v = builder.constant(
      "v", .int8([Int8](repeating: 127, count: 8)), shape: [2, 4],
      quantization: Quantization(scale: 1, zeroPoint: 0))
    let z = try builder.node(
      "z", .fullyConnected(FullyConnected()), [flat[0], v], types: [type([1, 2], 1_000_000, 5)])
    builder.output(y[0])
    builder.output(z[0])
    let graph = builder.graph
    let model = try ONNXLowering.exactModel(from: graph)
    var interpreter = try Interpreter(graph)
    let folder = try ONNXFolder()
    let input = [Int8](repeating: 127, count: 3 * 64)
    let number = try folder.add(model, [.int8(input)])
    try folder.run()
    interpreter.run(inputs: [input])
    for (index, id) in graph.outputs.enumerated() {
      #expect(try folder.result(number, index) == .int8(interpreter.int8s(of: id)))
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
