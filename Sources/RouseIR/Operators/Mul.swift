import RouseNumerics

/// `y = activation(a · b)`, with extents of 1 repeated as in numpy.
///
/// - Inputs: two, of at most 6 dimensions; either may be a constant.
public struct Mul: TrainableOperator, DeployableOperator {
  public static let name = "mul"
  public var activation: Activation

  public init(activation: Activation = .none) {
    self.activation = activation
  }

  public var attributes: [(key: String, value: String)] { [("activation", activation.rawValue)] }

  public init(attributes: AttributeReader) throws(GraphError) {
    activation = try attributes.choice("activation", Activation.self)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(2, inputs)
    return [try Broadcast.shape(op: Self.name, inputs[0], inputs[1])]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    try Self.elementwiseTime(inputs, outputs)
  }

  // MARK: - Float

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    Broadcast.scratchCount(batch: batch, inputs)
  }

  public func forward(_ step: ForwardStep) {
    let (a, b, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    guard a.shape == b.shape, activation == .none else {
      return Broadcast.forward(step, limits: activation.limits) { $0 * $1 }
    }
    Self.multiply(a, b, into: y, step.shards)
  }

  public func backward(_ step: BackwardStep) {
    let (a, b, dy) = (step.inputs[0], step.inputs[1], step.outputGradients[0])
    guard a.shape == b.shape, activation == .none else {
      return Broadcast.backward(step, limits: activation.limits) { a, b in (b, a) }
    }
    if let da = step.inputGradients[0] { Self.multiply(dy, b, into: da, step.shards) }
    if let db = step.inputGradients[1] { Self.multiply(dy, a, into: db, step.shards) }
  }

  /// `y = a · b` of equal shapes, whole rows of axis 0 at a time.
  private static func multiply(_ a: FloatView, _ b: FloatView, into y: FloatView, _ shards: Shards)
  {
    let perRow = y.count / max(1, y.shape.rank > 0 ? y.shape[0] : 1)
    shards.forEach({ _, rows in
      let first = rows.lowerBound * perRow
      FloatKernels.multiply(
        Place(a, first), Place(b, first), into: Place(y, first), count: rows.count * perRow)
    })
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation, .activation], result: .calibrated)
  }

  // MARK: - Int8

  /// `multiplier · (a − zero point) · (b − zero point)` with `multiplier = scale(a) · scale(b) / scale(y)`.
  ///
  /// - Throws: for types other than int8; `notModelled` for int32.
  /// - Source: TFLite Micro `CalculateOpDataMul`, `reference_integer_ops::Mul`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    try checkResult(op: Self.name, node, try outputShapes(node.inputTypes.map(\.shape), []))
    try Self.requireNotAllInt32(node)
    let a = try Self.requireInt8(node.inputTypes[0], "a")
    let b = try Self.requireInt8(node.inputTypes[1], "b")
    let y = try Self.requireInt8(node.outputTypes[0], "result")
    let multiplier = Double(a.scale) * Double(b.scale) / Double(y.scale)
    return Int8ElementwiseKernel(
      node, .multiply(zeroPoints: (a.zeroPoint, b.zeroPoint)),
      multiplier: FixedPointMultiplier(multiplier), zeroPoint: y.zeroPoint,
      range: try Self.int8Range(activation, y))
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8, 3 with a multiplier
  ///   of 1 or more.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    var version: Int32 = inputs[0].element == .float32 ? 1 : 2
    if let a = inputs[0].quantization?.scales.first, let b = inputs[1].quantization?.scales.first,
      let y = outputs[0].quantization?.scales.first, a * b / y >= 1
    {
      version = 3
    }
    return TFLiteFragment(
      .mul, version: version, options: .mul(activation: activation),
      operands: [.input(0), .input(1)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(2, tflite)
    guard case .mul(let activation) = tflite.options else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "MulOptions", found: "\(tflite.options)")
    }
    self.activation = activation
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    activation.onnx(broadcasting: "Mul", inputs, outputs[0])
  }
}
