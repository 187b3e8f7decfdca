import RouseNumerics

/// Joins its inputs along `axis`; all other dimensions agree.
///
/// Quantized inputs share one scale and zero point: nothing is rescaled.
public struct Concatenation: TrainableOperator, DeployableOperator {
  public static let name = "concatenation"
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
    guard var result = inputs.first else {
      throw .wrongInputCount(op: Self.name, expected: 1, found: 0)
    }
    try Self.requireAxis(axis, rank: result.rank)
    for (index, shape) in inputs.enumerated().dropFirst() {
      var others = shape
      if shape.rank == result.rank { others[axis] = result[axis] }
      guard others == result else {
        throw .mismatch(
          op: Self.name, what: "input \(index) outside axis \(axis)",
          expected: "\(inputs[0])", found: "\(shape)")
      }
    }
    result[axis] = inputs.reduce(0) { $0 + $1[axis] }
    return [result]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    guard axis > 1 else { throw .cannotStream(node: Self.name, reason: "it joins along time") }
    return .sameRow
  }

  // MARK: - Float

  /// The move that brings input `part` into the result, for the given rows of the batch; along axis 0 for all of them.
  ///
  /// - Parameter extent: that of an input along the axis.
  private func move(part: Int, rows: Range<Int>, _ result: Shape, extent: (Int) -> Int)
    -> StridedMove
  {
    let rows = axis == 0 ? 0..<1 : rows
    let outer = axis == 0 ? 1 : result.dimensions[1..<axis].reduce(1, *)
    let inner = result.dimensions[(axis + 1)...].reduce(1, *)
    var start = 0
    for index in 0..<part { start += extent(index) * inner }
    let length = extent(part) * inner
    let resultLength = result[axis] * inner
    return StridedMove(
      source: rows.lowerBound * outer * length, sourceStride: length,
      target: rows.lowerBound * outer * resultLength + start, targetStride: resultLength,
      length: length, count: rows.count * outer)
  }

  public func forward(_ step: ForwardStep) {
    let y = step.outputs[0]
    step.shards.forEach({ shard, rows in
      guard axis > 0 || shard == 0 else { return }
      for (part, x) in step.inputs.enumerated() {
        y.copy(
          move(part: part, rows: rows, y.shape) { step.inputs[$0].shape[axis] }, from: x)
      }
    })
  }

  public func backward(_ step: BackwardStep) {
    let dy = step.outputGradients[0]
    step.shards.forEach({ shard, rows in
      guard axis > 0 || shard == 0 else { return }
      for (part, dx) in step.inputGradients.enumerated() {
        dx?.copy(
          move(part: part, rows: rows, dy.shape) { step.inputs[$0].shape[axis] }.reversed,
          from: dy)
      }
    })
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

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

  /// - Throws: what TFLite Micro refuses: more than 10 inputs, more than 6 dimensions, types other than int8 and int32,
  ///   int8 of another scale or zero point than the result (Prepare in `micro/kernels/concatenation.cc`).
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    guard node.inputs.count <= 10 else {
      throw .mismatch(
        op: Self.name, what: "number of inputs", expected: "10 or fewer",
        found: "\(node.inputs.count)")
    }
    let result = node.outputTypes[0]
    guard result.shape.rank <= 6 else {
      throw .wrongRank(op: Self.name, input: "result", expected: 6, found: result.shape)
    }
    try Self.requireElement(result, "result", .int8, .int32)
    for (index, type) in node.inputTypes.enumerated() {
      try Self.requireElement(type, "input \(index)", result.element)
      guard result.element == .int8 else { continue }
      try Self.requireEqual(
        "scale of input \(index)", expected: result.quantization?.scales.first ?? 0,
        found: type.quantization?.scales.first ?? 0)
      try Self.requireEqual(
        "zero point of input \(index)", expected: result.quantization?.zeroPoint ?? 0,
        found: type.quantization?.zeroPoint ?? 0)
    }
    let shapes = node.inputTypes.map(\.shape)
    try checkResult(op: Self.name, node, try outputShapes(shapes, []))
    return Int8CopyKernel(
      node.inputs.indices.map { part in
        Int8CopyKernel.Step(
          from: .init(node.inputs[part]), to: .arena(offset: node.outputs[0]),
          move(part: part, rows: 0..<result.shape[0], result.shape) { shapes[$0][axis] }
            .bytes(of: result.element))
      })
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .concatenation, version: 2,
      options: .concatenation(axis: Int32(axis), activation: .none),
      operands: inputs.indices.map { .input($0) })
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    guard case .concatenation(let axis, let activation) = tflite.options,
      let rank = tflite.operandTypes.first?.shape.rank
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "ConcatenationOptions", found: "none")
    }
    // Prepare in `micro/kernels/concatenation.cc` refuses a fused activation.
    try Self.requireEqual(
      "activation", expected: Activation.none.rawValue, found: activation.rawValue)
    self.axis = try Self.positiveAxis(Int(axis), rank: rank)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let axis = ONNXFragment.axis(axis, rank: outputs[0].rank)
    return ONNXFragment([
      ONNXNode(
        "Concat", inputs: inputs.indices.map { .input($0) }, outputs: [.output(0)],
        attributes: ["axis": .int(Int64(axis))])
    ])
  }
}
