import RouseNumerics

/// `x` with elements of the real value 0 around it: `before[a]` in front of axis `a` and `after[a]` behind.
public struct Pad: TrainableOperator, DeployableOperator {
  public static let name = "pad"
  public var before: [Int]
  public var after: [Int]

  public init(before: [Int], after: [Int]) {
    self.before = before
    self.after = after
  }

  public var attributes: [(key: String, value: String)] {
    func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: "x") }
    return [("before", list(before)), ("after", list(after))]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    before = try attributes.ints("before")
    after = try attributes.ints("after")
  }

  // MARK: - Shape

  /// An axis is padded by at most this much on each side, so that extents cannot overflow.
  private static let largest = Int(Int32.max)

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    var shape = inputs[0]
    guard shape.rank >= 1 else {
      throw .wrongRank(op: Self.name, input: "x", expected: 1, found: shape)
    }
    for (what, values) in [("before", before), ("after", after)] {
      try Self.requireEqual("length of \(what)", expected: shape.rank, found: values.count)
      for (axis, value) in values.enumerated() {
        guard (0...Self.largest).contains(value) else {
          throw .mismatch(
            op: Self.name, what: "padding \(what) axis \(axis)", expected: "0 to \(Self.largest)",
            found: "\(value)")
        }
        shape[axis] += value
      }
    }
    return [shape]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    guard after[1] == 0 else {
      throw .cannotStream(node: Self.name, reason: "it pads the end of time")
    }
    if before[1] == 0 { return .sameRow }
    guard (before + after).reduce(0, +) == before[1] else {
      throw .cannotStream(node: Self.name, reason: "it pads time and another axis at once")
    }
    return .dropsLeading(rows: -before[1])
  }

  // MARK: - Float

  /// Calls `body` with runs of elements that stay together, for the given rows of axis 0 of the input.
  private func forEachRun(
    _ input: Shape, _ result: Shape, rows: Range<Int>,
    _ body: (_ source: Int, _ target: Int, _ length: Int) -> Void
  ) {
    // A run reaches from the last padded axis to the end; where nothing is padded it is a row.
    var first = input.rank - 1
    while first > 1, before[first] == 0, after[first] == 0 { first -= 1 }
    let length = input.dimensions[first...].reduce(1, *)
    let perRow = first == 0 ? 1 : input.dimensions[1..<first].reduce(1, *)
    for row in first == 0 ? 0..<1 : rows {
      for run in 0..<perRow {
        var rest = run
        var (target, stride) = (before[first], result.dimensions[first...].reduce(1, *))
        target *= stride / result[first]
        for axis in Swift.stride(from: first - 1, to: 0, by: -1) {
          target += (rest % input[axis] + before[axis]) * stride
          rest /= input[axis]
          stride *= result[axis]
        }
        if first > 0 { target += (row + before[0]) * stride }
        body((row * perRow + run) * length, target, length)
      }
    }
  }

  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let rowCount = y.shape.rowCount
    let keepsRows = before[0] == 0 && after[0] == 0
    step.shards.forEach({ shard, rows in
      guard keepsRows || shard == 0 else { return }
      let rows = keepsRows ? rows : 0..<x.shape[0]
      if keepsRows {
        y.clear(from: rows.lowerBound * rowCount, count: rows.count * rowCount)
      } else {
        y.fill(0)
      }
      forEachRun(x.shape, y.shape, rows: rows) { source, target, length in
        y.copy(StridedMove(source: source, target: target, length: length), from: x)
      }
    })
  }

  /// The gradient of zeros goes nowhere.
  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let dy = step.outputGradients[0]
    let keepsRows = before[0] == 0 && after[0] == 0
    step.shards.forEach({ shard, rows in
      guard keepsRows || shard == 0 else { return }
      let rows = keepsRows ? rows : 0..<dx.shape[0]
      forEachRun(dx.shape, dy.shape, rows: rows) { source, target, length in
        dx.copy(StridedMove(source: target, target: source, length: length), from: dy)
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
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  /// int8 is padded with the zero point of the result, int32 with 0.
  ///
  /// - Throws: for other types, and for more than 5 dimensions (`PadKernelMaxDimensionCount`).
  /// - Source: TFLite Micro `PadPrepare`, `PadEval`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let (x, y) = (node.inputTypes[0], node.outputTypes[0])
    try checkResult(op: Self.name, node, try outputShapes([x.shape], []))
    try Self.requireElement(x, "x", .int8, .int32)
    try Self.requireElement(y, "result", x.element)
    guard (1...5).contains(x.shape.rank) else {
      throw .wrongRank(op: Self.name, input: "x", expected: 5, found: x.shape)
    }
    let zero = x.element == .int8 ? try Self.requireInt8(y, "result").zeroPoint : 0
    var steps: [Int8CopyKernel.Step] = []
    forEachRun(x.shape, y.shape, rows: 0..<x.shape[0]) { source, target, length in
      steps.append(
        Int8CopyKernel.Step(
          from: .init(node.inputs[0]), to: .arena(offset: node.outputs[0]),
          StridedMove(source: source, target: target, length: length).bytes(of: x.element)))
    }
    return Int8PadKernel(
      target: node.outputs[0], count: y.bytes, fill: Int8(truncatingIfNeeded: zero),
      copy: Int8CopyKernel(steps))
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let pairs = zip(before, after).flatMap { [Int32(clamping: $0), Int32(clamping: $1)] }
    return TFLiteFragment(
      .pad, version: inputs[0].element == .float32 ? 1 : 2,
      operands: [.input(0), .matrix(pairs, columns: 2)])
  }

  /// - Throws: `notModelled` for a value to pad with as third operand and for negative paddings.
  public init(tflite: TFLiteSource) throws(GraphError) {
    guard tflite.operandTypes.count != 3 else {
      throw .notModelled(.wrongInputCount(op: Self.name, expected: 2, found: 3))
    }
    try Self.requireOperands(2, tflite)
    let pairs = try Self.requireInts(tflite, 1, "paddings")
    try Self.requireEqual(
      "number of paddings", expected: 2 * tflite.operandTypes[0].shape.rank, found: pairs.count)
    if let negative = pairs.first(where: { $0 < 0 }) {
      throw .notModelled(
        .mismatch(op: Self.name, what: "paddings", expected: "0 or more", found: "\(negative)"))
    }
    before = stride(from: 0, to: pairs.count, by: 2).map { pairs[$0] }
    after = stride(from: 1, to: pairs.count, by: 2).map { pairs[$0] }
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let order = inputs[0].rank == 4 ? [0, 3, 1, 2] : Array(before.indices)
    let pads = order.map { Int64(before[$0]) } + order.map { Int64(after[$0]) }
    return ONNXFragment([
      ONNXNode(
        "Pad", inputs: [.input(0), .int64s(pads)], outputs: [.output(0)],
        attributes: ["mode": .string("constant")])
    ])
  }
}

/// PAD in integers: the result is filled, then the input is copied into it.
struct Int8PadKernel: Int8Kernel {
  let target: Int
  let count: Int
  let fill: Int8
  let copy: Int8CopyKernel

  func run(_ memory: inout Int8Memory) {
    for index in target..<target + count { memory.arena[index] = fill }
    copy.run(&memory)
  }
}
