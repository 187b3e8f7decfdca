import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// TFLite Micro runs what every kind of network is compiled to and gives our bits, and so does LiteRT.
@Suite(.enabled(if: Peer.isAvailable, "./test sets up the peers"))
struct ArchitecturePeerTests {
  /// LiteRT rounds FULLY_CONNECTED once where TFLite Micro rounds twice; a lowered network may have several.
  private static let liteRTDifference: Int16 = 8

  /// Networks of one stride read the same rows, in one run of the peers.
  @Test(arguments: 1...3)
  func tfliteMicroAndLiteRTRunEveryNetwork(_ stride: Int) throws {
    let folder = NSTemporaryDirectory() + "rouse-architecture-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let rows = RandomArchitecture.rows(120, seed: 77)
    let input = NPYArray(shape: [rows.count / 40, 40], .int8(rows))
    try AtomicFile.write(input.bytes, to: "\(folder)/rows.npy")

    var networks: [(name: String, graph: Graph)] = []
    for seed in RandomArchitecture.seeds {
      let random = RandomArchitecture(seed: seed)
      guard random.architecture.stride == stride else { continue }
      let folded = try FoldBatchNorm.apply(to: try random.graph())
      let model = DeployableModel(window: folded, streaming: try MakeStreaming.apply(to: folded))
      let quantized = try QuantizeModel.apply(to: try Calibrate.apply(to: model, over: [rows]))
      let lowered = try Lower.apply(
        to: quantized.streaming, for: try LoweringTests.profile.get(), objective: .balanced,
        passes: OptionalPass.defaults)
      networks.append((random.description, quantized.streaming))
      networks.append(("\(random), lowered", lowered.graph))
    }
    #expect(networks.count >= 14)
    var paths: [String] = []
    for (index, network) in networks.enumerated() {
      paths.append("\(folder)/\(index).tflite")
      let file = try TFLiteLowering.model(from: network.graph, description: "")
      try AtomicFile.write(TFLiteWriter.write(file), to: paths[index])
    }
    try Peer.run("run_forms.py", ["\(folder)/rows.npy", "\(folder)/out.npy"] + paths)
    guard case .int16(let found) = try Peer.array("\(folder)/out.npy").elements else {
      Issue.record("the peers gave no int16")
      return
    }
    let steps = rows.count / 40 / stride
    try #require(found.count == networks.count * 3 * steps)
    for (index, network) in networks.enumerated() {
      var interpreter = try Interpreter(network.graph)
      let expected = interpreter.runStream(rows).map { Int16($0) }
      let start = index * 3 * steps
      #expect(Array(found[start..<start + steps]) == expected, "TFLite Micro, \(network.name)")
      let liteRT = found[(start + 2 * steps)..<(start + 3 * steps)]
      let largest = zip(liteRT, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(largest <= Self.liteRTDifference, "LiteRT, \(network.name)")
    }
  }
}
