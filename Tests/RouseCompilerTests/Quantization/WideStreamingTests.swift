import RouseCompiler
import RouseEvaluation
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Many steps per invocation say what single steps say.
@Suite struct WideStreamingTests {
  @Test(arguments: [2, 5, 16])
  func integersAreTheSame(_ steps: Int) throws {
    let model = try Calibrate.apply(
      to: try UnevenNetwork.deployable(), over: UnevenNetwork.clips())
    let narrow = try QuantizeModel.apply(to: model).streaming
    let wide = try #require(try WideStreaming.graph(narrow, steps: steps))
    try GraphVerifier.verify(wide, phase: .quantized)
    let rows = TinyNetwork.rows(2 * steps * 6, seed: 9)
    var one = try Interpreter(narrow)
    var many = try Interpreter(wide)
    let expected = one.runStream(rows)
    var found: [UInt8] = []
    for start in stride(from: 0, to: rows.count, by: rows.count / 6) {
      many.run(Array(rows[start..<start + rows.count / 6]))
      found += many.output.map(UInt8.init(bitPattern:))
    }
    #expect(found == expected)
    #expect(Set(found).count > 3)
  }

  @Test func aMeanOverAllRowsIsNotWidened() throws {
    var builder = GraphBuilder(name: "mean")
    let x = builder.input("features", TensorType([1, 8, 1, 2]))
    let mean = try builder.node("mean", .mean(Mean(axes: [1, 2], keepDimensions: false)), [x])[0]
    builder.output(try builder.node("probability", .logistic(Logistic()), [mean])[0])
    let streaming = try MakeStreaming.apply(to: builder.graph)
    #expect(try WideStreaming.graph(streaming, steps: 4) == nil)
    // Calibration then runs single steps.
    let ranges = try Calibrate.ranges(of: streaming, over: [[0, 1, 2, 3]])
    #expect(ranges["mean"] != nil)
  }

  /// Against one step at a time, value by value.
  @Test func calibrationSeesTheSameRanges() throws {
    let streaming = try UnevenNetwork.deployable().streaming
    let clips = UnevenNetwork.clips().map { $0.map(FeatureQuantization.real) }
    let found = try Calibrate.ranges(of: streaming, over: clips)
    let interpreter = try FloatInterpreter(streaming)
    let step = 2 * TinyNetwork.channels
    var expected: [String: ValueRange] = [:]
    for clip in clips {
      for start in stride(from: 0, to: clip.count, by: step) {
        interpreter.run(Array(clip[start..<start + step]))
        for name in found.keys {
          let id = try #require(streaming.value(named: name))
          let seen = interpreter.range(of: id)
          expected[name] = expected[name]?.union(seen) ?? seen
        }
      }
    }
    #expect(found.count == 5)
    for (name, range) in found {
      let other = try #require(expected[name])
      let tolerance = max(abs(other.low), abs(other.high)) * 1e-5
      #expect(abs(range.low - other.low) <= tolerance, "\(name)")
      #expect(abs(range.high - other.high) <= tolerance, "\(name)")
    }
  }

  @Test func scalesHaveTwelveBits() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<1000 {
      let (a, b) = (generator.uniform(1e-6, 3), generator.uniform(1e-6, 3))
      let (x, y) = (QuantizeModel.roundedUp(a), QuantizeModel.roundedUp(b))
      #expect(x >= a && x <= a * (1 + 1 / 2048))
      #expect(Double(x * y) == Double(x) * Double(y))
    }
    #expect(QuantizeModel.roundedUp(0.5) == 0.5)
    #expect(QuantizeModel.roundedUp(FeatureQuantization.scale) == FeatureQuantization.scale)
  }
}

/// What int8 costs, counted by hand.
@Suite struct RecallLossTests {
  /// Two seconds of silence, then `peak` for a second.
  private func clip(_ peak: UInt8) -> [UInt8] {
    [UInt8](repeating: 0, count: 67) + [UInt8](repeating: peak, count: 34)
  }

  @Test func eachNetworkHasItsOwnCutoff() {
    let float = DetectionSweep(
      positives: [clip(200), clip(150), clip(60)], ambient: [clip(100), clip(0)], stride: 3)
    let int8 = DetectionSweep(
      positives: [clip(120), clip(90), clip(20)], ambient: [clip(95), clip(0)], stride: 3)
    let loss = RecallLoss(float: float, int8: int8)
    #expect(loss.clips == 3)
    #expect(
      loss.levels == [
        .init(falseAccepts: 0, floatMisses: 1, int8Misses: 2),
        .init(falseAccepts: 1, floatMisses: 0, int8Misses: 0),
      ])
    #expect(abs(loss.largestLoss - 100.0 / 3) < 1e-9)
    #expect(abs(loss.meanLoss - 50.0 / 3) < 1e-9)
  }

  @Test func aNetworkLosesNothingAgainstItself() {
    let sweep = DetectionSweep(positives: [clip(200)], ambient: [clip(10)], stride: 3)
    let loss = RecallLoss(float: sweep, int8: sweep)
    #expect(loss.largestLoss == 0)
    #expect(loss.levels == [.init(falseAccepts: 0, floatMisses: 0, int8Misses: 0)])
  }
}
