import RouseNumerics

/// `y[n, o] = activation(Σ_i x[n, i] · w[o, i] + bias[o])`.
///
/// - Inputs: `x` of `n · in` elements in any shape, `w` `[out, in]`, `bias` `[out]` (optional).
/// - Result: `[n, out]`, or with `keepDimensions` the shape of `x` with `out` in place of the last extent.
public struct FullyConnected: TrainableOperator, DeployableOperator {
  public static let name = "fully_connected"
  public var activation: Activation
  public var keepDimensions: Bool

  public init(activation: Activation = .none, keepDimensions: Bool = false) {
    self.activation = activation
    self.keepDimensions = keepDimensions
  }

  public var attributes: [(key: String, value: String)] {
    [("activation", activation.rawValue)] + (keepDimensions ? [("keepDimensions", "true")] : [])
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      activation: try attributes.choice("activation", Activation.self),
      keepDimensions: try attributes.flag("keepDimensions"))
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try checkWeightedInputs(op: Self.name, inputs, weightRank: 2)
    let (x, w) = (inputs[0], inputs[1])
    guard x.rank >= 1 else { throw .wrongRank(op: Self.name, input: "x", expected: 1, found: x) }
    let last = x[x.rank - 1]
    guard keepDimensions ? last == w[1] : x.count % w[1] == 0 else {
      throw .mismatch(op: Self.name, what: "features of w", expected: "\(last)", found: "\(w[1])")
    }
    try checkBias(op: Self.name, inputs, channels: w[0])
    if keepDimensions { return [Shape(x.dimensions.dropLast() + [w[0]])] }
    return [[x.count / w[1], w[0]]]
  }

  /// True when each example makes rows of its own.
  func keepsBatch(_ x: Shape, _ w: Shape) -> Bool {
    x.rank >= 2 && (keepDimensions || x.rowCount == w[1])
  }

  /// Results rows that one row of axis 0 makes.
  private func perExample(_ x: Shape, _ w: Shape) -> Int { max(1, x.rowCount / w[1]) }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    return keepDimensions ? .sameRow : .allRows
  }

  // MARK: - Float

  /// Sections of the scratch: the gradient before the activation (nothing without one), then one gradient of the
  /// weights and one of the bias for each shard.
  private func layout(
    batch: Int, _ perExample: Int, _ w: Shape
  ) -> (weightParts: Int, biasParts: Int, count: Int) {
    let shards = Shards.count(batch: batch)
    let weightParts = activation == .none ? 0 : batch * perExample * w[0]
    let biasParts = weightParts + shards * w.count
    return (weightParts, biasParts, biasParts + shards * w[0])
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    layout(batch: batch, perExample(inputs[0], inputs[1]), inputs[1]).count
  }

  public func forward(_ step: ForwardStep) {
    let (x, w, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let bias = step.inputs.count == 3 ? Place(step.inputs[2]) : nil
    let (results, features) = (w.shape[0], w.shape[1])
    let weights = Matrix(w, rows: results, columns: features)
    let limits = activation.limits
    let perExample = perExample(x.shape, w.shape)
    step.shards.forEach({ _, examples in
      let rows = examples.lowerBound * perExample..<examples.upperBound * perExample
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
    let perExample = perExample(x.shape, w.shape)
    let layout = layout(batch: x.shape[0], perExample, w.shape)
    let weights = Matrix(w, rows: results, columns: features)
    let (activation, limits) = (activation, activation.limits)
    step.shards.forEach({ shard, examples in
      let rows = examples.lowerBound * perExample..<examples.upperBound * perExample
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
      prepared, Window(height: point, width: point, channels: shapes[1][1]),
      batch: shapes[0].count / shapes[1][1], results: shapes[1][0])
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 4 is the first version with int8, 6 without a bias.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let version: Int32 = inputs.count == 2 ? 6 : inputs[0].element == .float32 ? 1 : 4
    return TFLiteFragment(
      .fullyConnected, version: version,
      options: .fullyConnected(activation: activation, keepDimensions: keepDimensions),
      operands: inputs.indices.map { .input($0) })
  }

  /// Whether dimensions stay is decided by the result, as in TFLite Micro, which does not read the option.
  public init(tflite: TFLiteSource) throws(GraphError) {
    guard case .fullyConnected(let activation, _) = tflite.options,
      let result = tflite.resultTypes.first?.shape, let x = tflite.operandTypes.first?.shape
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "FullyConnectedOptions",
        found: "\(tflite.options)")
    }
    self.init(
      activation: activation,
      keepDimensions: x.rank != 2 && result.rank == x.rank
        && result.dimensions.dropLast() == x.dimensions.dropLast())
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let bias: [ONNXOperand] = inputs.count == 3 ? [.input(2)] : []
    func gemm(_ x: ONNXOperand, _ result: ONNXOperand) -> ONNXNode {
      ONNXNode(
        "Gemm", inputs: [x, .input(1)] + bias, outputs: [result], attributes: ["transB": .int(1)])
    }
    let (x, result) = (inputs[0], outputs[0])
    if x.rank == 2, x[1] == inputs[1][1] {
      return activation.onnx(after: gemm(.input(0), .output(0)))
    }

    // Gemm takes two dimensions; those of an image are rearranged around it, other rows are cut anew.
    var nodes: [ONNXNode] = []
    var source = ONNXOperand.input(0)
    if x.rank == 4 {
      source = .local("channels_last")
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [.input(0)], outputs: [source],
          attributes: ["perm": .ints([0, 2, 3, 1])]))
    }
    nodes.append(
      ONNXNode(
        "Reshape", inputs: [source, .int64s([-1, Int64(inputs[1][1])])], outputs: [.local("rows")]))
    if !keepDimensions {
      return ONNXFragment(
        nodes + activation.onnx(after: gemm(.local("rows"), .output(0))).nodes)
    }
    nodes.append(gemm(.local("rows"), .local("product")))
    var last = ONNXNode(
      "Reshape", inputs: [.local("product"), .int64s(result.dimensions.map(Int64.init))],
      outputs: [.output(0)])
    if result.rank == 4 {
      last.outputs = [.local("image")]
      nodes.append(last)
      last = ONNXNode(
        "Transpose", inputs: [.local("image")], outputs: [.output(0)],
        attributes: ["perm": .ints([0, 3, 1, 2])])
    }
    return ONNXFragment(nodes + activation.onnx(after: last).nodes)
  }
}
