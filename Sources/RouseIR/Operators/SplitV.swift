import RouseNumerics

/// Cuts its input along `axis` into results of the given sizes.
public struct SplitV: TrainableOperator, DeployableOperator {
  public static let name = "split_v"
  public var sizes: [Int]
  public var axis: Int

  public init(sizes: [Int], axis: Int) {
    self.sizes = sizes
    self.axis = axis
  }

  public var attributes: [(key: String, value: String)] {
    [("sizes", sizes.map(String.init).joined(separator: "x")), ("axis", "\(axis)")]
  }
  public init(attributes: AttributeReader) throws(GraphError) {
    sizes = try attributes.ints("sizes")
    axis = try attributes.int("axis")
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    let shape = inputs[0]
    try Self.requireAxis(axis, rank: shape.rank)
    var rest = shape[axis]
    for size in sizes {
      guard size >= 1, size <= rest else {
        throw .mismatch(
          op: Self.name, what: "sizes", expected: "positive, with the sum \(shape[axis])",
          found: "\(sizes)")
      }
      rest -= size
    }
    try Self.requireEqual("sum of sizes", expected: shape[axis], found: shape[axis] - rest)
    return sizes.map { size in
      var result = shape
      result[axis] = size
      return result
    }
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    guard axis > 1 else { throw .cannotStream(node: Self.name, reason: "it cuts along time") }
    return .sameRow
  }

  // MARK: - Float

  /// The move that brings the input's part number `part` into its result, for the given rows of the batch; along axis 0
  /// for all of them.
  private func move(part: Int, rows: Range<Int>, _ input: Shape) -> StridedMove {
    let rows = axis == 0 ? 0..<1 : rows
    let outer = axis == 0 ? 1 : input.dimensions[1..<axis].reduce(1, *)
    let inner = input.dimensions[(axis + 1)...].reduce(1, *)
    var start = 0
    for index in 0..<part { start += sizes[index] * inner }
    let length = sizes[part] * inner
    let inputLength = input[axis] * inner
    return StridedMove(
      source: rows.lowerBound * outer * inputLength + start, sourceStride: inputLength,
      target: rows.lowerBound * outer * length, targetStride: length,
      length: length, count: rows.count * outer)
  }

  public func forward(_ step: ForwardStep) {
    let x = step.inputs[0]
    step.shards.forEach({ shard, rows in
      guard axis > 0 || shard == 0 else { return }
      for (part, y) in step.outputs.enumerated() {
        y.copy(move(part: part, rows: rows, x.shape), from: x)
      }
    })
  }

  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    step.shards.forEach({ shard, rows in
      guard axis > 0 || shard == 0 else { return }
      for (part, dy) in step.outputGradients.enumerated() {
        dx.copy(move(part: part, rows: rows, dx.shape).reversed, from: dy)
      }
    })
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: inputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  /// - Throws: for types other than int8 and int32, as `SplitVEval` in `micro/kernels/split_v.cc`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let element = node.inputTypes[0].element
    try Self.requireElement(node.inputTypes[0], "input", .int8, .int32)
    for (index, type) in node.outputTypes.enumerated() {
      try Self.requireElement(type, "result \(index)", element)
    }
    let input = node.inputTypes[0].shape
    try checkResult(op: Self.name, node, try outputShapes([input], []))
    return Int8CopyKernel(
      sizes.indices.map { part in
        Int8CopyKernel.Step(
          from: .init(node.inputs[0]), to: .arena(offset: node.outputs[part]),
          move(part: part, rows: 0..<input[0], input).bytes(of: element))
      })
  }

  // MARK: - TFLite

  /// The last size is stated as −1, the rest: splits of different tensors then share one operand.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let stated = sizes.dropLast().map(Int32.init) + [-1]
    return TFLiteFragment(
      .splitV, version: 2, options: .splitV(count: Int32(sizes.count)),
      operands: [
        .input(0), .attribute(stated, isScalar: false),
        .attribute([Int32(axis)], isScalar: true),
      ])
  }

  /// Sizes come from the results, as in TFLite Micro, which never reads the operand; one of them may be −1 there.
  ///
  /// - Throws: `notModelled` for an operand that contradicts the results.
  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(3, tflite)
    let axes = try Self.requireInts(tflite, 2, "axis")
    try Self.requireEqual("elements of axis", expected: 1, found: axes.count)
    let rank = tflite.operandTypes[0].shape.rank
    let axis = try Self.positiveAxis(axes[0], rank: rank)
    self.axis = axis
    var sizes: [Int] = []
    for type in tflite.resultTypes {
      guard type.shape.rank == rank else {
        throw .wrongRank(op: Self.name, input: "result", expected: rank, found: type.shape)
      }
      sizes.append(type.shape[axis])
    }
    self.sizes = sizes
    guard tflite.operandConstants[1] != nil else { return }
    let stated = try Self.requireInts(tflite, 1, "sizes")
    guard stated.count == sizes.count, zip(stated, sizes).allSatisfy({ $0 == -1 || $0 == $1 })
    else {
      throw .notModelled(
        .mismatch(op: Self.name, what: "sizes", expected: "\(sizes)", found: "\(stated)"))
    }
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let axis = ONNXFragment.axis(axis, rank: inputs[0].rank)
    return ONNXFragment([
      ONNXNode(
        "Split", inputs: [.input(0), .int64s(sizes.map(Int64.init))],
        outputs: outputs.indices.map { .output($0) }, attributes: ["axis": .int(Int64(axis))])
    ])
  }
}
