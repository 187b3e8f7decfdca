import RouseNumerics

/// Its inputs, all of one shape, side by side along a new axis `axis`.
public struct Pack: DeployableOperator {
  public static let name = "pack"
  public var axis: Int

  public init(axis: Int) {
    self.axis = axis
  }

  public var attributes: [(key: String, value: String)] { [("axis", "\(axis)")] }
  public init(attributes: AttributeReader) throws(GraphError) {
    axis = try attributes.int("axis")
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    guard let first = inputs.first else {
      throw .wrongInputCount(op: Self.name, expected: 1, found: 0)
    }
    for (index, shape) in inputs.enumerated() {
      try Self.requireEqual("input \(index)", expected: first, found: shape)
    }
    try Self.requireAxis(axis, rank: first.rank + 1)
    var dimensions = first.dimensions
    dimensions.insert(inputs.count, at: axis)
    return [Shape(dimensions)]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard outputs[0].rank > 2 else { return .timeless }
    guard axis > 1, inputs[0].rank > 2 else {
      throw .cannotStream(node: Self.name, reason: "it makes or moves a time axis")
    }
    return .sameRow
  }

  // MARK: - Float

  /// The move that brings input `part` of `count` into the result, for the given rows of axis 0.
  private func move(part: Int, of count: Int, rows: Range<Int>, _ input: Shape) -> StridedMove {
    let length = input.dimensions[axis...].reduce(1, *)
    let outer = axis == 0 ? 1 : input.dimensions[1..<axis].reduce(1, *)
    let rows = axis == 0 ? 0..<1 : rows
    return StridedMove(
      source: rows.lowerBound * outer * length, sourceStride: length,
      target: (rows.lowerBound * outer * count + part) * length, targetStride: count * length,
      length: length, count: rows.count * outer)
  }

  public func forward(_ step: ForwardStep) {
    let y = step.outputs[0]
    step.shards.forEach({ shard, rows in
      guard axis > 0 || shard == 0 else { return }
      for (part, x) in step.inputs.enumerated() {
        y.copy(move(part: part, of: step.inputs.count, rows: rows, x.shape), from: x)
      }
    })
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(
      inputs: [QuantizationRule.Input](repeating: .activation, count: inputCount),
      result: .sameAsInputs)
  }

  // MARK: - Int8

  /// - Throws: for types other than int8 and int32, as TFLite Micro's `pack.cc` at the first inference.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    try checkResult(op: Self.name, node, try outputShapes(node.inputTypes.map(\.shape), []))
    let result = node.outputTypes[0]
    try Self.requireElement(result, "result", .int8, .int32)
    for (index, type) in node.inputTypes.enumerated() {
      try Self.requireElement(type, "input \(index)", result.element)
    }
    return Int8CopyKernel(
      node.inputs.indices.map { part in
        let shape = node.inputTypes[part].shape
        let move = move(
          part: part, of: node.inputs.count, rows: 0..<(shape.dimensions.first ?? 1), shape)
        return Int8CopyKernel.Step(
          from: .init(node.inputs[part]), to: .arena(offset: node.outputs[0]),
          move.bytes(of: result.element))
      })
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .pack, version: inputs[0].element == .int8 ? 2 : 1,
      options: .pack(count: Int32(inputs.count), axis: Int32(axis)),
      operands: inputs.indices.map { .input($0) })
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    guard case .pack(let count, let axis) = tflite.options else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "PackOptions", found: "\(tflite.options)")
    }
    try Self.requireEqual(
      "number of inputs", expected: Int(count), found: tflite.operandTypes.count)
    guard let first = tflite.operandTypes.first else {
      throw .wrongInputCount(op: Self.name, expected: 1, found: 0)
    }
    self.axis = try Self.positiveAxis(Int(axis), rank: first.shape.rank + 1)
  }

  // MARK: - ONNX

  /// Unsqueeze each input along the new axis, then Concat; channel-last around it where a rank is 4.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    var nodes: [ONNXNode] = []
    var parts: [ONNXOperand] = []
    for index in inputs.indices {
      var source = ONNXOperand.input(index)
      if inputs[index].rank == 4 {
        let last = ONNXOperand.local("channels_last\(index)")
        nodes.append(
          ONNXNode(
            "Transpose", inputs: [source], outputs: [last],
            attributes: ["perm": .ints([0, 2, 3, 1])]))
        source = last
      }
      let part = ONNXOperand.local("part\(index)")
      nodes.append(
        ONNXNode("Unsqueeze", inputs: [source, .int64s([Int64(axis)])], outputs: [part]))
      parts.append(part)
    }
    let isImage = outputs[0].rank == 4
    nodes.append(
      ONNXNode(
        "Concat", inputs: parts, outputs: [isImage ? .local("image") : .output(0)],
        attributes: ["axis": .int(Int64(axis))]))
    if isImage {
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [.local("image")], outputs: [.output(0)],
          attributes: ["perm": .ints([0, 3, 1, 2])]))
    }
    return ONNXFragment(nodes)
  }
}
