import Foundation
import RouseAudio
import RouseCompiler
import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// The real runtimes judge the bundle that this test run has just trained and compiled.
@Suite(.enabled(if: Peer.isAvailable, "./test sets up the peers"))
struct PeerTests {
  /// Recordings of a person that come with Debian's alsa-utils, at 48 kHz.
  private static let speech = [
    "Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Side_Left", "Side_Right",
  ].map { "/usr/share/sounds/alsa/\($0).wav" }

  private func samples() throws -> [Int16] {
    try Self.speech.flatMap { try AudioFile.read($0).int16 }
  }

  /// Device features of the recordings, several times over at falling levels: more than 1,000 streaming steps.
  private func rows() throws -> [Int8] {
    let speech = try samples()
    let levels: [Int16] = [1, 2, 3, 5]
    let all = levels.flatMap { level in speech.map { $0 / level } }
    return MicroFrontEnd.features(of: all, stepMilliseconds: 10).deviceInt8
  }

  private func write(_ array: NPYArray, _ name: String) throws -> String {
    let path = try TinyRun.made().folder + "/" + name
    try AtomicFile.write(array.bytes, to: path)
    return path
  }

  @Test func microFeaturesAgreesWithOurFrontEnd() throws {
    let samples = try samples()
    let out = try TinyRun.made().folder + "/features.npy"
    try Peer.run(
      "run_features.py",
      [try write(NPYArray(shape: [samples.count], .int16(samples)), "samples.npy"), out])
    let ours = MicroFrontEnd.features(of: samples, stepMilliseconds: 10)
    #expect(ours.frames > 500)
    #expect(try Peer.array(out) == NPYArray(shape: ours.shape, .uint16(ours.values)))
  }

  @Test(arguments: ["run_tflm.py", "run_litert.py"])
  func referenceRuntimesGiveTheSameBits(_ script: String) throws {
    let made = try TinyRun.made()
    let rows = try rows()
    let out = "\(made.folder)/\(script).npy"
    let input = NPYArray(shape: [rows.count / 40, 40], .int8(rows))
    try Peer.run(
      script,
      ["\(made.bundle)/\(made.request.name).tflite", try write(input, "\(script).in.npy"), out])
    var interpreter = try Interpreter(made.result.planned.quantized.streaming)
    let ours = interpreter.runStream(rows)
    #expect(ours.count >= Verify.minimumSteps)
    #expect(Set(ours).count > 1)
    #expect(try Peer.array(out) == NPYArray(shape: [ours.count], .uint8(ours)))
  }

  @Test func onnxRuntimeAgreesWithTheFloatAndTheInt8Graph() throws {
    let made = try TinyRun.made()
    let planned = made.result.planned
    let reals = try rows().map(FeatureQuantization.real)
    let size = 204 * 40
    let windows = stride(from: 0, to: reals.count - size, by: 37 * 40).map {
      Array(reals[$0..<$0 + size])
    }
    let input = NPYArray(shape: [windows.count, 204, 40], .float32(windows.flatMap { $0 }))
    let path = try write(input, "windows.npy")
    let allowed = Verify.quantizedTolerance(of: planned.quantized.window)
    for (name, tolerance) in [(made.request.name, 1e-5), ("\(made.request.name)_int8", allowed)] {
      let out = "\(made.folder)/\(name).npy"
      try Peer.run("run_onnx.py", ["\(made.bundle)/\(name).onnx", path, out])
      guard case .float32(let theirs) = try Peer.array(out).elements else {
        Issue.record("onnxruntime gave no floats")
        return
      }
      let network = try ONNXInterpreter(
        try ONNXReader.read(try InputFile.read("\(made.bundle)/\(name).onnx", limit: 1 << 24)))
      let window = try FloatInterpreter(
        try FoldBatchNorm.apply(to: made.request.source.graph))
      var int8 = try Interpreter(planned.quantized.window)
      var largest = 0.0
      for (index, features) in windows.enumerated() {
        let mine: Double
        if tolerance < 1e-4 {
          mine = Double(window.run(features)[0])
        } else {
          int8.reset()
          int8.run(
            features.map {
              Int8(clamping: Int(($0 / FeatureQuantization.scale).rounded()) - 128)
            })
          mine = Double(UInt8(bitPattern: int8.output[0])) / 256
        }
        largest = max(largest, abs(mine - Double(theirs[index])))
        // Both ONNX implementations follow the same specification; only the order of float sums differs.
        let ours = Double(try network.score(window: features))
        #expect(abs(ours - Double(theirs[index])) <= max(tolerance / 8, 1e-5))
      }
      #expect(largest <= tolerance, "\(name): \(largest)")
    }
  }

  @Test func esphomeAcceptsTheBundleAndEmbedsTheSameBytes() throws {
    let made = try TinyRun.made()
    let printed = try Peer.run(
      "check_esphome.py",
      ["\(made.bundle)/\(made.request.name).json", "\(made.folder)/esphome"])
    #expect(printed.contains("\(made.result.planned.tfliteBytes.count) bytes identical"))
  }
}
