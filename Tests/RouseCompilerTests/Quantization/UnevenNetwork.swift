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

  /// Rows of small features.
  private static func quiet(_ count: Int, seed: UInt64) -> [Int8] {
    TinyNetwork.rows(count, seed: seed).map { row in
      let sixth = (Int(row) + 128) / 6
      return Int8(sixth - 128)
    }
  }

  /// Small features, and one loud row.
  static func clips() -> [[Int8]] {
    (0..<6).map { seed in
      var rows = quiet(200, seed: UInt64(seed))
      if seed == 2 {
        for index in 0..<TinyNetwork.channels { rows[40 * TinyNetwork.channels + index] = 127 }
      }
      return rows
    }
  }

  /// Clips in which features are larger for a while, and streams in which they are not.
  static func request(_ passes: Set<OptionalPass>) throws -> CompilationRequest {
    let ambient = (20..<32).map { quiet(400, seed: UInt64($0)) }
    let heard = (0..<20).map { number -> [Int8] in
      var rows = quiet(300, seed: UInt64(40 + number))
      let louder = Int8(26 + number / 2)
      for index in 200 * TinyNetwork.channels..<260 * TinyNetwork.channels { rows[index] += louder }
      return rows
    }
    var request = CompilationRequest(
      source: SourceModel(
        graph: try TinyNetwork.training(), wakeWord: "tiny", stepMilliseconds: 10,
        origin: "a test", corpusDigest: nil),
      calibration: clips(), heldOut: ambient, validation: .init(positives: heard, ambient: ambient),
      profile: try TargetCatalog.profile("esp32-s3-n16r8"), name: "tiny", output: "")
    request.passes = passes
    request.falseAcceptsPerHour = 40
    return request
  }
}
