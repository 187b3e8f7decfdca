import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// What the passes promise: the same function after every one of them.
@Suite struct PassTests {
  private let inputQuantization = Quantization(scale: 1 / 64, zeroPoint: -128)

  private func floats(_ rows: [Int8]) -> [Float] { rows.map { (Float($0) + 128) / 64 } }

  @Test func foldingKeepsTheFunction() throws {
    let training = try TinyNetwork.training()
    let folded = try FoldBatchNorm.apply(to: training)
    try GraphVerifier.verify(folded, phase: .deployable)
    #expect(!folded.nodes.contains { $0.op.name == BatchNorm.name })
    let window = floats(TinyNetwork.rows(TinyNetwork.rows, seed: 3))
    let before = try FloatInterpreter(training).run(window)
    let after = try FloatInterpreter(folded).run(window)
    #expect(abs(before[0] - after[0]) < 1e-6)
  }

  @Test func streamingEqualsTheWindowOnceBuffersAreFull() throws {
    let window = try FoldBatchNorm.apply(to: try TinyNetwork.training())
    let streaming = try MakeStreaming.apply(to: window)
    try GraphVerifier.verify(streaming, phase: .streaming)
    #expect(streaming[streaming.inputs[0]].type.shape == [1, 2, TinyNetwork.channels])
    // One buffer before the strided convolution, one for both depthwise branches, one before the dense layer.
    #expect(streaming.variables.map { $0.type.shape[1] } == [1, 4, 6])

    let rows = floats(TinyNetwork.rows(40, seed: 4))
    let channels = TinyNetwork.channels
    let stepwise = try FloatInterpreter(streaming)
    let whole = try FloatInterpreter(window)
    var compared = 0
    for step in 0..<20 {
      let end = (step + 1) * 2
      let probability = stepwise.run(Array(rows[(end - 2) * channels..<end * channels]))[0]
      guard end >= TinyNetwork.rows + 1 else { continue }
      // The window's first row is an odd row of the stream: the phase that training must use.
      let start = (end - TinyNetwork.rows) * channels
      let expected = whole.run(Array(rows[start..<end * channels]))[0]
      #expect(abs(probability - expected) < 1e-6)
      compared += 1
    }
    #expect(compared == 9)
  }

  @Test func quantizedStreamingEqualsTheQuantizedWindowBitForBit() throws {
    let window = try FoldBatchNorm.apply(to: try TinyNetwork.training())
    let streaming = try MakeStreaming.apply(to: window)
    let ranges = try Calibrate.ranges(of: streaming, over: [floats(TinyNetwork.rows(200, seed: 5))])
    let int8Window = try QuantizeModel.apply(to: window, ranges: ranges, input: inputQuantization)
    let int8Streaming = try QuantizeModel.apply(
      to: streaming, ranges: ranges, input: inputQuantization)
    try GraphVerifier.verify(int8Window, phase: .quantized)
    try GraphVerifier.verify(int8Streaming, phase: .quantized)

    let rows = TinyNetwork.rows(60, seed: 6)
    let channels = TinyNetwork.channels
    var stepwise = try Interpreter(int8Streaming)
    var whole = try Interpreter(int8Window)
    let float = try FloatInterpreter(window)
    let probabilities = stepwise.runStream(rows)
    for end in stride(from: TinyNetwork.rows + 1, through: 60, by: 2) {
      let part = Array(rows[(end - TinyNetwork.rows) * channels..<end * channels])
      whole.reset()
      whole.run(part)
      #expect(UInt8(bitPattern: whole.output[0]) == probabilities[end / 2 - 1])
      let real = float.run(floats(part))[0]
      #expect(abs(real - Float(probabilities[end / 2 - 1]) / 256) < 0.04)
    }
  }

  @Test func paddingInTimeIsRefusedWithItsReason() throws {
    var builder = GraphBuilder(name: "padded")
    let x = builder.input("features", TensorType([1, 8, 1, 2]))
    let w = builder.constant(
      "w", .float32(Array(repeating: 0.5, count: 12)), shape: [2, 3, 1, 2])
    builder.output(try builder.node("conv", .conv2D(Conv2D(padding: .same)), [x, w])[0])
    #expect(throws: GraphError.self) { try MakeStreaming.apply(to: builder.graph) }
  }

  @Test(arguments: [
    (ValueRange(low: 0, high: 25.5), Float(0.1), Int32(-128)),
    (ValueRange(low: -12.8, high: 12.7), Float(0.1), Int32(0)),
    (ValueRange(low: 3, high: 5.1), Float(0.02), Int32(-128)),
    (ValueRange(low: -5.1, high: -3), Float(0.02), Int32(127)),
  ])
  func activationRangesHoldZeroExactly(_ range: ValueRange, _ scale: Float, _ zeroPoint: Int32) {
    let quantization = QuantizeModel.activation(range)
    // Rounded up to 12 significant bits.
    #expect(quantization.scale >= scale * (1 - 1e-6))
    #expect(quantization.scale <= scale * (1 + 1 / 2048))
    #expect(quantization.zeroPoint == zeroPoint)
  }
}
