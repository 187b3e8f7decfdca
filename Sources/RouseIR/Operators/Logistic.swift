import Glibc
import RouseNumerics

/// `y = 1 / (1 + exp(−x))`, any shape.
public struct Logistic: TrainableOperator, DeployableOperator {
  public static let name = "logistic"

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

  /// The exponent is never positive, so nothing overflows.
  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let rowCount = x.shape.rowCount
    step.shards.forEach({ _, rows in
      for index in rows.lowerBound * rowCount..<rows.upperBound * rowCount {
        let e = exp(-abs(x[index]))
        y[index] = x[index] >= 0 ? 1 / (1 + e) : e / (1 + e)
      }
    })
  }

  /// `dx = dy · y · (1 − y)`
  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let (y, dy) = (step.outputs[0], step.outputGradients[0])
    let rowCount = y.shape.rowCount
    step.shards.forEach({ _, rows in
      for index in rows.lowerBound * rowCount..<rows.upperBound * rowCount {
        dx[index] = dy[index] * y[index] * (1 - y[index])
      }
    })
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  /// The int8 result that TFLite's converter always chooses: all of `[0, 1)` in steps of 1/256.
  public static let resultQuantization = Quantization(scale: 1 / 256, zeroPoint: -128)

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .fixed(Self.resultQuantization, .int8))
  }

  // MARK: - Int8

  /// - Throws: what TFLite Micro refuses: a result zero point other than −128.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    try Self.requireElement(node.inputTypes[0], "input", .int8)
    try Self.requireElement(node.outputTypes[0], "result", .int8)
    let input = try Self.requireScale(node.inputTypes[0], "input")
    let result = try Self.requireScale(node.outputTypes[0], "result")
    try Self.requireEqual("zero point of the result", expected: -128, found: result.zeroPoint)
    guard
      let table = Int8Table.logistic(inputScale: input.scale, inputZeroPoint: input.zeroPoint)
    else {
      throw .unsupportedType(
        op: Self.name, input: "input", expected: "a scale from 2^-28 to below 8",
        found: "\(input.scale)")
    }
    return Int8TableKernel(node, table: table)
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(.logistic, version: 2, operands: [.input(0)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(1, tflite)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    ONNXFragment([ONNXNode("Sigmoid", inputs: [.input(0)], outputs: [.output(0)])])
  }
}
