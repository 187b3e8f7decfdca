import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct NetworkPlanTests {
  /// The loss of a whole network with fixed examples as a function of its weights.
  private struct Problem {
    let graph: Graph
    let layout: ParameterLayout
    let values: FloatBuffer
    let gradients: FloatBuffer
    let plan: NetworkPlan
    let targets = FloatView([1, 0, 1, 0, 1, 0], shape: [6])
    let weights = FloatView([1, 2, 1, 2, 1, 2], shape: [6])

    init(_ graph: Graph, target: String) throws {
      self.graph = graph
      layout = ParameterLayout(graph)
      values = layout.values(of: graph)
      gradients = FloatBuffer(count: layout.trainableCount)
      plan = NetworkPlan(
        graph, target: try #require(graph.value(named: target)), layout: layout, values: values,
        gradients: gradients, batch: 6, threads: 1)
      var generator = SeededGenerator(seed: 5)
      for index in 0..<plan.input.count { plan.input[index] = generator.uniform(-1, 2) }
    }

    func loss() throws -> Double {
      plan.forward(isTraining: true)
      return BinaryCrossEntropy.evaluate(
        logits: plan.output, targets: targets, weights: weights,
        gradient: try #require(plan.outputGradient))
    }

    /// Compares every gradient with central differences; fails where they disagree.
    func check() throws {
      _ = try loss()
      plan.backward()
      let flat = FloatView(gradients, shape: [layout.trainableCount]).values
      let weights = FloatView(values, shape: [layout.count])
      for entry in layout.entries where entry.isTrainable {
        var product = 0.0
        var squares = (analytic: 0.0, numeric: 0.0)
        for index in entry.offset..<entry.offset + entry.shape.count {
          let original = weights[index]
          // Float32 losses carry errors near 1e-7; relu kinks are crossed rarely by steps of this size.
          let delta: Float = 2e-3
          weights[index] = original + delta
          let above = try loss()
          weights[index] = original - delta
          let below = try loss()
          weights[index] = original
          let numeric = (above - below) / Double(2 * delta)
          let analytic = Double(flat[index])
          product += numeric * analytic
          squares.analytic += analytic * analytic
          squares.numeric += numeric * numeric
        }
        // A bias before batch normalization has no gradient at all: both are rounding errors there.
        if squares.analytic < 1e-10, squares.numeric < 1e-6 { continue }
        let cosine = product / (squares.analytic * squares.numeric).squareRoot()
        let ratio = (squares.analytic / squares.numeric).squareRoot()
        #expect(cosine > 0.995, "\(entry.name)")
        #expect(abs(ratio - 1) < 0.05, "\(entry.name)")
      }
    }
  }

  @Test func gradientsOfAWholeNetworkAreTheSlopesOfItsLoss() throws {
    try Problem(TinyTraining.graph(), target: "dense").check()
  }

  /// A value and a parameter that two nodes read, and a result that none does.
  @Test func gradientsOfSharedValuesAreSummed() throws {
    var builder = GraphBuilder(name: "shared")
    let input = builder.input("x", TensorType([1, 4]))
    func constant(_ name: String, _ shape: Shape, _ values: [Float]) -> ValueID {
      builder.constant(name, .float32(values), shape: shape, isParameter: true)
    }
    let square = constant("square", [4, 4], (0..<16).map { Float($0 % 5) * 0.3 - 0.5 })
    let row = constant("row", [1, 4], [0.5, -0.25, 0.75, 0.1])
    let last = constant("last", [1, 6], [0.3, -0.6, 0.2, 0.4, -0.2, 0.5])
    let layer = Op.fullyConnected(FullyConnected())
    let a = try builder.node("a", layer, [input, square])[0]
    let b = try builder.node("b", layer, [a, square])[0]
    let c = try builder.node("c", layer, [a, row])[0]
    let d = try builder.node("d", layer, [b, row])[0]
    let parts = try builder.node("parts", .splitV(SplitV(sizes: [2, 2], axis: 1)), [b])
    let joined = try builder.node(
      "joined", .concatenation(Concatenation(axis: 1)), [c, d, parts[0], parts[0]])
    builder.output(try builder.node("z", layer, [joined[0], last])[0])
    try Problem(builder.graph, target: "z").check()
  }

  /// The scanning form gives the numbers of the windowed network, window by window.
  @Test func scanningEqualsWindows() throws {
    let graph = try TinyTraining.graph()
    let layout = ParameterLayout(graph)
    let values = layout.values(of: graph)
    let architecture = TinyTraining.architecture
    let steps = 5
    let scan = try MixedNet.scanGraph(architecture, stepMilliseconds: 10, steps: steps)
    let scanning = NetworkPlan(
      scan, target: scan.outputs[0], layout: layout, values: values, gradients: nil, batch: 1,
      threads: 1)
    let window = NetworkPlan(
      graph, target: try #require(graph.value(named: "dense")), layout: layout, values: values,
      gradients: nil, batch: 1, threads: 1)
    var generator = SeededGenerator(seed: 9)
    for index in 0..<scanning.input.count { scanning.input[index] = generator.uniform(0, 3) }
    scanning.forward(isTraining: false)
    for step in 0..<steps {
      let first = step * architecture.stride * 40
      window.input.copy(from: scanning.input.slice(first, count: window.input.count))
      window.forward(isTraining: false)
      #expect(abs(window.output[0] - scanning.output[step]) < 1e-4)
    }
  }
}
