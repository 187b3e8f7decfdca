import RouseNumerics

/// `y[n, o] = activation(Σ_i x[n, i] · w[o, i] + bias[o])`.
///
/// - Inputs: `x` `[n, in]`, `w` `[out, in]`, `bias` `[out]` (optional).
public struct FullyConnected: TrainableOperator, DeployableOperator {
  public static let name = "fully_connected"
  public var activation: Activation

  public init(activation: Activation = .none) {
    self.activation = activation
  }

  public var attributes: [(key: String, value: String)] { [("activation", activation.rawValue)] }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(activation: try attributes.choice("activation", Activation.self))
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try checkWeightedInputs(op: Self.name, inputs, weightRank: 2)
    let (x, w) = (inputs[0], inputs[1])
    guard x.rank == 2 else { throw .wrongRank(op: Self.name, input: "x", expected: 2, found: x) }
    guard x[1] == w[1] else {
      throw .mismatch(op: Self.name, what: "features of w", expected: "\(x[1])", found: "\(w[1])")
    }
    try checkBias(op: Self.name, inputs, channels: w[0])
    return [[x[0], w[0]]]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    .timeless
  }

  // MARK: - Float

  /// Sections of the scratch: the gradient before the activation (nothing without one), then one gradient of the
  /// weights and one of the bias for each shard.
  private func layout(
    batch: Int, _ w: Shape
  ) -> (weightParts: Int, biasParts: Int, count: Int) {
    let shards = Shards.count(batch: batch)
    let weightParts = activation == .none ? 0 : batch * w[0]
    let biasParts = weightParts + shards * w.count
    return (weightParts, biasParts, biasParts + shards * w[0])
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    layout(batch: batch, inputs[1]).count
  }

  public func forward(_ step: ForwardStep) {
    let (x, w, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let bias = step.inputs.count == 3 ? Place(step.inputs[2]) : nil
    let (results, features) = (w.shape[0], w.shape[1])
    let weights = Matrix(w, rows: results, columns: features)
    let limits = activation.limits
    step.shards.forEach({ _, rows in
      let first = rows.lowerBound
      BLAS.multiply(
        Matrix(x, offset: first * features, rows: rows.count, columns: features),
        weights.transposed,
        into: Matrix(y, offset: first * results, rows: rows.count, columns: results))
      FloatKernels.addBias(
        bias, to: Place(y, first * results), rows: rows.count, channels: results, limits: limits)
    })
  }

  /// `dw = dzᵀ · x`, `dbias = Σ dz`, `dx = dz · w`.
  public func backward(_ step: BackwardStep) {
    let (x, w, y, scratch) = (step.inputs[0], step.inputs[1], step.outputs[0], step.scratch)
    let dy = step.outputGradients[0]
    let (dx, dw) = (step.inputGradients[0], step.inputGradients[1])
    let dbias = step.inputGradients.count == 3 ? step.inputGradients[2] : nil
    let (results, features) = (w.shape[0], w.shape[1])
    let layout = layout(batch: x.shape[0], w.shape)
    let weights = Matrix(w, rows: results, columns: features)
    let (activation, limits) = (activation, activation.limits)
    step.shards.forEach({ shard, rows in
      let first = rows.lowerBound
      var dz = Matrix(dy, offset: first * results, rows: rows.count, columns: results)
      if activation != .none {
        let inside = Matrix(scratch, offset: dz.offset, rows: rows.count, columns: results)
        FloatKernels.clampGradient(
          Place(y, dz.offset), Place(dy, dz.offset), into: Place(scratch, inside.offset),
          count: rows.count * results, limits: limits)
        dz = inside
      }
      if dw != nil {
        let part = Matrix(
          scratch, offset: layout.weightParts + shard * results * features, rows: results,
          columns: features)
        BLAS.multiply(
          dz.transposed,
          Matrix(x, offset: first * features, rows: rows.count, columns: features), into: part)
      }
      if dbias != nil {
        FloatKernels.columnSums(
          Place(dz.view, dz.offset), into: Place(scratch, layout.biasParts + shard * results),
          rows: rows.count, channels: results)
      }
      if let dx {
        BLAS.multiply(
          dz, weights,
          into: Matrix(dx, offset: first * features, rows: rows.count, columns: features))
      }
    })
    if let dw {
      FloatKernels.sumParts(
        Place(scratch, layout.weightParts), parts: step.shards.count, count: results * features,
        into: Place(dw))
    }
    if let dbias {
      FloatKernels.sumParts(
        Place(scratch, layout.biasParts), parts: step.shards.count, count: results,
        into: Place(dbias))
    }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(macs: outputs[0].count * inputs[1][1], requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  /// One scale for all weights: the kernels that ESPHome pins misread a scale per channel.
  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    let inputs: [QuantizationRule.Input] = [
      .activation, .weightsPerTensor, .bias(activation: 0, weights: 1),
    ]
    return QuantizationRule(inputs: Array(inputs.prefix(inputCount)), result: .calibrated)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let shapes = node.inputTypes.map(\.shape)
    try checkResult(op: Self.name, node, try outputShapes(shapes, []))
    let prepared = try Int8Weights(
      op: Self.name, node, axis: 0, rule: .dense, activation: activation)
    let point = WindowAxis(input: 1, kernel: 1, stride: 1, dilation: 1, padding: .valid)
    return Int8Convolution(
      prepared, Window(height: point, width: point, channels: shapes[0][1]), batch: shapes[0][0],
      results: shapes[1][0])
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 4 is the first version with int8, 6 without a bias.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let version: Int32 = inputs.count == 2 ? 6 : inputs[0].element == .float32 ? 1 : 4
    return TFLiteFragment(
      .fullyConnected, version: version,
      options: .fullyConnected(activation: activation, keepDimensions: false),
      operands: inputs.indices.map { .input($0) })
  }

  /// `keepDimensions` is not kept: the input has rank 2 and the result is the same with it.
  public init(tflite: TFLiteSource) throws(GraphError) {
    guard case .fullyConnected(let activation, _) = tflite.options else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "FullyConnectedOptions",
        found: "\(tflite.options)")
    }
    self.init(activation: activation)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let bias: [ONNXOperand] = inputs.count == 3 ? [.input(2)] : []
    let node = ONNXNode(
      "Gemm", inputs: [.input(0), .input(1)] + bias, outputs: [.output(0)],
      attributes: ["transB": .int(1)])
    return activation.onnx(after: node)
  }
}
