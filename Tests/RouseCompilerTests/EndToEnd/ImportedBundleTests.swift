import Foundation
import RouseAudio
import RouseCompiler
import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// A network that PyTorch exported, compiled to a bundle: ESPHome accepts it, TFLite Micro computes our bits.
@Suite(.enabled(if: Peer.isAvailable, "./test sets up the peers"))
struct ImportedBundleTests {
  static let exporters = ["legacy", "dynamo"]

  private static func fixture(_ exporter: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent(
        "RouseFormatsTests/Fixtures/import/pytorch_mixednet_\(exporter).onnx"
      ).path
  }

  /// Device features of a person's recordings, at falling levels.
  private static func rows() throws -> [Int8] {
    let speech = try ["Front_Center", "Rear_Left", "Side_Right"].flatMap {
      try AudioFile.read("/usr/share/sounds/alsa/\($0).wav").int16
    }
    let levels: [Int16] = [1, 2, 4, 7]
    let all = levels.flatMap { level in speech.map { $0 / level } }
    return MicroFrontEnd.features(of: all, stepMilliseconds: 10).deviceInt8
  }

  private func request(_ exporter: String, in folder: String) throws -> CompilationRequest {
    let imported = try FileCompilation.network(Self.fixture(exporter), .init())
    let rows = try Self.rows()
    let source = SourceModel(
      graph: imported.graph, wakeWord: "front center", stepMilliseconds: 10,
      origin: imported.origin, corpusDigest: nil)
    return CompilationRequest(
      source: source, calibration: [rows], heldOut: [rows],
      validation: .init(positives: [Array(rows.prefix(400 * 40))], ambient: [rows]),
      profile: try TargetCatalog.profile("esp32-s3-n16r8"), name: "imported",
      output: "\(folder)/\(exporter)")
  }

  @Test(arguments: exporters) func deviceAndESPHomeTakeIt(_ exporter: String) throws {
    let folder = NSTemporaryDirectory() + "rouse-tests-import-\(exporter)-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let request = try request(exporter, in: folder)
    let result = try #require(try Pipeline(request).run())
    #expect(result.verification.holds)

    let rows = try Self.rows()
    let (input, output) = ("\(folder)/in.npy", "\(folder)/out.npy")
    try AtomicFile.write(
      NPYArray(shape: [rows.count / 40, 40], .int8(rows)).bytes, to: input)
    try Peer.run("run_tflm.py", ["\(request.output)/imported.tflite", input, output])
    var interpreter = try Interpreter(result.planned.quantized.streaming)
    let ours = interpreter.runStream(rows)
    #expect(ours.count > 300)
    #expect(Set(ours).count > 10, "outputs that vary prove more")
    #expect(try Peer.array(output) == NPYArray(shape: [ours.count], .uint8(ours)))

    let printed = try Peer.run(
      "check_esphome.py", ["\(request.output)/imported.json", "\(folder)/esphome"])
    #expect(printed.contains("\(result.planned.tfliteBytes.count) bytes identical"))
  }
}
