import RouseIR
import RouseNumerics
import RouseTraining
import Testing

/// A chain that a plan runs in one go gives the bits of its nodes, run one by one.
@Suite struct MixedDepthwiseTests {
  private static let rows = 19
  private static let channels = 48
  private static let batch = 33

  /// Convolution, mixed depthwise convolutions of 3 and 7 rows over 16 and 32 channels, and a dense unit.
  ///
  /// - Parameter isSplitRead: a node outside the chain reads the split, which must then be computed.
  private func network(isSplitRead: Bool) throws -> Graph {
    var generator = SeededGenerator(seed: 3)
    var builder = GraphBuilder(name: "mixed")
    func weights(_ name: String, _ shape: Shape) -> ValueID {
      builder.constant(
        name, .float32((0..<shape.count).map { _ in generator.uniform(-1, 1) }), shape: shape,
        isParameter: true)
    }
    let input = builder.input("x", TensorType([1, Self.rows, 1, 4]))
    let x = try builder.node(
      "first", .conv2D(Conv2D()), [input, weights("first/w", [Self.channels, 1, 1, 4])])
    let parts = try builder.node("split", .splitV(SplitV(sizes: [16, 32], axis: 3)), x)
    let crop = StridedSlice(
      begin: [0, 4, 0, 0], end: [1, Self.rows, 1, 16], strides: [1, 1, 1, 1], beginMask: 0b1101,
      endMask: 0b1111)
    let short = try builder.node("crop", .stridedSlice(crop), [parts[0]])
    let op = Op.depthwiseConv2D(DepthwiseConv2D())
    let a = try builder.node(
      "a", op, [short[0], weights("a/w", [1, 3, 1, 16]), weights("a/b", [16])])
    let b = try builder.node("b", op, [parts[1], weights("b/w", [1, 7, 1, 32])])
    let mixed = try builder.node("mixed", .concatenation(Concatenation(axis: 3)), a + b)
    if isSplitRead { try builder.node("unread", .logistic(Logistic()), [parts[1]]) }
    let count = (Self.rows - 6) * Self.channels
    let flat = try builder.node("flat", .reshape(Reshape(shape: [1, count])), mixed)
    builder.output(
      try builder.node(
        "z", .fullyConnected(FullyConnected()), [flat[0], weights("z/w", [1, count])])[0])
    return builder.graph
  }

  private func run(_ graph: Graph, threads: Int) throws -> (output: [Float], gradients: [Float]) {
    let layout = ParameterLayout(graph)
    let gradients = FloatBuffer(count: layout.trainableCount)
    let plan = NetworkPlan(
      graph, target: graph.outputs[0], layout: layout, values: layout.values(of: graph),
      gradients: gradients, batch: Self.batch, threads: threads)
    var generator = SeededGenerator(seed: 4)
    let slope = try #require(plan.outputGradient)
    // Twice: what a step leaves behind must not reach the next.
    for _ in 0..<2 {
      for index in 0..<plan.input.count { plan.input[index] = generator.uniform(-1, 1) }
      for index in 0..<slope.count { slope[index] = generator.uniform(-1, 1) }
      plan.forward(isTraining: true)
      plan.backward()
    }
    return (plan.output.values, FloatView(gradients, shape: [gradients.count]).values)
  }

  @Test func theChainGivesTheBitsOfItsNodes() throws {
    let (whole, parts) = (try network(isSplitRead: false), try network(isSplitRead: true))
    let (producers, consumers) = (whole.producers, whole.consumers)
    let join = try #require(
      whole.nodes.firstIndex { if case .concatenation = $0.op { true } else { false } })
    let found = MixedDepthwise.find(
      whole, endingAt: join, producers: producers, consumers: consumers)
    #expect(try #require(found).replaced.count == 5)
    #expect(
      MixedDepthwise.find(
        parts, endingAt: join, producers: parts.producers, consumers: parts.consumers) == nil)
    let expected = try run(parts, threads: 1)
    for threads in 1...2 {
      let result = try run(whole, threads: threads)
      #expect(result.output == expected.output)
      #expect(result.gradients == expected.gradients)
    }
    #expect(expected.gradients.contains { $0 != 0 })
  }

  /// A convolution without gathered patches against its definition, with windows that would leave the image.
  @Test(arguments: [(5, 3, 12), (4, 2, 10), (3, 1, 9), (7, 3, 21), (2, 2, 8)])
  func shiftedProductsAreTheConvolution(kernel: Int, stride: Int, rows: Int) throws {
    let (channels, results, batch) = (3, 2, 18)
    var generator = SeededGenerator(seed: 8)
    let weights = (0..<results * kernel * channels).map { _ in generator.uniform(-1, 1) }
    var builder = GraphBuilder(name: "conv")
    let input = builder.input("x", TensorType([1, rows, 1, channels]))
    let w = builder.constant(
      "w", .float32(weights), shape: [results, kernel, 1, channels], isParameter: true)
    let bias = builder.constant("b", .float32([0.5, -0.25]), shape: [results], isParameter: true)
    builder.output(
      try builder.node(
        "y", .conv2D(Conv2D(strideH: stride, activation: .relu)), [input, w, bias])[0])
    let layout = ParameterLayout(builder.graph)
    let plan = NetworkPlan(
      builder.graph, target: builder.graph.outputs[0], layout: layout,
      values: layout.values(of: builder.graph), gradients: nil, batch: batch, threads: 2)
    for index in 0..<plan.input.count { plan.input[index] = generator.uniform(-1, 1) }
    plan.forward(isTraining: false)
    let outputs = (rows - kernel) / stride + 1
    try #require(plan.output.count == batch * outputs * results)
    for image in 0..<batch {
      for row in 0..<outputs {
        for result in 0..<results {
          var sum = result == 0 ? 0.5 : -0.25
          for tap in 0..<kernel {
            for channel in 0..<channels {
              let x = plan.input[(image * rows + row * stride + tap) * channels + channel]
              sum += Double(x) * Double(weights[(result * kernel + tap) * channels + channel])
            }
          }
          let found = plan.output[(image * outputs + row) * results + result]
          #expect(abs(Double(found) - max(0, sum)) < 1e-5)
        }
      }
    }
  }
}
