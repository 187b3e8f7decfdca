import RouseIR
import RouseNumerics
import Testing

/// Axis 0 is the batch where networks train; models of others use it as they like.
@Suite struct BatchAxisTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let op: Op
    let inputs: [Shape]
    var testDescription: String { "\(op.name) of \(inputs)" }
  }

  static func slice(_ begin: [Int], _ end: [Int], _ strides: [Int], shrink: Int = 0) -> Op {
    .stridedSlice(
      StridedSlice(begin: begin, end: end, strides: strides, shrinkAxisMask: shrink))
  }

  static let mixing: [Example] = [
    Example(op: .concatenation(Concatenation(axis: 0)), inputs: [[1, 3], [1, 3]]),
    Example(op: .splitV(SplitV(sizes: [1, 1], axis: 0)), inputs: [[2, 3]]),
    Example(op: .pack(Pack(axis: 0)), inputs: [[1, 3], [1, 3]]),
    Example(op: slice([1, 0], [2, 3], [1, 1]), inputs: [[2, 3]]),
    Example(op: slice([-1, 0], [-3, 3], [-1, 1]), inputs: [[2, 3]]),
    Example(op: slice([0, 0], [1, 3], [1, 1], shrink: 1), inputs: [[1, 3]]),
    Example(op: .reshape(Reshape(shape: [3, 4])), inputs: [[1, 3, 4]]),
    Example(op: .mean(Mean(axes: [0])), inputs: [[1, 3]]),
    Example(op: .pad(Pad(before: [1, 0], after: [0, 0])), inputs: [[1, 3]]),
    Example(op: .fullyConnected(FullyConnected()), inputs: [[1, 3, 4], [2, 4]]),
    Example(op: .fullyConnected(FullyConnected()), inputs: [[1, 8], [2, 4]]),
    Example(op: .softmax(Softmax()), inputs: [[3]]),
  ]

  private func graph(_ example: Example, _ type: (Shape) -> TensorType) throws -> Graph {
    var b = GraphBuilder(name: "batch")
    let inputs = example.inputs.enumerated().map { b.input("x\($0)", type($1)) }
    let results = try b.node(
      "y", example.op, inputs,
      types: try example.op.definition.outputShapes(example.inputs, []).map(type))
    for id in results { b.output(id) }
    return b.graph
  }

  @Test(arguments: mixing)
  func floatNetworksKeepTheBatch(_ example: Example) throws {
    let graph = try graph(example) { TensorType($0) }
    for phase in [GraphVerifier.Phase.deployable, .streaming] {
      #expect(
        throws: GraphError.mismatch(
          op: example.op.name, what: "use of axis 0, the batch",
          expected: "none in a float network", found: "one in \(graph.name(of: graph.nodes[0]))")
      ) { try GraphVerifier.verify(graph, phase: phase) }
    }
  }

  @Test(arguments: mixing)
  func othersMayUseIt(_ example: Example) throws {
    let graph = try graph(example) {
      TensorType($0, .int8, Quantization(scale: 0.1, zeroPoint: 0))
    }
    try GraphVerifier.verify(graph, phase: .executable)
  }

  @Test(arguments: OperatorExample.table.filter { $0.op.deployable != nil })
  func rowsOfTheTableKeepIt(_ example: OperatorExample) throws {
    var b = GraphBuilder(name: "row")
    for (index, shape) in example.variables.enumerated() {
      _ = b.variable("v\(index)", TensorType(shape), initial: .float32(shape.ones))
    }
    let inputs = example.inputs.enumerated().map { index, shape in
      index < example.activations
        ? b.input("x\(index)", TensorType(shape))
        : b.constant("c\(index)", .float32(shape.ones), shape: shape)
    }
    let results = try b.node("y", example.op, inputs)
    for id in results.isEmpty ? inputs : results { b.output(id) }
    try GraphVerifier.verify(b.graph, phase: .streaming)
  }
}

extension Shape {
  fileprivate var ones: [Float] { [Float](repeating: 1, count: count) }
}

/// What streaming may do with the operators that came for models of others.
@Suite struct TimeDependenceTests {
  private func dependence(_ op: Op, _ inputs: Shape...) throws -> TimeDependence {
    try op.definition.timeDependence(inputs, try op.definition.outputShapes(inputs, []))
  }

  @Test func rowsAndWindows() throws {
    #expect(try dependence(.add(Add()), [1, 9, 1, 4], [4]) == .sameRow)
    #expect(try dependence(.mul(Mul()), [1, 9, 1, 4], [1, 9, 1, 1]) == .sameRow)
    #expect(try dependence(.add(Add()), [1, 4], [1, 4]) == .timeless)
    let average = AveragePool2D(filterH: 3, filterW: 1, strideH: 2)
    #expect(try dependence(.averagePool2D(average), [1, 9, 1, 4]) == .window(rows: 3, stride: 2))
    let largest = MaxPool2D(filterH: 2, filterW: 2, strideW: 2)
    #expect(try dependence(.maxPool2D(largest), [1, 9, 4, 4]) == .window(rows: 2, stride: 1))
    #expect(try dependence(.mean(Mean(axes: [1, 2])), [1, 9, 1, 4]) == .allRows)
    #expect(
      try dependence(.mean(Mean(axes: [1], keepDimensions: true)), [1, 9, 1, 4])
        == .window(rows: 9, stride: 1))
    #expect(try dependence(.mean(Mean(axes: [2])), [1, 9, 3, 4]) == .sameRow)
    #expect(try dependence(.mean(Mean(axes: [1])), [1, 4]) == .timeless)
    #expect(
      try dependence(.pad(Pad(before: [0, 0, 1, 0], after: [0, 0, 1, 0])), [1, 9, 2, 4]) == .sameRow
    )
    #expect(try dependence(.pack(Pack(axis: 2)), [1, 9, 4], [1, 9, 4]) == .sameRow)
    #expect(try dependence(.softmax(Softmax()), [1, 9, 4]) == .sameRow)
    let kept = FullyConnected(keepDimensions: true)
    #expect(try dependence(.fullyConnected(kept), [1, 9, 4], [2, 4]) == .sameRow)
    #expect(try dependence(.fullyConnected(FullyConnected()), [1, 9, 4], [2, 36]) == .allRows)
  }

  @Test func whatMovesTimeCannotStream() {
    let refused: [(Op, [Shape])] = [
      (.add(Add()), [[1, 9, 1, 4], [1, 1, 1, 4]]),
      (.averagePool2D(AveragePool2D(filterH: 3, filterW: 1, padding: .same)), [[1, 9, 1, 4]]),
      (.mean(Mean(axes: [1])), [[1, 9, 3, 4]]), (.mean(Mean(axes: [2])), [[1, 9, 4]]),
      (.pad(Pad(before: [0, 0, 0], after: [0, 1, 0])), [[1, 9, 4]]),
      (.pack(Pack(axis: 1)), [[1, 9, 4], [1, 9, 4]]), (.pack(Pack(axis: 2)), [[1, 4], [1, 4]]),
    ]
    for (op, inputs) in refused {
      #expect {
        try op.definition.timeDependence(inputs, try op.definition.outputShapes(inputs, []))
      } throws: { error in
        if case .cannotStream(op.name, _) = error as? GraphError { true } else { false }
      }
    }
  }
}
