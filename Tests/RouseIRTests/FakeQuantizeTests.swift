import RouseIR
import RouseNumerics
import Testing

/// The two operators that simulate integers: exact codes, and gradients that pass where nothing was clamped.
@Suite struct FakeQuantizeTests {
  private func run(
    _ op: any TrainableOperator, _ inputs: [FloatView], _ result: Shape, batch: Int = 1,
    gradient: [Float]? = nil, wanted: Set<Int> = [0, 1]
  ) -> (y: [Float], gradients: [[Float]?]) {
    let y = FloatView(zeros: result)
    let shards = Shards(batch: batch, threads: 2)
    let scratch = FloatView(zeros: [op.scratchCount(batch: batch, inputs.map(\.shape), [result])])
    op.forward(
      ForwardStep(inputs: inputs, outputs: [y], scratch: scratch, shards: shards, isTraining: true))
    guard let gradient else { return (y.values, []) }
    let gradients = inputs.enumerated().map { index, input -> FloatView? in
      guard wanted.contains(index) else { return nil }
      let view = FloatView(zeros: input.shape)
      view.fill(.nan)
      return view
    }
    op.backward(
      BackwardStep(
        inputs: inputs, outputs: [y], outputGradients: [FloatView(gradient, shape: result)],
        inputGradients: gradients, scratch: scratch, shards: shards))
    return (y.values, gradients.map { $0?.values })
  }

  // MARK: - Reals to codes

  @Test func halvesGoAwayFromZero() {
    let halves: [Float] = [0.5, -0.5, 1.5, -1.5, 2.5, 0.49999997, -0.49999997, 126.5, 127.5, -300]
    let op = FakeQuantize(scales: [1], limits: -127...127)
    let result = run(op, [FloatView(halves, shape: [1, 10])], [1, 10])
    #expect(result.y == [1, -1, 2, -2, 3, 0, 0, 127, 127, -127])
    #expect(op.codes(of: halves, shape: [1, 10]) == [1, -1, 2, -2, 3, 0, 0, 127, 127, -127])
    #expect(op.codes(of: [1, .nan], shape: [2]) == nil)
    #expect(run(op, [FloatView([.nan], shape: [1, 1])], [1, 1]).y[0].isNaN)
  }

  /// Each axis position has its own scale; the quotient is that of `Quantizer`, in double.
  @Test(arguments: [0, 1, 2])
  func everyScaleMeetsItsChannel(axis: Int) {
    let shape: Shape = [5, 5, 5]
    let scales: [Double] = [0.1, 1e-3, 1 / 3, 7, 0.02]
    let op = FakeQuantize(scales: scales, axis: axis, limits: -100...90)
    let x = randomFloats(125, seed: 4).map { $0 * 3 }
    let dy = randomFloats(125, seed: 5)
    // 37 examples are three shards: elements are cut regardless of axis 0.
    let result = run(op, [FloatView(x, shape: shape)], shape, batch: 37, gradient: dy)
    let inner = [25, 5, 1][axis]
    for index in 0..<125 {
      let scale = scales[index / inner % 5]
      let code = (Double(x[index]) / scale).rounded(.toNearestOrAwayFromZero)
      #expect(result.y[index] == Float(min(90, max(-100, code))))
      let passes = (-100...90).contains(code)
      #expect(result.gradients[0]?[index] == (passes ? Float(1 / scale) * dy[index] : 0))
    }
  }

  // MARK: - Sums to codes

  private func multipliers(_ count: Int) -> [FixedPointMultiplier] {
    var generator = SeededGenerator(seed: 8)
    return (0..<count).map { index in
      FixedPointMultiplier(
        multiplier: (1 << 30) + Int32(generator.below(1 << 30)), shift: Int32(index % 16) - 12)
    }
  }

  /// 67 channels are more than one tile of the kernel; biases leave the 24 bits of float32's integers.
  @Test(arguments: [1, 3])
  func codesAreThoseOfFixedPoint(parts: Int) {
    let (channels, rows) = (67, 37)
    let multipliers = multipliers(channels)
    let range: ClosedRange<Int32> = -90...101
    let op = FakeRequantize(
      ChannelMultipliers(multipliers, zeroPoint: -17, range: range), parts: parts)
    var generator = SeededGenerator(seed: 9)
    let x = (0..<rows * parts * channels).map { index in
      // Sums that reach beyond the range by half, and stay below 2^24.
      let limit = min(Float(200 << (12 - min(index % channels % 16, 12))), 0x1p22)
      return generator.uniform(-limit, limit).rounded()
    }
    var bias = (0..<channels).map { _ in generator.uniform(-500, 500).rounded() }
    bias[3] = 0x1p29 + 64
    bias[5] = -0x1p30
    let dy = randomFloats(rows * channels, seed: 10)
    let result = run(
      op, [FloatView(x, shape: [rows, parts * channels]), FloatView(bias, shape: [channels])],
      [rows, channels], batch: rows, gradient: dy)

    var inside = 0
    var biasGradient = [Double](repeating: 0, count: channels)
    for r in 0..<rows {
      for c in 0..<channels {
        let sum = (0..<parts).reduce(Int32(bias[c])) {
          $0 &+ Int32(x[(r * parts + $1) * channels + c])
        }
        let code = multipliers[c].apply(sum) &- 17
        let clamped = FixedPoint.clamp(code, range.lowerBound, range.upperBound)
        #expect(result.y[r * channels + c] == Float(clamped + 17))
        let slope = Float(
          Double(multipliers[c].multiplier) * Double(sign: .plus, exponent: -31, significand: 1)
            * Double(sign: .plus, exponent: Int(multipliers[c].shift), significand: 1))
        let expected = range.contains(code) ? slope * dy[r * channels + c] : 0
        inside += range.contains(code) ? 1 : 0
        biasGradient[c] += Double(expected)
        for p in 0..<parts {
          #expect(result.gradients[0]?[(r * parts + p) * channels + c] == expected)
        }
      }
    }
    #expect(inside > rows * channels / 10 && inside < rows * channels * 9 / 10)
    for (found, sum) in zip(result.gradients[1] ?? [], biasGradient) {
      #expect(abs(Double(found) - sum) <= 1e-5 * max(1, abs(sum)))
    }
    #expect(result.gradients[1]?.count == channels)
  }

  @Test func aBiasTrainsAlone() {
    let op = FakeRequantize(
      ChannelMultipliers([FixedPointMultiplier(0.5)], zeroPoint: 0, range: -128...127))
    let inputs = [FloatView([2, 4, 9000], shape: [3, 1]), FloatView([1], shape: [1])]
    let result = run(op, inputs, [3, 1], batch: 3, gradient: [1, 2, 4], wanted: [1])
    #expect(result.y == [2, 3, 127])
    #expect(result.gradients[0] == nil)
    #expect(result.gradients[1] == [1.5])
  }

  // MARK: - Text and phases

  @Test(arguments: [
    ["scales": "0.5,0", "axis": "0", "low": "0", "high": "1"],
    ["scales": "0.5,,1", "axis": "0", "low": "0", "high": "1"],
    ["scales": "1", "axis": "0", "low": "2", "high": "1"],
    ["scales": "1", "axis": "0", "low": "0", "high": "4294967296"],
    ["scales": "1", "axis": "0", "low": "0", "high": "16777217"],
  ])
  func badScalesAreRefused(values: [String: String]) {
    #expect(throws: GraphError.self) {
      try FakeQuantize(attributes: AttributeReader(op: "fake_quantize", line: 1, values: values))
    }
  }

  @Test(arguments: [
    ["multipliers": "-1"], ["multipliers": "1x2"], ["multipliers": ""], ["shifts": "32"],
    ["zeroPoint": "128"], ["low": "-129"], ["parts": "0"], ["multipliers": "4294967296"],
  ])
  func badMultipliersAreRefused(change: [String: String]) throws {
    let sound = [
      "multipliers": "1073741824", "shifts": "0", "zeroPoint": "0", "low": "-128", "high": "127",
      "parts": "1",
    ]
    func read(_ values: [String: String]) throws {
      _ = try FakeRequantize(
        attributes: AttributeReader(op: "fake_requantize", line: 1, values: values))
    }
    try read(sound)
    #expect(throws: GraphError.self) { try read(sound.merging(change) { $1 }) }
  }

  @Test func deploymentNamesThePassThatRemovesThem() throws {
    var b = GraphBuilder(name: "fake")
    let x = b.input("x", TensorType([1, 3]))
    b.output(
      try b.node("y", .fakeQuantize(FakeQuantize(scales: [1], limits: -128...127)), [x])[0])
    try GraphVerifier.verify(b.graph, phase: .training)
    for phase in GraphVerifier.Phase.allCases where phase != .training {
      #expect(
        throws: GraphError.operatorNotAllowed(
          op: "fake_quantize", node: "y", phase: phase.rawValue, removedBy: "simulate-quantization")
      ) { try GraphVerifier.verify(b.graph, phase: phase) }
    }
  }
}
