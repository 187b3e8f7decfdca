import RouseNumerics

/// `y = mean of x over axes`. With `keepDimensions` the axes stay with extent 1, else they are dropped.
public struct Mean: TrainableOperator, DeployableOperator {
  public static let name = "mean"
  /// From 0, rising.
  public var axes: [Int]
  public var keepDimensions: Bool

  public init(axes: [Int], keepDimensions: Bool = false) {
    self.axes = Set(axes).sorted()
    self.keepDimensions = keepDimensions
  }

  public var attributes: [(key: String, value: String)] {
    [
      ("axes", axes.map(String.init).joined(separator: "x")),
      ("keepDimensions", "\(keepDimensions)"),
    ]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      axes: try attributes.ints("axes"), keepDimensions: try attributes.bool("keepDimensions"))
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    let x = inputs[0]
    guard x.rank <= Broadcast.maximumRank else {
      throw .wrongRank(op: Self.name, input: "x", expected: Broadcast.maximumRank, found: x)
    }
    for axis in axes { try Self.requireAxis(axis, rank: x.rank) }
    if keepDimensions { return [kept(x)] }
    return [Shape((0..<x.rank).filter { !axes.contains($0) }.map { x[$0] })]
  }

  /// The shape of the result with all its dimensions.
  private func kept(_ x: Shape) -> Shape {
    var shape = x
    for axis in axes { shape[axis] = 1 }
    return shape
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    if axes.contains(1) {
      if keepDimensions { return .window(rows: inputs[0][1], stride: 1) }
      if outputs[0].rank <= 2 { return .allRows }
    } else if outputs[0].rank > 2, !axes.contains(0) {
      return .sameRow
    }
    throw .cannotStream(node: Self.name, reason: "it moves the time axis")
  }

  // MARK: - Float

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  /// How many elements one result is the mean of.
  private func count(_ x: Shape) -> Int { axes.reduce(1) { $0 * x[$1] } }

  /// Calls `body` with the index of every element of `x` and that of the result it belongs to.
  private func forEachElement(
    _ x: Shape, _ step: Shards, _ body: @Sendable (_ x: Int, _ y: Int) -> Void
  ) {
    let kept = kept(x)
    let walk = Broadcast(x, kept, kept)
    step.forEach({ shard, rows in
      // A mean over the batch is one piece of work.
      guard !axes.contains(0) || shard == 0 else { return }
      walk.forEachRun(rows: axes.contains(0) ? walk.rows : rows) { xStart, yStart, _ in
        for index in 0..<walk.length { body(xStart + index, yStart + index * walk.aStep) }
      }
    })
  }

  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let scale = 1 / Float(count(x.shape))
    y.fill(0)
    forEachElement(x.shape, step.shards) { y[$1] += x[$0] }
    for index in 0..<y.count { y[index] *= scale }
  }

  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let dy = step.outputGradients[0]
    let scale = 1 / Float(count(dx.shape))
    forEachElement(dx.shape, step.shards) { dx[$0] = dy[$1] * scale }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(macs: inputs[0].count, requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .calibrated)
  }

  // MARK: - Int8

  /// `y = multiplier / count · Σ (x − zero point) + zero point`, whatever the scales.
  ///
  /// - Throws: for types other than int8.
  /// - Source: TFLite Micro `PrepareMeanOrSumHelper`, `reference_ops::QuantizedMeanOrSum`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let shape = node.inputTypes[0].shape
    try checkResult(op: Self.name, node, try outputShapes([shape], []))
    let x = try Self.requireInt8(node.inputTypes[0], "x")
    let y = try Self.requireInt8(node.outputTypes[0], "result")
    let multiplier = FixedPointMultiplier(Double(x.scale) / Double(y.scale))
    return Int8MeanKernel(
      node, shape, axes: axes, multiplier: multiplier.divided(by: count(shape)),
      inputZeroPoint: x.zeroPoint, outputZeroPoint: y.zeroPoint)
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .mean, version: inputs[0].element == .float32 ? 1 : 2,
      options: .reducer(keepDimensions: keepDimensions),
      operands: [.input(0), .attribute(axes.map(Int32.init), isScalar: false)])
  }

  /// Negative axes count from the end, and one may be named twice.
  ///
  /// Whether dimensions stay is decided by the result, as in TFLite Micro, which does not read the option for integers.
  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(2, tflite)
    guard case .reducer(let keepDimensions) = tflite.options, let result = tflite.resultTypes.first
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "ReducerOptions", found: "\(tflite.options)")
    }
    let rank = tflite.operandTypes[0].shape.rank
    var axes: [Int] = []
    for axis in try Self.requireInts(tflite, 1, "axes") {
      axes.append(try Self.positiveAxis(axis, rank: rank))
    }
    self.init(axes: axes, keepDimensions: keepDimensions)
    if !axes.isEmpty { self.keepDimensions = result.shape.rank == rank }
  }

  // MARK: - ONNX

  /// A result of fewer dimensions is made of a channel-last tensor, as in the IR.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    // ReduceMean takes an empty list of axes for all of them.
    if axes.isEmpty {
      return ONNXFragment([ONNXNode("Identity", inputs: [.input(0)], outputs: [.output(0)])])
    }
    let rank = inputs[0].rank
    var nodes: [ONNXNode] = []
    var source = ONNXOperand.input(0)
    var order = axes.map { ONNXFragment.axis($0, rank: rank) }
    if rank == 4, outputs[0].rank != 4 {
      source = .local("channels_last")
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [.input(0)], outputs: [source],
          attributes: ["perm": .ints([0, 2, 3, 1])]))
      order = axes
    }
    let isImage = rank != 4 && outputs[0].rank == 4
    nodes.append(
      ONNXNode(
        "ReduceMean", inputs: [source], outputs: [isImage ? .local("image") : .output(0)],
        attributes: [
          "axes": .ints(order.sorted().map(Int64.init)), "keepdims": .int(keepDimensions ? 1 : 0),
        ]))
    if isImage {
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [.local("image")], outputs: [.output(0)],
          attributes: ["perm": .ints([0, 3, 1, 2])]))
    }
    return ONNXFragment(nodes)
  }
}
