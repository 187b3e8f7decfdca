import RouseNumerics

/// The same elements in the same order under `shape`. Where networks train, axis 0 stays: it is the batch.
public struct Reshape: TrainableOperator, DeployableOperator {
  public static let name = "reshape"
  public var shape: [Int]

  public init(shape: [Int]) {
    self.shape = shape
  }

  public var attributes: [(key: String, value: String)] {
    [("shape", shape.map(String.init).joined(separator: "x"))]
  }
  public init(attributes: AttributeReader) throws(GraphError) {
    shape = try attributes.ints("shape")
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    let result = Shape(shape)
    guard let count = result.checkedCount() else {
      throw .mismatch(
        op: Self.name, what: "shape", expected: "positive extents", found: "\(result)")
    }
    try Self.requireEqual("number of elements", expected: inputs[0].count, found: count)
    return [result]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    if outputs[0].rank > 2, outputs[0][1] == inputs[0][1] { return .sameRow }
    guard outputs[0].rank == 2 else {
      throw .cannotStream(node: Self.name, reason: "it moves the time axis")
    }
    return .allRows
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    Self.copyRows(step.shards, from: step.inputs[0], to: step.outputs[0])
  }

  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    Self.copyRows(step.shards, from: step.outputGradients[0], to: dx)
  }

  private static func copyRows(_ shards: Shards, from source: FloatView, to target: FloatView) {
    guard source.shape.dimensions.first == target.shape.dimensions.first else {
      target.copy(from: source)
      return
    }
    let rowCount = source.shape.rowCount
    shards.forEach({ _, rows in
      let start = rows.lowerBound * rowCount
      target.copy(
        StridedMove(source: start, target: start, length: rows.count * rowCount), from: source)
    })
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let (input, result) = (node.inputTypes[0], node.outputTypes[0])
    try Self.requireElement(input, "input", .int8, .uint8, .int32)
    try Self.requireElement(result, "result", input.element)
    try Self.requireEqual(
      "number of elements", expected: input.shape.count, found: result.shape.count)
    return Int8CopyKernel([
      Int8CopyKernel.Step(
        from: .init(node.inputs[0]), to: .arena(offset: node.outputs[0]),
        StridedMove(source: 0, target: 0, length: result.bytes))
    ])
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let shape = shape.map(Int32.init)
    return TFLiteFragment(
      .reshape, version: 1, options: .reshape(newShape: shape),
      operands: [.input(0), .attribute(shape, isScalar: false)])
  }

  /// The shape is that of the result, as in TFLite Micro, which reads neither the operand nor the options. Where the
  /// file states one of them, it must agree; −1 there stands for the rest.
  public init(tflite: TFLiteSource) throws(GraphError) {
    guard (1...2).contains(tflite.operandTypes.count), let result = tflite.resultTypes.first else {
      throw .wrongInputCount(op: Self.name, expected: 2, found: tflite.operandTypes.count)
    }
    shape = result.shape.dimensions
    var stated: [Int]?
    if tflite.operandTypes.count == 2, tflite.operandConstants.last != .some(nil) {
      stated = try Self.requireInts(tflite, 1, "shape")
    } else if case .reshape(let newShape) = tflite.options, !newShape.isEmpty {
      stated = newShape.map(Int.init)
    }
    guard let stated else { return }
    guard stated.count == shape.count, zip(stated, shape).allSatisfy({ $0 == -1 || $0 == $1 })
    else {
      throw .mismatch(
        op: Self.name, what: "shape", expected: "\(result.shape)", found: "\(Shape(stated))")
    }
  }

  // MARK: - ONNX

  /// Rank-4 tensors are channel-first in ONNX: the elements change order around the reshape.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    var nodes: [ONNXNode] = []
    var source = ONNXOperand.input(0)
    if inputs[0].rank == 4 {
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [source], outputs: [.local("channels_last")],
          attributes: ["perm": .ints([0, 2, 3, 1])]))
      source = .local("channels_last")
    }
    let isImage = outputs[0].rank == 4
    nodes.append(
      ONNXNode(
        "Reshape", inputs: [source, .int64s(shape.map(Int64.init))],
        outputs: [isImage ? .local("reshaped") : .output(0)]))
    if isImage {
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [.local("reshaped")], outputs: [.output(0)],
          attributes: ["perm": .ints([0, 3, 1, 2])]))
    }
    return ONNXFragment(nodes)
  }
}
