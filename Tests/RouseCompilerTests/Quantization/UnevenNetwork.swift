import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime

/// `TinyNetwork` made hard to quantize: channels of the first convolution and of the pointwise one differ by a factor of
/// 100, which the layers after them take back, and features are small but for one clip in which they are large.
enum UnevenNetwork {
  static func deployable() throws -> DeployableModel {
    var window = try FoldBatchNorm.apply(to: try TinyNetwork.training())
    let factors: [Float] = [10, 1, 0.4, 0.1]
    scale(&window, "stem/weights") { $1 * factors[$0 / (3 * TinyNetwork.channels)] }
    scale(&window, "depthwise0/weights") { $1 / factors[$0 % 2] }
    scale(&window, "depthwise1/weights") { $1 / factors[2 + $0 % 2] }
    scale(&window, "pointwise/weights") { $1 * factors[$0 / TinyNetwork.filters] }
    for name in ["stem/bias", "pointwise/bias"] { scale(&window, name) { $1 * factors[$0] } }
    scale(&window, "dense/weights") { 4 * $1 / factors[$0 % TinyNetwork.filters] }
    return DeployableModel(window: window, streaming: try MakeStreaming.apply(to: window))
  }

  private static func scale(
    _ graph: inout Graph, _ name: String, _ change: (Int, Float) -> Float
  ) {
    guard let id = graph.value(named: name) else { return }
    graph[id].constant = .float32(graph[id].floats.enumerated().map { change($0, $1) })
  }

  /// Small features, and one loud row of 40.
  static func clips() -> [[Int8]] {
    (0..<6).map { seed in
      var rows = TinyNetwork.rows(200, seed: UInt64(seed)).map { Int8(-128 + (Int($0) + 128) / 6) }
      if seed == 2 {
        for index in 0..<TinyNetwork.channels { rows[40 * TinyNetwork.channels + index] = 127 }
      }
      return rows
    }
  }

  /// Clips in which features are larger for a while, and streams in which they are not.
  static func request(_ passes: Set<OptionalPass>) throws -> CompilationRequest {
    let quiet = (20..<32).map { seed in
      TinyNetwork.rows(400, seed: seed).map { Int8(-128 + (Int($0) + 128) / 6) }
    }
    let heard = (40..<60).map { seed -> [Int8] in
      var rows = TinyNetwork.rows(300, seed: seed).map { Int8(-128 + (Int($0) + 128) / 6) }
      for index in 200 * TinyNetwork.channels..<260 * TinyNetwork.channels {
        rows[index] = Int8(min(127, Int(rows[index]) + 6 + Int(seed) / 2))
      }
      return rows
    }
    var request = CompilationRequest(
      source: SourceModel(
        graph: try TinyNetwork.training(), wakeWord: "tiny", stepMilliseconds: 10,
        origin: "a test", corpusDigest: nil),
      calibration: clips(), heldOut: quiet, validation: .init(positives: heard, ambient: quiet),
      profile: try TargetCatalog.profile("esp32-s3-n16r8"), name: "tiny", output: "")
    request.passes = passes
    request.falseAcceptsPerHour = 40
    return request
  }
}
