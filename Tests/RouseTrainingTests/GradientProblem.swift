import RouseIR
import RouseNumerics
import RouseTraining
import Testing

/// The loss of a whole network with fixed examples as a function of its weights.
struct GradientProblem {
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
