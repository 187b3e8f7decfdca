import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// TFLite Micro and LiteRT run networks in every form.
@Suite(.enabled(if: Peer.isAvailable, "./test sets up the peers"))
struct LoweringPeerTests {
  /// As trained, then every site in its second form, its third, … up to the last that any site has.
  private static func variants(_ scales: RandomNetwork.Scales, seed: UInt64) throws -> [Graph] {
    let graph = try RandomNetwork.streaming(seed: seed, scales)
    let sites = try LoweringTests.sites(graph)
    let deepest = sites.map(\.forms.count).max() ?? 1
    return (0..<deepest).map { form in
      LoweringSite.rewrite(
        graph, sites, sites.map { $0.forms[min(form, $0.forms.count - 1)] })
    }
  }

  private func run(_ script: String, _ graph: Graph, _ rows: [Int8]) throws -> [UInt8] {
    let folder = NSTemporaryDirectory() + "rouse-lowering-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try TFLiteLowering.model(from: graph, description: "lowered")
    try AtomicFile.write(TFLiteWriter.write(model), to: "\(folder)/model.tflite")
    let input = NPYArray(
      shape: [rows.count / RandomNetwork.channels, RandomNetwork.channels], .int8(rows))
    try AtomicFile.write(input.bytes, to: "\(folder)/rows.npy")
    try Peer.run(
      script, ["\(folder)/model.tflite", "\(folder)/rows.npy", "\(folder)/out.npy"])
    guard case .uint8(let values) = try Peer.array("\(folder)/out.npy").elements else {
      throw Peer.Failure(description: "\(script) gave no uint8")
    }
    return values
  }

  private func ours(_ graph: Graph, _ rows: [Int8]) throws -> [UInt8] {
    var interpreter = try Interpreter(graph)
    return interpreter.runStream(rows)
  }

  @Test(arguments: [RandomNetwork.Scales.perChannel, .perLayer, .repeated])
  func tfliteMicroGivesTheSameBits(_ scales: RandomNetwork.Scales) throws {
    let rows = RandomNetwork.rows(300, seed: 4)
    for graph in try Self.variants(scales, seed: 31) {
      #expect(try run("run_tflm.py", graph, rows) == ours(graph, rows))
    }
  }

  /// LiteRT rounds FULLY_CONNECTED once where TFLite Micro rounds twice, so a dense form may differ by a few codes; forms
  /// without one may not.
  @Test(arguments: [RandomNetwork.Scales.perChannel, .perLayer])
  func liteRTLoadsEveryForm(_ scales: RandomNetwork.Scales) throws {
    let rows = RandomNetwork.rows(300, seed: 4)
    for graph in try Self.variants(scales, seed: 31) {
      let dense = graph.nodes.count { $0.op.name == FullyConnected.name }
      let differences = zip(try run("run_litert.py", graph, rows), try ours(graph, rows))
        .map { abs(Int($0) - Int($1)) }
      #expect(differences.count > 50)
      #expect(differences.max() ?? 0 <= (dense > 1 ? 8 : 1), "\(differences.filter { $0 > 0 })")
    }
  }
}
