import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct NetworkPlanTests {
  @Test func gradientsOfAWholeNetworkAreTheSlopesOfItsLoss() throws {
    try GradientProblem(TinyTraining.graph(), target: "dense").check()
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
    try GradientProblem(builder.graph, target: "z").check()
  }

  /// The scanning form gives the numbers of the windowed network, window by window.
  @Test func scanningEqualsWindows() throws {
    let graph = try TinyTraining.graph()
    let layout = ParameterLayout(graph)
    let values = layout.values(of: graph)
    let architecture = TinyTraining.architecture
    let steps = 5
    let scan = try Architecture.mixedNet(architecture).scanGraph(
      stepMilliseconds: 10, steps: steps)
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
