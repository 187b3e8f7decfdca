import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining
import Testing

/// What training under simulation promises: float that equals the device's integers, before and after.
@Suite struct SimulateQuantizationTests {
  private static let tinyInput = Quantization(scale: 1 / 64, zeroPoint: -128)

  private func tiny() throws -> SimulationCase {
    try SimulationCase(
      TinyNetwork.training(), input: Self.tinyInput, streams: [TinyNetwork.rows(200, seed: 5)])
  }

  /// A network of preset `esphome-standard` with random weights and statistics.
  private static func standard() throws -> SimulationCase {
    var generator = SeededGenerator(seed: 11)
    var graph = try MixedNet.graph(
      MixedNetArchitecture(), stepMilliseconds: 10, generator: &generator)
    for index in graph.values.indices {
      guard case .float32(let values)? = graph.values[index].constant else { continue }
      let name = graph.values[index].name
      let (low, high): (Float, Float) =
        switch name.split(separator: "/").last {
        case "gamma": (0.3, 2)
        case "beta", "mean", "bias": (-0.5, 0.5)
        case "variance": (0.2, 3)
        default: (0, 0)
        }
      if high > 0 {
        graph.values[index].constant = .float32(values.map { _ in generator.uniform(low, high) })
      }
    }
    return try SimulationCase(
      graph, input: SimulationFeatures.type,
      streams: [
        SimulationFeatures.speechLike(300, seed: 1), SimulationFeatures.noise(240, seed: 2),
      ])
  }

  // MARK: - Code for code

  @Test func everyCodeOfATinyNetworkIsTheDevices() throws {
    let model = try tiny()
    let simulated = try model.simulation()
    try GraphVerifier.verify(simulated, phase: .training)
    for seed in 20..<40 as Range<UInt64> {
      let window = TinyNetwork.rows(TinyNetwork.rows, seed: seed)
      // features, expand, stem, 2 pieces, align, 2 depthwise, mixed, pointwise, flatten, logit, and the output.
      try SimulationCase.expectEqual(simulated, model.quantized.window, window, values: 13)
    }
  }

  /// The dense layer of 1088 inputs is cut in three, so that its sums are exact whatever the weights.
  @Test func everyCodeOfTheStandardNetworkIsTheDevices() throws {
    let model = try Self.standard()
    let simulated = try model.simulation()
    try GraphVerifier.verify(simulated, phase: .training)
    let parts = simulated.values.filter {
      $0.name.hasPrefix("dense/weights/part") && $0.isParameter
    }
    #expect(parts.map { $0.type.shape } == [[1, 363], [1, 363], [1, 362]])
    let rows = model.quantized.window[model.quantized.window.inputs[0]].type.shape[1]
    for seed in 1...3 as ClosedRange<UInt64> {
      for window in [
        SimulationFeatures.speechLike(rows, seed: seed), SimulationFeatures.noise(rows, seed: seed),
      ] {
        try SimulationCase.expectEqual(simulated, model.quantized.window, window, values: 24)
      }
    }
  }

  @Test func oneScaleForAllWeightsOfAConvolution() throws {
    var model = try tiny()
    try model.requantizeWeights(limit: 127, isPerTensor: true)
    let w = try #require(model.quantized.window.value(named: "stem/weights"))
    #expect(model.quantized.window[w].type.quantization?.axis == nil)
    let simulated = try model.simulation()
    for seed in 20..<25 as Range<UInt64> {
      let window = TinyNetwork.rows(TinyNetwork.rows, seed: seed)
      try SimulationCase.expectEqual(simulated, model.quantized.window, window, values: 13)
    }
  }

  /// 600 products of the largest codes pass 2^24, where float32 loses odd integers; one channel has next to no weights
  /// and a bias of 30 bits.
  @Test func sumsBeyond24BitsAreExact() throws {
    var generator = SeededGenerator(seed: 3)
    var b = GraphBuilder(name: "wide")
    let x = b.input("features", TensorType([1, 9, 200]))
    let wide = try b.node("expand", .reshape(Reshape(shape: [1, 9, 1, 200])), [x])[0]
    let weights = (0..<4 * 600).map { index -> Float in
      switch index / 600 {
      case 0: 1
      case 1: generator.uniform(0.99, 1)
      case 2: generator.uniform(-1, 1)
      default: 1e-12
      }
    }
    let w = b.constant("w", .float32(weights), shape: [4, 3, 1, 200], isParameter: true)
    let bias = b.constant("b", .float32([0.25, -3, 0.5, 1.0]), shape: [4], isParameter: true)
    let conv = try b.node("conv", .conv2D(Conv2D(activation: .relu)), [wide, w, bias])[0]
    let flat = try b.node("flatten", .reshape(Reshape(shape: [1, 28])), [conv])[0]
    let dense = b.constant(
      "v", .float32((0..<28).map { _ in generator.uniform(-0.01, 0.01) }), shape: [1, 28],
      isParameter: true)
    let offset = b.constant("c", .float32([-0.5]), shape: [1], isParameter: true)
    let logit = try b.node("logit", .fullyConnected(FullyConnected()), [flat, dense, offset])[0]
    b.output(try b.node("probability", .logistic(Logistic()), [logit])[0])

    func rows(_ low: Int) -> [Int8] {
      (0..<9 * 200).map { _ in Int8(low + generator.below(128 - low)) }
    }
    let loud = rows(110)
    let model = try SimulationCase(
      b.graph, input: Quantization(scale: 1 / 64, zeroPoint: -128), streams: [loud, rows(-128)])
    let simulated = try model.simulation()
    let quantized = try SimulateQuantization.codes(of: simulated, in: model.quantized.window)
    let float = try FloatInterpreter(simulated)
    for window in [loud, rows(120), rows(-128), [Int8](repeating: 127, count: 1800)] {
      try SimulationCase.expectEqual(simulated, quantized, window, values: 6)
      float.run(window.map { SimulationCase.real($0, Self.tinyInput) })
    }
    let sums = try #require(float.values(named: "conv/sums"))
    #expect(sums[0] + sums[4] == 600 * 127 * 255)
    #expect(600 * 127 * 255 > 1 << 24)
  }

  // MARK: - Constants

  @Test func whatIsNotTrainedComesBackAsItWas() throws {
    for model in [try tiny(), try Self.standard()] {
      let simulated = try model.simulation()
      #expect(
        try SimulateQuantization.weights(of: simulated, in: model.float.window)
          == model.float.window)
      #expect(
        try SimulateQuantization.codes(of: simulated, in: model.quantized.window)
          == model.quantized.window)
      #expect(
        try SimulateQuantization.codes(of: simulated, in: model.quantized.streaming)
          == model.quantized.streaming)
    }
  }

  /// A weight of twice the largest one computes as the largest one; only it changes.
  @Test func weightsBeyondTheLargestCodeComeBackAsThatCode() throws {
    let model = try tiny()
    var simulated = try model.simulation()
    let id = try #require(simulated.value(named: "stem/weights"))
    var weights = simulated[id].floats
    let largest = try #require(weights[..<12].map(abs).max())
    weights[2] = -2 * largest
    simulated[id].constant = .float32(weights)
    let back = try SimulateQuantization.weights(of: simulated, in: model.float.window)
    let found = back[try #require(back.value(named: "stem/weights"))].floats
    #expect(abs(found[2] + largest) <= largest * 0x1p-20)
    #expect(found.indices.allSatisfy { $0 == 2 || found[$0] == weights[$0] })
  }

  /// A quantizer may round otherwise, to correct a bias for instance: the simulation starts from its codes.
  @Test func theCodesOfTheQuantizerAreTheStart() throws {
    var model = try tiny()
    let id = try #require(model.quantized.window.value(named: "depthwise1/bias"))
    guard case .int32(var codes)? = model.quantized.window[id].constant else {
      Issue.record("no bias")
      return
    }
    codes[1] += 37
    model.quantized.window[id].constant = .int32(codes)
    let simulated = try model.simulation()
    #expect(
      try SimulateQuantization.codes(of: simulated, in: model.quantized.window)
        == model.quantized.window)
    try SimulationCase.expectEqual(
      simulated, model.quantized.window, TinyNetwork.rows(TinyNetwork.rows, seed: 8), values: 13)
  }

  @Test func whatCannotBeSimulatedIsNamed() throws {
    let scale = Quantization(scale: 0.1, zeroPoint: 0)
    var b = GraphBuilder(name: "sum")
    let x = b.input("x", TensorType([1, 4], .int8, scale))
    b.output(
      try b.node("y", .add(Add()), [x, x], types: [TensorType([1, 4], .int8, scale)])[0])
    #expect(
      throws: GraphError.operatorNotAllowed(
        op: "add", node: "y", phase: "simulated", removedBy: nil)
    ) { try SimulateQuantization.apply(to: b.graph, quantized: b.graph) }
    let model = try tiny()
    let simulated = try model.simulation()
    var other = model.quantized.window
    let stem = try #require(other.value(named: "stem/weights"))
    other[stem].name = "renamed"
    #expect(throws: GraphError.self) { try SimulateQuantization.codes(of: simulated, in: other) }
    var broken = simulated
    let weights = try #require(broken.value(named: "stem/weights"))
    broken[weights].constant = .float32(broken[weights].floats.map { _ in .nan })
    #expect(throws: GraphError.self) {
      try SimulateQuantization.codes(of: broken, in: model.quantized.window)
    }
  }
}
