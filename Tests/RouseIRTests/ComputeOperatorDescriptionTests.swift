import RouseIR
import RouseNumerics
import Testing

/// Attributes, shapes, costs and format fragments of the operators that compute.
@Suite struct ComputeOperatorDescriptionTests {
  static let operators: [Op] = [
    .conv2D(Conv2D()),
    .conv2D(Conv2D(strideH: 3, dilationW: 2, padding: .same, activation: .relu6)),
    .depthwiseConv2D(DepthwiseConv2D()),
    .depthwiseConv2D(
      DepthwiseConv2D(strideW: 2, dilationH: 4, padding: .same, multiplier: 2, activation: .relu)),
    .fullyConnected(FullyConnected()), .fullyConnected(FullyConnected(activation: .relu)),
    .batchNorm(BatchNorm()),
    .batchNorm(BatchNorm(epsilon: 1e-5, momentum: 0.1 + 0.2, activation: .relu)),
  ]

  @Test(arguments: operators)
  func attributesReadBack(op: Op) throws {
    let attributes = op.definition.attributes
    let values = Dictionary(uniqueKeysWithValues: attributes.map { ($0.key, $0.value) })
    let back = try Op(
      name: op.name, attributes: AttributeReader(op: op.name, line: 1, values: values))
    #expect(back == op)
  }

  @Test func attributesHaveAFixedOrder() {
    func text(_ op: any Operator) -> String {
      op.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
    #expect(
      text(Conv2D(strideH: 3, activation: .relu))
        == "stride=3x1 dilation=1x1 padding=valid activation=relu")
    #expect(
      text(DepthwiseConv2D())
        == "stride=1x1 dilation=1x1 padding=valid multiplier=1 activation=none")
    #expect(text(BatchNorm()) == "epsilon=0.001 momentum=0.99 activation=none")
  }

  @Test(arguments: ["0x1", "3", "1x2x3", "1x65536", "-1x1"])
  func badStridesAreRefused(stride: String) {
    let values = [
      "stride": stride, "dilation": "1x1", "padding": "valid", "activation": "none",
    ]
    #expect(throws: GraphError.self) {
      try Conv2D(attributes: AttributeReader(op: "conv_2d", line: 4, values: values))
    }
  }

  /// Extents by TensorFlow's definition of the two padding rules, counted window by window.
  @Test func convolutionExtents() throws {
    for input in 1...12 {
      for kernel in 1...5 {
        for stride in 1...3 {
          for dilation in 1...3 {
            let span = (kernel - 1) * dilation + 1
            let whole = Array(Swift.stride(from: 0, through: input - span, by: stride)).count
            let shapes: [Shape] = [[1, input, 1, 2], [3, kernel, 1, 2]]
            var conv = Conv2D(strideH: stride, dilationH: dilation)
            if whole == 0 {
              #expect(throws: GraphError.self) { try conv.outputShapes(shapes, []) }
            } else {
              #expect(try conv.outputShapes(shapes, []) == [[1, whole, 1, 3]])
            }
            conv.padding = .same
            let rows = Array(Swift.stride(from: 0, to: input, by: stride)).count
            #expect(try conv.outputShapes(shapes, []) == [[1, rows, 1, 3]])
          }
        }
      }
    }
  }

  @Test func shapesOfTheStandardNetwork() throws {
    let stem = try Conv2D(strideH: 3).outputShapes([[1, 204, 1, 40], [32, 5, 1, 40]], [])
    #expect(stem == [[1, 67, 1, 32]])
    let depthwise = try DepthwiseConv2D().outputShapes(
      [[1, 67, 1, 32], [1, 5, 1, 32], [32]], [])
    #expect(depthwise == [[1, 63, 1, 32]])
    let dense = try FullyConnected().outputShapes([[1, 1088], [1, 1088], [1]], [])
    #expect(dense == [[1, 1]])
    #expect(
      Conv2D(strideH: 3).cost([[1, 204, 1, 40], [32, 5, 1, 40]], stem).macs == 67 * 32 * 200)
    #expect(
      DepthwiseConv2D().cost([[1, 67, 1, 32], [1, 5, 1, 32], [32]], depthwise).macs == 63 * 32 * 5)
  }

  @Test func wrongInputsAreRefused() {
    #expect(throws: GraphError.wrongInputCount(op: "conv_2d", expected: 3, found: 1)) {
      try Conv2D().outputShapes([[1, 4, 1, 2]], [])
    }
    #expect(throws: GraphError.self) {
      try Conv2D().outputShapes([[1, 4, 1, 2], [3, 1, 1, 5]], [])
    }
    #expect(throws: GraphError.self) {
      try Conv2D().outputShapes([[1, 4, 1, 2], [3, 1, 1, 2], [2]], [])
    }
    #expect(throws: GraphError.self) {
      try Conv2D(strideH: 0).outputShapes([[1, 4, 1, 2], [3, 1, 1, 2]], [])
    }
    #expect(throws: GraphError.self) {
      try DepthwiseConv2D(multiplier: 2).outputShapes([[1, 4, 1, 2], [1, 1, 1, 2]], [])
    }
    #expect(throws: GraphError.self) {
      try DepthwiseConv2D(multiplier: 0).outputShapes([[1, 4, 1, 2], [1, 1, 1, 2]], [])
    }
    #expect(throws: GraphError.self) { try FullyConnected().outputShapes([[1, 4], [2, 5]], []) }
    #expect(throws: GraphError.self) {
      try BatchNorm().outputShapes([[1, 4], [4], [4], [4], [3]], [])
    }
    #expect(throws: GraphError.self) { try BatchNorm().outputShapes([[1, 4], [4]], []) }
  }

  @Test func samePaddingBecomesExplicitInONNX() {
    let fragment = Conv2D(strideH: 2, padding: .same, activation: .relu6)
      .onnx([[1, 6, 1, 2], [3, 4, 1, 2], [3]], [[1, 3, 1, 3]])
    #expect(fragment.nodes.map(\.opType) == ["Conv", "Constant", "Constant", "Clip"])
    #expect(fragment.nodes[0].attributes["pads"] == .ints([1, 0, 1, 0]))
    #expect(fragment.nodes[0].outputs == [.local("linear")])
    #expect(fragment.nodes[3].outputs == [.output(0)])
    let odd = Conv2D(padding: .same).onnx([[1, 6, 3, 2], [3, 4, 2, 2]], [[1, 6, 3, 3]])
    #expect(odd.nodes[0].attributes["pads"] == .ints([1, 0, 2, 1]))
    #expect(odd.nodes[0].inputs.count == 2)
  }

  @Test(arguments: operators.filter { $0.deployable != nil })
  func tfliteFragmentReadsBack(op: Op) throws {
    let shape: Shape = op.name == FullyConnected.name ? [9, 2] : [1, 9, 1, 2]
    let x: TensorType = TensorType(shape, .int8, Quantization(scale: 1, zeroPoint: 0))
    let fragment = try #require(op.deployable).tflite([x, x, x], [x])
    #expect(fragment.operands == [.input(0), .input(1), .input(2)])
    let source = TFLiteSource(
      options: fragment.options, operandTypes: [x, x, x], operandConstants: [nil, nil, nil],
      variable: nil, resultTypes: [x])
    #expect(try Op(fragment.builtin, source) == op)
  }
}
