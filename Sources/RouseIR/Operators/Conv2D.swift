import RouseNumerics

/// `y[n, i, j, o] = activation(Σ_{u, v, c} x[n, i·strideH + u·dilationH, j·strideW + v·dilationW, c] · w[o, u, v, c]
/// + bias[o])`.
///
/// - Inputs: `x` `[n, height, width, channels]`, `w` `[out, kernelH, kernelW, channels]`, `bias` `[out]` (optional).
public struct Conv2D: TrainableOperator, DeployableOperator {
  public static let name = "conv_2d"
  public var strideH: Int
  public var strideW: Int
  public var dilationH: Int
  public var dilationW: Int
  public var padding: Padding
  public var activation: Activation

  public init(
    strideH: Int = 1, strideW: Int = 1, dilationH: Int = 1, dilationW: Int = 1,
    padding: Padding = .valid, activation: Activation = .none
  ) {
    self.strideH = strideH
    self.strideW = strideW
    self.dilationH = dilationH
    self.dilationW = dilationW
    self.padding = padding
    self.activation = activation
  }

  public var attributes: [(key: String, value: String)] {
    parameters.attributes + [("activation", activation.rawValue)]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      try ConvolutionWindow(attributes: attributes),
      activation: try attributes.choice("activation", Activation.self))
  }

  private var parameters: ConvolutionWindow {
    ConvolutionWindow(
      strideH: strideH, strideW: strideW, dilationH: dilationH, dilationW: dilationW,
      padding: padding)
  }

  private init(_ parameters: ConvolutionWindow, activation: Activation) {
    self.init(
      strideH: parameters.strideH, strideW: parameters.strideW, dilationH: parameters.dilationH,
      dilationW: parameters.dilationW, padding: parameters.padding, activation: activation)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try checkWeightedInputs(op: Self.name, inputs, weightRank: 4)
    let (x, w) = (inputs[0], inputs[1])
    let window = try parameters.window(op: Self.name, x, kernelH: w[1], kernelW: w[2])
    guard x[3] == w[3] else {
      throw .mismatch(op: Self.name, what: "channels of w", expected: "\(x[3])", found: "\(w[3])")
    }
    try checkBias(op: Self.name, inputs, channels: w[0])
    return [[x[0], window.height.output, window.width.output, w[0]]]
  }

  private func window(_ x: Shape, _ w: Shape) -> Window {
    parameters.window(x, kernelH: w[1], kernelW: w[2])
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    try parameters.timeDependence(op: Self.name, inputs[0], kernelH: inputs[1][1])
  }

  // MARK: - Float

  /// How one node lies in its scratch. Every shard writes its own part of each section.
  private struct Layout {
    let window: Window
    /// How the convolution is computed without patches; nil when it cannot be.
    let shifted: ShiftedProducts?
    let batch: Int
    let shards: Int
    let results: Int
    /// Elements of one row of patches: the inner extent of the matrix product.
    let inner: Int
    /// The patches of the whole batch, which backward needs again, or the shifted products; nothing when the input
    /// itself is the matrix.
    let patches: Int
    /// The gradient before the activation, with the dropped results of shifted products; nothing without either.
    let gradient: Int
    /// One gradient of weights and bias for each shard.
    let weightParts: Int
    let biasParts: Int
    let count: Int

    init(_ window: Window, batch: Int, shards: Int, results: Int, hasActivation: Bool) {
      self.window = window
      self.batch = batch
      self.shards = shards
      self.results = results
      inner = window.taps * window.channels
      shifted = ShiftedProducts(window, results: results)
      let positions = batch * window.positions
      patches = 0
      if let shifted {
        gradient = patches + shifted.count(batch: batch)
        weightParts = gradient + shifted.count(batch: batch)
      } else {
        gradient = patches + (window.isPointwise ? 0 : positions * inner)
        weightParts = gradient + (hasActivation ? positions * results : 0)
      }
      biasParts = weightParts + shards * results * inner
      count = biasParts + shards * results
    }

    /// The matrix `[positions of the rows, inner]` of a convolution's input.
    func matrix(_ x: FloatView, _ scratch: FloatView, _ rows: Range<Int>) -> Matrix {
      let first = rows.lowerBound * window.positions * inner
      return Matrix(
        window.isPointwise ? x : scratch, offset: window.isPointwise ? first : patches + first,
        rows: rows.count * window.positions, columns: inner)
    }

    /// The matrix `[positions of the rows, results]` of a convolution's result or its gradient.
    func matrix(of y: FloatView, _ rows: Range<Int>, from start: Int = 0) -> Matrix {
      Matrix(
        y, offset: start + rows.lowerBound * window.positions * results,
        rows: rows.count * window.positions, columns: results)
    }
  }

  private func layout(_ x: Shape, _ w: Shape, batch: Int) -> Layout {
    Layout(
      window(x, w), batch: batch, shards: Shards.count(batch: batch), results: w[0],
      hasActivation: activation != .none)
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    layout(inputs[0], inputs[1], batch: batch).count
  }

  /// One matrix product for each shard: `y = patches · wᵀ`.
  public func forward(_ step: ForwardStep) {
    let (x, w, y, scratch) = (step.inputs[0], step.inputs[1], step.outputs[0], step.scratch)
    let bias = step.inputs.count == 3 ? Place(step.inputs[2]) : nil
    let layout = layout(x.shape, w.shape, batch: x.shape[0])
    let window = layout.window
    let weights = Matrix(w, rows: layout.results, columns: layout.inner)
    let limits = activation.limits
    step.shards.forEach({ _, rows in
      if let shifted = layout.shifted {
        shifted.forward(
          x, w, bias: bias,
          products: Place(scratch, layout.patches + shifted.count(batch: rows.lowerBound)),
          into: y, rows, limits: limits)
        return
      }
      let matrix = layout.matrix(x, scratch, rows)
      if !window.isPointwise {
        FloatKernels.gatherPatches(
          Place(x, rows.lowerBound * window.imageCount), into: Place(scratch, matrix.offset),
          batch: rows.count, window)
      }
      let result = layout.matrix(of: y, rows)
      BLAS.multiply(matrix, weights.transposed, into: result)
      FloatKernels.addBias(
        bias, to: Place(y, result.offset), rows: result.rows, channels: result.columns,
        limits: limits)
    })
  }

  /// `dw = dzᵀ · patches`, `dbias = Σ dz`, `dx` = the patches `dz · w` added up where they overlap.
  public func backward(_ step: BackwardStep) {
    let (x, w, y, scratch) = (step.inputs[0], step.inputs[1], step.outputs[0], step.scratch)
    let dy = step.outputGradients[0]
    let (dx, dw) = (step.inputGradients[0], step.inputGradients[1])
    let dbias = step.inputGradients.count == 3 ? step.inputGradients[2] : nil
    let layout = layout(x.shape, w.shape, batch: x.shape[0])
    let window = layout.window
    let weights = Matrix(w, rows: layout.results, columns: layout.inner)
    let (activation, limits) = (activation, activation.limits)
    step.shards.forEach({ shard, rows in
      if let shifted = layout.shifted {
        let dz = Place(scratch, layout.gradient + shifted.count(batch: rows.lowerBound))
        shifted.gradient(y, dy, into: dz, rows, limits: limits)
        if dw != nil {
          let part = layout.weightParts + shard * layout.results * layout.inner
          shifted.weightGradient(dz, x, into: Place(scratch, part), rows)
        }
        if dbias != nil {
          let part = layout.biasParts + shard * layout.results
          shifted.biasGradient(dz, into: Place(scratch, part), rows)
        }
        if let dx { shifted.inputGradient(dz, w, into: dx, rows) }
        return
      }
      var dz = layout.matrix(of: dy, rows)
      if activation != .none {
        let inside = layout.matrix(of: scratch, rows, from: layout.gradient)
        FloatKernels.clampGradient(
          Place(y, dz.offset), Place(dy, dz.offset), into: Place(scratch, inside.offset),
          count: dz.rows * dz.columns, limits: limits)
        dz = inside
      }
      let matrix = layout.matrix(x, scratch, rows)
      if dw != nil {
        let part = Matrix(
          scratch, offset: layout.weightParts + shard * layout.results * layout.inner,
          rows: layout.results, columns: layout.inner)
        BLAS.multiply(dz.transposed, matrix, into: part)
      }
      if dbias != nil {
        FloatKernels.columnSums(
          Place(dz.view, dz.offset),
          into: Place(scratch, layout.biasParts + shard * layout.results),
          rows: dz.rows, channels: dz.columns)
      }
      guard let dx else { return }
      if window.isPointwise {
        let target = Matrix(dx, offset: matrix.offset, rows: matrix.rows, columns: matrix.columns)
        BLAS.multiply(dz, weights, into: target)
      } else {
        BLAS.multiply(dz, weights, into: matrix)
        FloatKernels.scatterPatches(
          Place(scratch, matrix.offset), into: Place(dx, rows.lowerBound * window.imageCount),
          batch: rows.count, window)
      }
    })
    if let dw {
      FloatKernels.sumParts(
        Place(scratch, layout.weightParts), parts: layout.shards, count: dw.count, into: Place(dw))
    }
    if let dbias {
      FloatKernels.sumParts(
        Place(scratch, layout.biasParts), parts: layout.shards, count: dbias.count,
        into: Place(dbias))
    }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let w = inputs[1]
    return Cost(
      macs: outputs[0].count * w[1] * w[2] * w[3], requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    let inputs: [QuantizationRule.Input] = [
      .activation, .weightsPerChannel(axis: 0), .bias(activation: 0, weights: 1),
    ]
    return QuantizationRule(inputs: Array(inputs.prefix(inputCount)), result: .calibrated)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let shapes = node.inputTypes.map(\.shape)
    try checkResult(op: Self.name, node, try outputShapes(shapes, []))
    let prepared = try Int8Weights(
      op: Self.name, node, axis: 0, rule: .convolution, activation: activation)
    return Int8Convolution(
      prepared, window(shapes[0], shapes[1]), batch: shapes[0][0], results: shapes[1][0])
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 3 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .conv2D, version: inputs[0].element == .float32 ? 1 : 3,
      options: .conv2D(
        padding: padding, strideH: Int32(strideH), strideW: Int32(strideW),
        dilationH: Int32(dilationH), dilationW: Int32(dilationW), activation: activation),
      operands: inputs.indices.map { .input($0) })
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    guard
      case .conv2D(
        let padding, let strideH, let strideW, let dilationH, let dilationW, let activation) =
        tflite.options
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "Conv2DOptions", found: "\(tflite.options)")
    }
    self.init(
      strideH: Int(strideH), strideW: Int(strideW), dilationH: Int(dilationH),
      dilationW: Int(dilationW), padding: padding, activation: activation)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let w = inputs[1]
    let bias: [ONNXOperand] = inputs.count == 3 ? [.input(2)] : []
    let node = ONNXNode(
      "Conv", inputs: [.input(0), .permutedInput(1, [0, 3, 1, 2])] + bias, outputs: [.output(0)],
      attributes: [
        "kernel_shape": .ints([Int64(w[1]), Int64(w[2])]),
        "strides": .ints([Int64(strideH), Int64(strideW)]),
        "dilations": .ints([Int64(dilationH), Int64(dilationW)]),
        "pads": .ints(window(inputs[0], w).onnxPads), "group": .int(1),
      ])
    return activation.onnx(after: node)
  }
}
