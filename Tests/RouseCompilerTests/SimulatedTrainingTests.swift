import RouseCompiler
import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining
import Testing

/// Training under simulation: what it learns is what the device then computes.
@Suite struct SimulatedTrainingTests {
  private static let architecture = MixedNetArchitecture(
    clipMilliseconds: 100, firstConvFilters: 6, firstConvKernel: 3, stride: 2,
    pointwiseFilters: [8, 6], mixconvKernels: [[3], [2, 3]])

  private static func small() throws -> Graph {
    var generator = SeededGenerator(seed: 1)
    return try MixedNet.graph(architecture, stepMilliseconds: 10, generator: &generator)
  }

  private func settings(_ steps: Int, rate: Double) throws -> TrainingSettings {
    var settings = try Preset(named: "esphome-standard").training
    settings.batch = 32
    settings.optimizer = .adam
    settings.dropout = 0
    settings.labelSmoothing = 0.02
    settings.phases = [settings.phases[0]]
    settings.phases[0].steps = steps
    settings.phases[0].masks = SpectrumMasks()
    settings.phases[0].learningRate = rate
    settings.phases[0].finalLearningRate = rate / 30
    settings.phases[0].warmUpSteps = 5
    settings.averageDecay = 0.9
    return settings
  }

  /// `graph` after `steps` of training.
  private func trained(
    _ graph: Graph, steps: Int, rate: Double, threads: Int = 1
  ) throws -> Graph {
    let layout = ParameterLayout(graph)
    let trainer = Trainer(
      graph, settings: try settings(steps, rate: rate), examples: RisingTones(seed: 3),
      state: TrainingState(graph, layout), threads: threads)
    for _ in 0..<steps { _ = try trainer.step() }
    return layout.graph(graph, with: trainer.state.average)
  }

  private func deviceRows(_ reals: [Float]) -> [Int8] {
    reals.map { Int8(max(0, min(255, ($0 / FeatureQuantization.scale).rounded())) - 128) }
  }

  private func streams() -> [[Int8]] {
    var generator = SeededGenerator(seed: 12)
    return (0..<12).map { deviceRows(RisingTones.window(rows: 40, $0 % 2 == 0, &generator)) }
  }

  /// A network that solves its task in float, in int8 with about four bits everywhere but at the logit, or fewer.
  private func coarse(widen: Float = 16, limit: Float = 7) throws -> SimulationCase {
    var model = try SimulationCase(
      trained(Self.small(), steps: 120, rate: 0.02), input: SimulationFeatures.type,
      streams: streams(),
      widen: widen)
    try model.requantizeWeights(limit: limit, isPerTensor: false)
    return model
  }

  /// The mean cross-entropy over windows that training does not see, from the int8 network's logit.
  private func loss(_ quantized: Graph) throws -> Double {
    var generator = SeededGenerator(seed: 77)
    let id = try #require(quantized.value(named: "dense"))
    let type = try #require(quantized[id].type.quantization)
    let rows = quantized[quantized.inputs[0]].type.shape[1]
    var interpreter = try Interpreter(quantized)
    let count = 200
    let logits = FloatView(zeros: [count])
    let targets = FloatView(zeros: [count])
    for example in 0..<count {
      targets[example] = example % 2 == 0 ? 1 : 0
      let window = RisingTones.window(rows: rows, example % 2 == 0, &generator)
      interpreter.run(inputs: [deviceRows(window)]) { _, value, bytes in
        if value == id { logits[example] = SimulationCase.real(bytes[0], type) }
      }
    }
    let ones = FloatView(zeros: [count])
    ones.fill(1)
    return BinaryCrossEntropy.evaluate(
      logits: logits, targets: targets, weights: ones, gradient: FloatView(zeros: [count]))
  }

  /// The whole promise: train under simulation, put the codes into the streaming network, write the file that is flashed,
  /// read it back and run it.
  @Test func theDeployedFileComputesWhatTrainingSaw() throws {
    let model = try coarse()
    let simulated = try trained(try model.simulation(), steps: 25, rate: 0.005)
    let streaming = try SimulateQuantization.codes(of: simulated, in: model.quantized.streaming)
    let window = try SimulateQuantization.codes(of: simulated, in: model.quantized.window)
    #expect(streaming != model.quantized.streaming)
    try GraphVerifier.verify(streaming, phase: .quantized)
    let bytes = TFLiteWriter.write(try TFLiteLowering.model(from: streaming, description: "test"))
    var device = try Interpreter(GraphDecoding.graph(from: try TFLiteReader.read(bytes)))

    let stream = streams().flatMap { $0 } + SimulationFeatures.noise(80, seed: 4)
    let probabilities = device.runStream(stream)
    let rows = window[window.inputs[0]].type.shape[1]
    let (stride, kernel) = (Self.architecture.stride, Self.architecture.firstConvKernel)
    // A window may end with rows that are too few for another result of the first convolution.
    let used = rows - (rows - kernel) % stride
    let float = try FloatInterpreter(simulated)
    var head = try SimulatedHead(window)
    var seen: Set<UInt8> = []
    var compared = 0
    for step in 0..<stream.count / 40 / stride {
      let start = (step + 1) * stride - used
      guard start >= 0, start + rows <= stream.count / 40 else { continue }
      let part = Array(stream[start * 40..<(start + rows) * 40])
      float.run(part.map { SimulationCase.real($0, SimulationFeatures.type) })
      let output = head.output(try #require(float.values(named: head.logits)))
      #expect(UInt8(bitPattern: output[0]) == probabilities[step], "step \(step)")
      seen.insert(probabilities[step])
      compared += 1
      if step % 16 == 0 {
        // features, expand, stem; depthwise, pointwise; 2 pieces, align, 2 depthwise, mixed, pointwise; flatten, dense;
        // the output.
        try SimulationCase.expectEqual(simulated, window, part, values: 15)
      }
    }
    #expect(compared > 250 && seen.count > 20, "\(seen.count) codes in \(compared) steps")
  }

  /// Four codes or so for each activation, weights of −3…3 and −1…1 steps: the int8 loss was 0.17 and 1.06 before, 0.0002
  /// after, as low as the range of the logit allows.
  @Test(arguments: [3, 1] as [Float])
  func trainingUnderSimulationLowersTheLossOfInt8(weightLimit: Float) throws {
    let model = try coarse(widen: 64, limit: weightLimit)
    let before = try loss(model.quantized.window)
    let simulated = try trained(try model.simulation(), steps: 120, rate: 0.01)
    let after = try loss(SimulateQuantization.codes(of: simulated, in: model.quantized.window))
    #expect(before > 0.05)
    #expect(after < before / 10, "\(before) -> \(after)")
  }

  /// Gradients of the loss along the real weights, from codes in units of their scales or from real numbers: of 8-bit codes
  /// the two differ by rounding.
  @Test func gradientsAreThoseOfTheFloatNetwork() throws {
    let model = try SimulationCase(
      Self.small(), input: SimulationFeatures.type, streams: streams())
    let simulated = try model.simulation()
    var float = model.float.window
    for index in float.values.indices where float.values[index].constant != nil {
      float.values[index].isParameter = true
    }
    let expected = try gradients(float)
    for (name, gradient) in try gradients(simulated) {
      let other = try #require(expected.first { $0.name == name }).gradient
      let squares = gradient.reduce(0) { $0 + $1 * $1 }
      let otherSquares = other.reduce(0) { $0 + $1 * $1 }
      let product = zip(gradient, other).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(product / (squares * otherSquares).squareRoot() > 0.98, "\(name)")
      #expect(abs((squares / otherSquares).squareRoot() - 1) < 0.1, "\(name)")
    }
  }

  private func gradients(_ graph: Graph) throws -> [(name: String, gradient: [Float])] {
    let layout = ParameterLayout(graph)
    let found = FloatBuffer(count: layout.trainableCount)
    let logistic = try #require(graph.nodes.last { $0.op.name == "logistic" })
    let plan = NetworkPlan(
      graph, target: logistic.inputs[0], layout: layout, values: layout.values(of: graph),
      gradients: found, batch: 32, threads: 1)
    let (targets, weights) = (FloatView(zeros: [32]), FloatView(zeros: [32]))
    RisingTones(seed: 6).fill(
      step: 0, phase: try settings(1, rate: 0.1).phases[0], hardNegatives: [],
      input: plan.input, targets: targets, weights: weights, shards: Shards(batch: 32, threads: 1))
    plan.forward(isTraining: true)
    _ = BinaryCrossEntropy.evaluate(
      logits: plan.output, targets: targets, weights: weights,
      gradient: try #require(plan.outputGradient))
    plan.backward()
    let flat = FloatView(found, shape: [layout.trainableCount]).values
    return layout.entries.filter(\.isTrainable).map {
      ($0.name, Array(flat[$0.offset..<$0.offset + $0.shape.count]))
    }
  }

  @Test func threadsAndRepetitionDoNotChangeABit() throws {
    let model = try SimulationCase(
      Self.small(), input: SimulationFeatures.type, streams: streams())
    let start = try model.simulation()
    #expect(try model.simulation() == start)
    let one = try trained(start, steps: 6, rate: 0.01)
    #expect(try trained(start, steps: 6, rate: 0.01, threads: 2) == one)
    #expect(one != start)
    #expect(try GraphText.parse(GraphText.print(one, .full)).nodes == one.nodes)
  }
}
