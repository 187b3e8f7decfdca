import Glibc
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining
import Testing

/// Every network that a preset can describe is one function: as it trains, as it streams and as it scans.
@Suite struct ArchitectureStreamingTests {
  /// The windows of a stream: the step of the streaming network that ends with each, and its first row.
  private func windows(_ random: RandomArchitecture, in rows: Int) -> [(step: Int, start: Int)] {
    let (stride, length) = (random.architecture.stride, random.windowRows)
    let phase = random.architecture.windowPhase
    return (0..<(rows - phase - length) / stride + 1).map { index in
      let start = phase + index * stride
      // What a stride leaves of the last rows is read by no stage.
      return (step: (start + length) / stride - 1, start: start)
    }
  }

  /// The largest of many rows takes the logit of these far to one side: they say the same whatever they hear.
  private static let saturated: Set<UInt64> = [6, 15]

  @Test func everyOptionIsDrawn() {
    var seen: Set<String> = []
    for seed in RandomArchitecture.seeds {
      switch RandomArchitecture(seed: seed).architecture {
      case .mixedNet(let network):
        seen.formUnion([
          "stride \(network.stride)", "\(network.head.pooling)",
          network.head.spatialAttention ? "attention" : "no attention",
          network.firstConvFilters > 0 ? "first" : "no first",
        ])
        for block in network.blocks {
          seen.formUnion([
            block.isResidual ? "residual" : "plain", "repeat \(block.repeats)",
            "\(block.kernels.count) kernels",
            block.kernels.max() == 1 ? "no depthwise" : "depthwise",
          ])
        }
      case .inception(let network):
        seen.formUnion([
          "inception, stride \(network.stride)", "inception, \(network.head.pooling)",
          "groups \(network.firstConvGroups)",
        ])
      }
    }
    for option in [
      "stride 1", "stride 2", "stride 3", "none", "average", "max", "attention", "no attention",
      "first", "no first", "residual", "plain", "repeat 1", "repeat 2", "1 kernels", "2 kernels",
      "3 kernels", "depthwise", "inception, stride 1", "inception, stride 2", "inception, stride 3",
      "inception, average", "inception, max", "inception, none", "groups 1", "groups 2", "groups 4",
    ] { #expect(seen.contains(option), "\(option) is not among the random networks") }
  }

  /// Float32 sums in another order differ by some 1e-6.
  @Test(arguments: RandomArchitecture.seeds)
  func streamingAndScanningEqualTheTrainedWindow(_ seed: UInt64) throws {
    let random = RandomArchitecture(seed: seed)
    let training = try random.graph()
    try GraphVerifier.verify(training, phase: .training)
    let folded = try FoldBatchNorm.apply(to: training)
    try GraphVerifier.verify(folded, phase: .deployable)
    let streaming = try MakeStreaming.apply(to: folded)
    try GraphVerifier.verify(streaming, phase: .streaming)
    let (stride, length) = (random.architecture.stride, random.windowRows)
    let steps = 7
    let count = random.architecture.windowPhase + length + (steps - 1) * stride
    let rows = RandomArchitecture.features(random.rows(count))

    let stepwise = try FloatInterpreter(streaming)
    #expect(streaming[streaming.inputs[0]].type.shape == [1, stride, 40])
    let probabilities = (0..<count / stride).map { step in
      stepwise.run(Array(rows[step * stride * 40..<(step + 1) * stride * 40]))[0]
    }

    var scan = try random.architecture.scanGraph(
      stepMilliseconds: RandomArchitecture.stepMilliseconds, steps: steps)
    for index in scan.values.indices where scan.values[index].constant != nil {
      let id = try #require(training.value(named: scan.values[index].name))
      scan.values[index].constant = training[id].constant
    }
    try GraphVerifier.verify(scan, phase: .training)
    let phase = random.architecture.windowPhase
    let logits = try FloatInterpreter(scan).run(Array(rows[(phase * 40)...]))
    #expect(logits.count == steps)

    let whole = try FloatInterpreter(training)
    var seen: Set<Float> = []
    for (index, window) in windows(random, in: count).enumerated() {
      let expected = whole.run(Array(rows[window.start * 40..<(window.start + length) * 40]))[0]
      #expect(abs(probabilities[window.step] - expected) < 1e-4, "\(random), step \(window.step)")
      #expect(abs(1 / (1 + exp(-logits[index])) - expected) < 1e-4, "\(random), scan \(index)")
      seen.insert(expected)
    }
    #expect(seen.count > 1 || Self.saturated.contains(seed), "\(random) says the same throughout")
  }

  /// The same integers whether a window is whole or streamed, as trained or as lowered, in memory or in a file.
  @Test(arguments: RandomArchitecture.seeds)
  func everyInt8FormGivesTheSameBits(_ seed: UInt64) throws {
    let random = RandomArchitecture(seed: seed)
    let folded = try FoldBatchNorm.apply(to: try random.graph())
    let deployable = DeployableModel(
      window: folded, streaming: try MakeStreaming.apply(to: folded))
    let (stride, length) = (random.architecture.stride, random.windowRows)
    let count = random.architecture.windowPhase + length + 11 * stride
    let rows = random.rows(count)
    let quantized = try QuantizeModel.apply(
      to: try Calibrate.apply(to: deployable, over: [rows]))
    try GraphVerifier.verify(quantized.window, phase: .quantized)
    try GraphVerifier.verify(quantized.streaming, phase: .quantized)

    var stepwise = try Interpreter(quantized.streaming)
    let codes = stepwise.runStream(rows)
    #expect(Set(codes).count > 1 || Self.saturated.contains(seed), "\(random)")
    var whole = try Interpreter(quantized.window)
    for window in windows(random, in: count) {
      whole.reset()
      whole.run(Array(rows[window.start * 40..<(window.start + length) * 40]))
      #expect(UInt8(bitPattern: whole.output[0]) == codes[window.step], "\(random)")
    }

    let profile = try LoweringTests.profile.get()
    let lowered = try Lower.apply(
      to: quantized.streaming, for: profile, objective: .balanced,
      passes: OptionalPass.defaults)
    try GraphVerifier.verify(lowered.graph, phase: .quantized)
    var low = try Interpreter(lowered.graph)
    #expect(low.runStream(rows) == codes, "\(random)")
    let bytes = TFLiteWriter.write(
      try TFLiteLowering.model(from: lowered.graph, description: ""))
    let decoded = try GraphDecoding.graph(from: try TFLiteReader.read(bytes))
    #expect(decoded == lowered.graph)
  }
}
