import RouseIR
import RouseNumerics
import Testing

@Suite struct GraphVerifierTests {
  private func expect(
    _ error: GraphError, _ phase: GraphVerifier.Phase = .quantized, from graph: Graph? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Graph) -> Void
  ) throws {
    var graph = try graph ?? quantizedStream()
    change(&graph)
    #expect(throws: error, sourceLocation: sourceLocation) {
      try GraphVerifier.verify(graph, phase: phase)
    }
  }

  private func index(_ graph: Graph, _ name: String) -> Int {
    graph.values.firstIndex { $0.name == name } ?? -1
  }

  @Test func soundGraphsPass() throws {
    try GraphVerifier.verify(try quantizedStream(), phase: .quantized)
    try GraphVerifier.verify(try trainingGraph(), phase: .training)
  }

  @Test func structureIsChecked() throws {
    try expect(.duplicateName("old")) { $0.values[1].name = "old" }
    try expect(.useBeforeDefinition(value: "old", node: "window")) { $0.nodes.swapAt(1, 2) }
    try expect(.useBeforeDefinition(value: "#77", node: "output")) { $0.outputs = [ValueID(77)] }
    try expect(.definedTwice(value: "image")) { $0.nodes.insert($0.nodes[0], at: 0) }
    try expect(.definedTwice(value: "features")) { $0.inputs.append($0.inputs[0]) }
    try expect(.missingOutput) { $0.outputs = [] }
    try expect(.unknownVariable(node: "read_variable", index: 0)) { $0.variables = [] }
    try expect(.variableNeverAssigned("state 0")) { $0.nodes.remove(at: 4) }
    try expect(
      .inferredShapeDiffers(value: "image", expected: [1, 1, 1, 3], found: [1, 3])
    ) { $0.values[index($0, "image")].type.shape = [1, 3] }
    try expect(
      .mismatch(op: "constant", what: "conv/bias", expected: "2 elements", found: "1")
    ) { $0.values[index($0, "conv/bias")].constant = .int32([1]) }
    try expect(
      .mismatch(
        op: "value", what: "image", expected: "positive dimensions, at most 2^31 - 1 elements",
        found: "[1, 0]")
    ) { $0.values[index($0, "image")].type.shape = [1, 0] }
    try expect(
      .mismatch(op: "split_v", what: "number of results", expected: "2", found: "1")
    ) { graph in
      let node = graph.nodes.firstIndex { $0.op.name == "split_v" } ?? 0
      graph.nodes[node].outputs.removeFirst()
    }
  }

  @Test func initialValuesFitTheirVariable() throws {
    try expect(
      .unsupportedType(op: "variable", input: "state 0", expected: "int8", found: "uint8")
    ) { $0.variables[0].initial = .uint8([1, 2, 3]) }
    try expect(.mismatch(op: "variable", what: "state 0", expected: "3 elements", found: "2")) {
      $0.variables[0].initial = .int8([1, 2])
    }
  }

  // MARK: - Executable

  /// TFLite Micro moves bytes whatever their scales, and needs no scale per channel.
  @Test func executableIsWiderThanQuantized() throws {
    let changes: [(inout Graph) -> Void] = [
      { $0.values[$0.values.count - 1].type.quantization?.scales = [0.25] },
      { $0.variables[0].type.quantization = Quantization(scale: 0.5, zeroPoint: -128) },
      { graph in
        let node = graph.nodes.firstIndex { $0.op.name == "conv_2d" } ?? 0
        graph.nodes[node].inputs.removeLast()
      },
    ]
    for change in changes {
      var graph = try quantizedStream()
      change(&graph)
      #expect(throws: Never.self) { try GraphVerifier.verify(graph, phase: .executable) }
    }
    try expect(
      .unsupportedType(
        op: "input", input: "features", expected: "int8, uint8 or int32", found: "float32"),
      .executable
    ) { $0.values[0].type = TensorType([1, 1, 3]) }
    try expect(
      .unsupportedType(
        op: "value", input: "image", expected: "a zero point in -128...127", found: "128"),
      .executable
    ) { $0.values[index($0, "image")].type.quantization?.zeroPoint = 128 }
    try expect(
      .unsupportedType(op: "value", input: "image", expected: "positive scales", found: "0.0"),
      .executable
    ) { $0.values[index($0, "image")].type.quantization?.scales = [0] }
    try expect(.variableNeverAssigned("state 0"), .executable) { $0.nodes.remove(at: 4) }
    try expect(
      .operatorNotAllowed(
        op: "batch_norm", node: "norm", phase: "executable", removedBy: "fold-batch-norm"),
      .executable, from: try trainingGraph()
    ) { _ in }
  }

  @Test func errorNamesThePassThatShouldHaveRemovedTheOperator() throws {
    let error = GraphError.operatorNotAllowed(
      op: "batch_norm", node: "norm", phase: "deployable", removedBy: "fold-batch-norm")
    try expect(error, .deployable, from: try trainingGraph()) { _ in }
  }

  @Test func variablesNeedAStreamingPhase() throws {
    var graph = try quantizedStream()
    for index in graph.values.indices { graph.values[index].type.quantization = nil }
    for phase in [GraphVerifier.Phase.training, .deployable] {
      try expect(
        .operatorNotAllowed(
          op: "read_variable", node: "old", phase: phase.rawValue, removedBy: nil),
        phase, from: graph
      ) { _ in }
    }
  }

  @Test func floatPhasesHoldFloats() throws {
    try expect(
      .unsupportedType(op: "value", input: "features", expected: "float32", found: "int8"),
      .streaming
    ) { _ in }
  }

  @Test func quantizationIsChecked() throws {
    try expect(
      .unsupportedType(op: "logistic", input: "probability", expected: "one scale", found: "int8")
    ) { $0.values[index($0, "probability")].type.quantization = nil }
    try expect(
      .mismatch(
        op: "concatenation", what: "quantization of window",
        expected: "int8 scale 0.1015625 zero point -128", found: "int8 scale 0.2 zero point 0")
    ) {
      $0.values[index($0, "window")].type.quantization = Quantization(scale: 0.2, zeroPoint: 0)
    }
    try expect(
      .mismatch(
        op: "read_variable", what: "quantization of old",
        expected: "int8 scale 0.5 zero point -128", found: "int8 scale 0.1015625 zero point -128")
    ) { $0.variables[0].type.quantization = Quantization(scale: 0.5, zeroPoint: -128) }
    try expect(
      .mismatch(
        op: "logistic", what: "quantization of probability",
        expected: "int8 scale 0.00390625 zero point -128", found: "int8 scale 0.1 zero point -128")
    ) {
      $0.values[index($0, "probability")].type.quantization =
        Quantization(scale: 0.1, zeroPoint: -128)
    }
    try expect(
      .mismatch(
        op: "conv_2d", what: "scale of conv/bias", expected: "0.001015625", found: "0.002")
    ) {
      $0.values[index($0, "conv/bias")].type.quantization?.scales[0] = 0.002
    }
    try expect(.wrongInputCount(op: "conv_2d", expected: 3, found: 2)) { graph in
      let node = graph.nodes.firstIndex { $0.op.name == "conv_2d" } ?? 0
      graph.nodes[node].inputs.removeLast()
    }
    try expect(
      .mismatch(
        op: "conv_2d", what: "scales of conv/weights",
        expected: "one, or one for each index of axis 0", found: "2 along axis 3")
    ) {
      $0.values[index($0, "conv/weights")].type.quantization =
        Quantization(perChannel: [0.01, 0.02], axis: 3)
    }
    try expect(
      .unsupportedType(op: "input", input: "features", expected: "positive scales", found: "nan")
    ) { $0.values[0].type.quantization?.scales = [.nan] }
  }

  /// On the device a FULLY_CONNECTED with one scale per channel is silently wrong.
  @Test func fullyConnectedWeightsHaveOneScale() throws {
    let wide = Quantization(scale: 0.1, zeroPoint: 0)
    var b = GraphBuilder(name: "fc")
    let x = b.input("x", TensorType([1, 2], .int8, wide))
    let w = b.constant(
      "w", .int8([1, 2, 3, 4]), shape: [2, 2],
      quantization: Quantization(perChannel: [0.1, 0.2], axis: 0))
    let bias = b.constant(
      "b", .int32([0, 0]), shape: [2],
      quantization: Quantization(perChannel: [0.01, 0.02], axis: 0))
    let y = try b.node(
      "y", .fullyConnected(FullyConnected()), [x, w, bias],
      types: [TensorType([1, 2], .int8, wide)])
    b.output(y[0])
    #expect(
      throws: GraphError.mismatch(
        op: "fully_connected", what: "scales of w", expected: "one", found: "2 along axis 0")
    ) { try GraphVerifier.verify(b.graph, phase: .quantized) }
  }
}
