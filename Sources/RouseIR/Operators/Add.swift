import RouseNumerics

/// `y = activation(a + b)`, with extents of 1 repeated as in numpy.
///
/// - Inputs: two, of at most 6 dimensions; either may be a constant.
public struct Add: TrainableOperator, DeployableOperator {
  public static let name = "add"
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
    Broadcast.forward(step, limits: activation.limits) { $0 + $1 }
  }

  public func backward(_ step: BackwardStep) {
    Broadcast.backward(step, limits: activation.limits) { _, _ in (1, 1) }
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

  /// Both operands are brought to twice the larger scale, shifted left by 20 bits so that little is lost, and summed.
  ///
  /// - Throws: for types other than int8 (`notModelled` for int32 without scales), and for a sum of scales that the
  ///   result cannot hold: TFLite Micro aborts at `2 · max(scale) ≥ 2^20 · scale(y)`.
  /// - Source: TFLite Micro `CalculateOpDataAdd`, `reference_integer_ops::AddFunc`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    try checkResult(op: Self.name, node, try outputShapes(node.inputTypes.map(\.shape), []))
    // `CalculateOpDataAdd` refuses int32 with a scale.
    if node.inputTypes[0].quantization == nil { try Self.requireNotAllInt32(node) }
    let a = try Self.requireInt8(node.inputTypes[0], "a")
    let b = try Self.requireInt8(node.inputTypes[1], "b")
    let y = try Self.requireInt8(node.outputTypes[0], "result")
    let twice = 2 * Double(max(a.scale, b.scale))
    let ratio = twice / (0x1p20 * Double(y.scale))
    guard ratio < 1 else {
      throw .unsupportedType(
        op: Self.name, input: "result", expected: "a scale above \(Float(twice * 0x1p-20))",
        found: "\(y.scale)")
    }
    func terms(_ operand: Quantization) -> [Int32] {
      let multiplier = FixedPointMultiplier(Double(operand.scale) / twice)
      return (0..<256).map { pattern in
        let value = Int32(Int8(truncatingIfNeeded: pattern)) - operand.zeroPoint
        return multiplier.apply(value &<< 20)
      }
    }
    return Int8ElementwiseKernel(
      node, .add(left: terms(a), right: terms(b)), multiplier: FixedPointMultiplier(ratio),
      zeroPoint: y.zeroPoint, range: try Self.int8Range(activation, y))
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .add, version: inputs[0].element == .float32 ? 1 : 2, options: .add(activation: activation),
      operands: [.input(0), .input(1)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(2, tflite)
    guard case .add(let activation) = tflite.options else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "AddOptions", found: "\(tflite.options)")
    }
    self.activation = activation
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    activation.onnx(broadcasting: "Add", inputs, outputs[0])
  }
}
