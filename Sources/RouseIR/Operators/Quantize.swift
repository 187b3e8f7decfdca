import RouseNumerics

/// The same real numbers under another integer type, scale or zero point. Float meaning: the identity.
public struct Quantize: DeployableOperator {
  public static let name = "quantize"

  public init() {}

  public var attributes: [(key: String, value: String)] { [] }
  public init(attributes: AttributeReader) throws(GraphError) {}

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    return inputs
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    inputs[0].rank > 2 ? .sameRow : .timeless
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    step.outputs[0].copy(from: step.inputs[0])
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  /// The uint8 probability in steps of 1/256 that ESPHome reads.
  public static let resultQuantization = Quantization(scale: 1 / 256, zeroPoint: 0)

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .fixed(Self.resultQuantization, .uint8))
  }

  // MARK: - Int8

  /// `q' = clamp(multiply(q − zeroPoint, scale/scale') + zeroPoint')`, rounded twice.
  ///
  /// - Throws: for any pair of types but int8 to int8, int8 to uint8 and uint8 to int8; `notModelled` between int8 and
  ///   int32.
  /// - Source: TFLite Micro `reference_ops::Requantize` and `PrepareQuantizeReference`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let elements = (node.inputTypes[0].element, node.outputTypes[0].element)
    guard elements != (.int32, .int8), elements != (.int8, .int32) else {
      throw .notModelled(
        .mismatch(
          op: Self.name, what: "types", expected: "int8 or uint8",
          found: "\(elements.0.rawValue) to \(elements.1.rawValue)"))
    }
    try Self.requireElement(node.inputTypes[0], "input", .int8, .uint8)
    if node.inputTypes[0].element == .int8 {
      try Self.requireElement(node.outputTypes[0], "result", .int8, .uint8)
    } else {
      try Self.requireElement(node.outputTypes[0], "result", .int8)
    }
    let input = try Self.requireScale(node.inputTypes[0], "input")
    let result = try Self.requireScale(node.outputTypes[0], "result")
    let multiplier = FixedPointMultiplier(Double(input.scale) / Double(result.scale))
    let isUnsigned = node.outputTypes[0].element == .uint8
    let (low, high): (Int32, Int32) = isUnsigned ? (0, 255) : (-128, 127)
    let table = Int8Table(input: node.inputTypes[0].element) { value in
      let scaled = multiplier.apply(value &- input.zeroPoint) &+ result.zeroPoint
      return FixedPoint.clamp(scaled, low, high)
    }
    var node = node
    node.inputs[0] = node.inputs[0].asInt8
    return Int8TableKernel(node, table: table)
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(.quantize, version: 1, operands: [.input(0)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(1, tflite)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    ONNXFragment([ONNXNode("Identity", inputs: [.input(0)], outputs: [.output(0)])])
  }
}
