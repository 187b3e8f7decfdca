import RouseNumerics

/// `y[n, i, j, c] = activation(mean over the window of x[n, …, …, c])`; padded positions do not count.
///
/// - Input: `x` `[n, height, width, channels]`.
public struct AveragePool2D: TrainableOperator, DeployableOperator {
  public static let name = "average_pool_2d"
  private var pool: PoolWindow

  public init(
    filterH: Int, filterW: Int, strideH: Int = 1, strideW: Int = 1, padding: Padding = .valid,
    activation: Activation = .none
  ) {
    pool = PoolWindow(
      filterH: filterH, filterW: filterW, strideH: strideH, strideW: strideW, padding: padding,
      activation: activation)
  }

  public var attributes: [(key: String, value: String)] { pool.attributes }

  public init(attributes: AttributeReader) throws(GraphError) {
    pool = try PoolWindow(attributes: attributes)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    return [try pool.outputShape(op: Self.name, inputs[0])]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    try pool.timeDependence(op: Self.name, inputs[0])
  }

  // MARK: - Float

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let window = pool.window(x.shape)
    let limits = pool.activation.limits
    step.shards.forEach({ _, rows in
      window.forEachResult(rows) { image, i, j, result in
        let scale = 1 / Float(window.coverage(i, j))
        for channel in 0..<window.channels {
          var sum: Float = 0
          window.forEachTap(i, j) { sum += x[image + $0 + channel] }
          y[result + channel] = min(max(sum * scale, limits.lowerBound), limits.upperBound)
        }
      }
    })
  }

  /// Each covered position gets an equal share.
  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let (y, dy) = (step.outputs[0], step.outputGradients[0])
    let window = pool.window(dx.shape)
    let limits = pool.activation.limits
    step.shards.forEach({ _, rows in
      dx.clear(from: rows.lowerBound * window.imageCount, count: rows.count * window.imageCount)
      window.forEachResult(rows) { image, i, j, result in
        let scale = 1 / Float(window.coverage(i, j))
        for channel in 0..<window.channels {
          let value = y[result + channel]
          guard value > limits.lowerBound, value < limits.upperBound else { continue }
          let share = dy[result + channel] * scale
          window.forEachTap(i, j) { dx[image + $0 + channel] += share }
        }
      }
    })
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(macs: outputs[0].count * pool.filterH * pool.filterW, requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  /// - Rounding: `FixedPoint.roundingDivide`.
  /// - Source: TFLite Micro `reference_integer_ops::AveragePool`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    try pool.int8Kernel(node, .average, op: Self.self)
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .averagePool2D, version: inputs[0].element == .float32 ? 1 : 2, options: pool.options,
      operands: [.input(0)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(1, tflite)
    pool = try PoolWindow(op: Self.name, tflite.options)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    pool.onnx("AveragePool", inputs[0], ["count_include_pad": .int(0)])
  }
}
