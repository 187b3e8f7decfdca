import RouseCompiler
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime

/// `TinyNetwork` made hard to quantize: channels of the first convolution and of the pointwise one differ by a factor of
/// 100, which the layers after them take back, and features are small but for one clip in which they are large.
enum UnevenNetwork {
  /// - Parameter bias: is added to the logit; 3 makes a network that is sure of itself.
  static func deployable(bias: Float = 0) throws -> DeployableModel {
    var window = try FoldBatchNorm.apply(to: try TinyNetwork.training())
    let factors: [Float] = [10, 1, 0.4, 0.1]
    scale(&window, "stem/weights") { $1 * factors[$0 / (3 * TinyNetwork.channels)] }
    scale(&window, "depthwise0/weights") { $1 / factors[$0 % 2] }
    scale(&window, "depthwise1/weights") { $1 / factors[2 + $0 % 2] }
    scale(&window, "pointwise/weights") { $1 * factors[$0 / TinyNetwork.filters] }
    for name in ["stem/bias", "pointwise/bias"] { scale(&window, name) { $1 * factors[$0] } }
    scale(&window, "dense/weights") { 4 * $1 / factors[$0 % TinyNetwork.filters] }
    scale(&window, "dense/bias") { $1 + bias }
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

  /// Streams with a louder part, from the one in which the float network says the least to the one in which it says most.
  private static func ranked() throws -> [[Int8]] {
    let interpreter = try FloatInterpreter(try deployable().streaming)
    let step = 2 * TinyNetwork.channels
    let streams = (0..<32).map { number -> (peak: Float, number: Int, rows: [Int8]) in
      var rows = quiet(300, seed: UInt64(40 + number))
      let louder = Int8(5 * (number % 8))
      for index in 200 * TinyNetwork.channels..<260 * TinyNetwork.channels { rows[index] += louder }
      interpreter.reset()
      var peak: Float = 0
      for start in stride(from: 0, to: rows.count, by: step) {
        let heard = interpreter.run(rows[start..<start + step].map(FeatureQuantization.real))[0]
        if start > rows.count / 2 { peak = max(peak, heard) }
      }
      return (peak, number, rows)
    }
    return streams.sorted { ($0.peak, $0.number) < ($1.peak, $1.number) }.map(\.rows)
  }

  /// Validation streams that the network tells apart: those in which it says most are the wake word.
  static func request(_ passes: Set<OptionalPass>) throws -> CompilationRequest {
    let streams = try ranked()
    var request = CompilationRequest(
      source: SourceModel(
        graph: try TinyNetwork.training(), wakeWord: "tiny", stepMilliseconds: 10,
        origin: "a test", corpusDigest: nil),
      calibration: clips(), heldOut: clips(),
      validation: .init(positives: Array(streams.suffix(12)), ambient: Array(streams.prefix(12))),
      profile: try TargetCatalog.profile("esp32-s3-n16r8"), name: "tiny", output: "")
    request.passes = passes
    request.falseAcceptsPerHour = 40
    return request
  }
}
