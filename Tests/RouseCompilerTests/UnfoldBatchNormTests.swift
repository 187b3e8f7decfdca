import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining
import Testing

/// Weights that were trained after folding go back into the network that was folded.
@Suite struct UnfoldBatchNormTests {
  enum Network: String, CaseIterable, Sendable {
    /// Every construction that the presets use, once.
    case tiny
    /// Normalization of each channel.
    case mixedNet
    /// Normalization of channels in groups.
    case inception

    /// With random statistics, as after training.
    func graph() throws -> Graph {
      var generator = SeededGenerator(seed: 3)
      switch self {
      case .tiny: return try TinyNetwork.training()
      case .mixedNet: return try UnfoldBatchNormTests.varied(Self.mixedNetGraph(&generator))
      case .inception:
        return try UnfoldBatchNormTests.varied(
          Preset(named: "esphome-v1").architecture.graph(
            stepMilliseconds: 20, generator: &generator))
      }
    }

    private static func mixedNetGraph(_ generator: inout SeededGenerator) throws -> Graph {
      try MixedNet.graph(
        MixedNetArchitecture(
          clipMilliseconds: 100, firstConvFilters: 6, firstConvKernel: 3, stride: 2,
          pointwiseFilters: [8, 6], mixconvKernels: [[3], [2, 3]]), stepMilliseconds: 10,
        generator: &generator)
    }
  }

  /// Gains of both signs.
  private static func varied(_ graph: Graph) -> Graph {
    var (graph, generator) = (graph, SeededGenerator(seed: 8))
    for index in graph.values.indices {
      guard case .float32(let values)? = graph.values[index].constant else { continue }
      let random: (Float) -> Float
      switch graph.values[index].name.split(separator: "/").last {
      case "gamma": random = { _ in generator.uniform(0.3, 2) * (generator.unit() < 0.3 ? -1 : 1) }
      case "beta", "mean", "bias": random = { _ in generator.uniform(-0.5, 0.5) }
      case "variance": random = { _ in generator.uniform(0.2, 3) }
      default: continue
      }
      graph.values[index].constant = .float32(values.map(random))
    }
    return graph
  }

  /// Every constant a little different, as after more training.
  private func trainedOn(_ folded: Graph, except fixed: Set<String>) -> Graph {
    var (graph, generator) = (folded, SeededGenerator(seed: 4))
    for index in graph.values.indices {
      guard case .float32(let values)? = graph.values[index].constant,
        !fixed.contains(graph.values[index].name)
      else { continue }
      graph.values[index].constant = .float32(
        values.map { $0 * generator.uniform(0.5, 1.5) + generator.uniform(-0.1, 0.1) })
    }
    return graph
  }

  /// Biases that folding adds where the training graph has none.
  private func unplaced(_ network: Network) -> Set<String> {
    switch network {
    case .tiny: ["stem/bias"]
    case .mixedNet, .inception: ["first_conv/bias"]
    }
  }

  @Test(arguments: Network.allCases)
  func foldedAgainTheNetworkIsWhatWasTrained(_ network: Network) throws {
    let graph = try network.graph()
    let folded = try FoldBatchNorm.apply(to: graph)
    let trained = trainedOn(folded, except: unplaced(network))
    let unfolded = try UnfoldBatchNorm.apply(trained, to: graph)
    try GraphVerifier.verify(unfolded, phase: .training)
    #expect(
      unfolded.nodes == graph.nodes && unfolded.values.map(\.name) == graph.values.map(\.name))
    let again = try FoldBatchNorm.apply(to: unfolded)
    #expect(again.nodes == trained.nodes)
    var compared = 0
    for (old, new) in zip(trained.values, again.values) where old.constant != nil {
      #expect(old.name == new.name)
      for (a, b) in zip(old.floats, new.floats) {
        // Weights are divided and multiplied; biases are sums with means below 1 times gains below 5.
        let allowed = old.name.hasSuffix("bias") ? 1e-6 : abs(a) * 0x1p-22
        #expect(abs(a - b) <= allowed, "\(old.name): \(a) and \(b)")
        compared += 1
      }
    }
    #expect(compared > 100)

    let (one, other) = (try FloatInterpreter(trained), try FloatInterpreter(unfolded))
    var generator = SeededGenerator(seed: 1)
    let count = graph[graph.inputs[0]].type.shape.count
    for _ in 0..<5 {
      let input = (0..<count).map { _ in generator.uniform(0, 3) }
      for (a, b) in zip(one.run(input), other.run(input)) { #expect(abs(a - b) < 1e-4) }
    }
  }

  @Test(arguments: Network.allCases)
  func whatWasNotTrainedStaysNearlyAsItWas(_ network: Network) throws {
    let graph = try network.graph()
    let unfolded = try UnfoldBatchNorm.apply(try FoldBatchNorm.apply(to: graph), to: graph)
    for (old, new) in zip(graph.values, unfolded.values) where old.constant != nil {
      for (a, b) in zip(old.floats, new.floats) {
        #expect(abs(a - b) <= max(abs(a) * 0x1p-22, 1e-6), "\(old.name)")
      }
    }
  }

  /// No number times 0 is what such a channel was trained to pass.
  @Test func aChannelOfGainZeroGetsOne() throws {
    var graph = try TinyNetwork.training()
    let gamma = try #require(graph.value(named: "gamma"))
    var gammas = graph[gamma].floats
    gammas[1] = 0
    graph[gamma].constant = .float32(gammas)
    let folded = try FoldBatchNorm.apply(to: graph)
    let weights = try #require(folded.value(named: "pointwise/weights"))
    #expect(folded[weights].floats[4..<8].allSatisfy { $0 == 0 })
    let trained = trainedOn(folded, except: unplaced(.tiny))
    let again = try FoldBatchNorm.apply(to: try UnfoldBatchNorm.apply(trained, to: graph))
    for (a, b) in zip(trained[weights].floats, again[weights].floats) {
      #expect(abs(a - b) <= abs(a) * 0x1p-21)
    }
    let bias = try #require(folded.value(named: "pointwise/bias"))
    for (a, b) in zip(trained[bias].floats, again[bias].floats) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func aConstantThatIsMissingIsNamed() throws {
    let graph = try TinyNetwork.training()
    var folded = try FoldBatchNorm.apply(to: graph)
    let bias = try #require(folded.value(named: "pointwise/bias"))
    folded[bias].name = "renamed"
    #expect(
      throws: GraphError.mismatch(
        op: "unfold-batch-norm", what: "constants of tiny", expected: "pointwise/bias",
        found: "no such constant")
    ) { try UnfoldBatchNorm.apply(folded, to: graph) }
  }
}
