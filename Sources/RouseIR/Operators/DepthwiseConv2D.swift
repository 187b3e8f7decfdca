import RouseNumerics

/// `y[n, i, j, c·m + q] = activation(Σ_{u, v} x[n, i·strideH + u·dilationH, j·strideW + v·dilationW, c]
/// · w[0, u, v, c·m + q] + bias[c·m + q])`, `m` the depth multiplier.
///
/// - Inputs: `x` `[n, height, width, channels]`, `w` `[1, kernelH, kernelW, channels·m]`, `bias` `[channels·m]`
///   (optional).
public struct DepthwiseConv2D: TrainableOperator, DeployableOperator {
  public static let name = "depthwise_conv_2d"
  public var strideH: Int
  public var strideW: Int
  public var dilationH: Int
  public var dilationW: Int
  public var padding: Padding
  public var multiplier: Int
  public var activation: Activation

  public init(
    strideH: Int = 1, strideW: Int = 1, dilationH: Int = 1, dilationW: Int = 1,
    padding: Padding = .valid, multiplier: Int = 1, activation: Activation = .none
  ) {
    self.strideH = strideH
    self.strideW = strideW
    self.dilationH = dilationH
    self.dilationW = dilationW
    self.padding = padding
    self.multiplier = multiplier
    self.activation = activation
  }

  public var attributes: [(key: String, value: String)] {
    parameters.attributes + [("multiplier", "\(multiplier)"), ("activation", activation.rawValue)]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      try ConvolutionWindow(attributes: attributes), multiplier: try attributes.int("multiplier"),
      activation: try attributes.choice("activation", Activation.self))
  }

  private var parameters: ConvolutionWindow {
    ConvolutionWindow(
      strideH: strideH, strideW: strideW, dilationH: dilationH, dilationW: dilationW,
      padding: padding)
  }

  private init(_ parameters: ConvolutionWindow, multiplier: Int, activation: Activation) {
    self.init(
      strideH: parameters.strideH, strideW: parameters.strideW, dilationH: parameters.dilationH,
      dilationW: parameters.dilationW, padding: parameters.padding, multiplier: multiplier,
      activation: activation)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try checkWeightedInputs(op: Self.name, inputs, weightRank: 4)
    let (x, w) = (inputs[0], inputs[1])
    let window = try parameters.window(
      op: Self.name, x, kernelH: w[1], kernelW: w[2], multiplier: multiplier)
    guard w[0] == 1 else {
      throw .mismatch(op: Self.name, what: "axis 0 of w", expected: "1", found: "\(w[0])")
    }
    guard multiplier > 0, w[3] % x[3] == 0, w[3] / x[3] == multiplier else {
      throw .mismatch(
        op: Self.name, what: "channels of w", expected: "\(x[3]) x multiplier \(multiplier)",
        found: "\(w[3])")
    }
    try checkBias(op: Self.name, inputs, channels: w[3])
    return [[x[0], window.height.output, window.width.output, w[3]]]
  }

  func window(_ x: Shape, _ w: Shape) -> Window {
    parameters.window(x, kernelH: w[1], kernelW: w[2], multiplier: multiplier)
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    try parameters.timeDependence(op: Self.name, inputs[0], kernelH: inputs[1][1])
  }

  // MARK: - Float

  /// Sections of the scratch: the gradient before the activation (nothing without one), then one gradient of the
  /// weights and one of the bias for each shard.
  private func layout(
    batch: Int, _ w: Shape, _ y: Shape
  ) -> (weightParts: Int, biasParts: Int, count: Int) {
    let shards = Shards.count(batch: batch)
    let weightParts = activation == .none ? 0 : batch * y[1] * y[2] * y[3]
    let biasParts = weightParts + shards * w.count
    return (weightParts, biasParts, biasParts + shards * w[3])
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    layout(batch: batch, inputs[1], outputs[0]).count
  }

  public func forward(_ step: ForwardStep) {
    let (x, w, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let bias = step.inputs.count == 3 ? Place(step.inputs[2]) : nil
    let window = window(x.shape, w.shape)
    let results = window.positions * w.shape[3]
    let limits = activation.limits
    step.shards.forEach({ _, rows in
      FloatKernels.depthwise(
        Place(x, rows.lowerBound * window.imageCount), Place(w), bias: bias,
        into: Place(y, rows.lowerBound * results), batch: rows.count, window, limits: limits)
    })
  }

  public func backward(_ step: BackwardStep) {
    let (x, w, y, scratch) = (step.inputs[0], step.inputs[1], step.outputs[0], step.scratch)
    let dy = step.outputGradients[0]
    let (dx, dw) = (step.inputGradients[0], step.inputGradients[1])
    let dbias = step.inputGradients.count == 3 ? step.inputGradients[2] : nil
    let window = window(x.shape, w.shape)
    let (channels, weights) = (w.shape[3], w.count)
    let results = window.positions * channels
    let layout = layout(batch: x.shape[0], w.shape, y.shape)
    let (activation, limits) = (activation, activation.limits)
    step.shards.forEach({ shard, rows in
      var dz = Place(dy, rows.lowerBound * results)
      if activation != .none {
        let inside = Place(scratch, dz.offset)
        FloatKernels.clampGradient(
          Place(y, dz.offset), dz, into: inside, count: rows.count * results, limits: limits)
        dz = inside
      }
      let image = rows.lowerBound * window.imageCount
      if dw != nil {
        FloatKernels.depthwiseWeightGradient(
          Place(x, image), dz, into: Place(scratch, layout.weightParts + shard * weights),
          batch: rows.count, window)
      }
      if dbias != nil {
        FloatKernels.columnSums(
          dz, into: Place(scratch, layout.biasParts + shard * channels),
          rows: rows.count * window.positions, channels: channels)
      }
      if let dx {
        FloatKernels.depthwiseInputGradient(
          dz, Place(w), into: Place(dx, image), batch: rows.count, window)
      }
    })
    if let dw {
      FloatKernels.sumParts(
        Place(scratch, layout.weightParts), parts: step.shards.count, count: weights,
        into: Place(dw))
    }
    if let dbias {
      FloatKernels.sumParts(
        Place(scratch, layout.biasParts), parts: step.shards.count, count: channels,
        into: Place(dbias))
    }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let w = inputs[1]
    return Cost(macs: outputs[0].count * w[1] * w[2], requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    let inputs: [QuantizationRule.Input] = [
      .activation, .weightsPerChannel(axis: 3), .bias(activation: 0, weights: 1),
    ]
    return QuantizationRule(inputs: Array(inputs.prefix(inputCount)), result: .calibrated)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let shapes = node.inputTypes.map(\.shape)
    try checkResult(op: Self.name, node, try outputShapes(shapes, []))
    let prepared = try Int8Weights(
      op: Self.name, node, axis: 3, rule: .convolution, activation: activation)
    return Int8DepthwiseConvolution(
      prepared, window(shapes[0], shapes[1]), batch: shapes[0][0], results: shapes[1][3])
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with dilation, 3 with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    let floatVersion: Int32 = dilationH == 1 && dilationW == 1 ? 1 : 2
    return TFLiteFragment(
      .depthwiseConv2D, version: inputs[0].element == .float32 ? floatVersion : 3,
      options: .depthwiseConv2D(
        padding: padding, strideH: Int32(strideH), strideW: Int32(strideW),
        dilationH: Int32(dilationH), dilationW: Int32(dilationW), multiplier: Int32(multiplier),
        activation: activation),
      operands: inputs.indices.map { .input($0) })
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    guard
      case .depthwiseConv2D(
        let padding, let strideH, let strideW, let dilationH, let dilationW, let multiplier,
        let activation) = tflite.options
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "DepthwiseConv2DOptions",
        found: "\(tflite.options)")
    }
    self.init(
      strideH: Int(strideH), strideW: Int(strideW), dilationH: Int(dilationH),
      dilationW: Int(dilationW), padding: padding, multiplier: Int(multiplier),
      activation: activation)
  }

  // MARK: - ONNX

  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let (x, w) = (inputs[0], inputs[1])
    let bias: [ONNXOperand] = inputs.count == 3 ? [.input(2)] : []
    let node = ONNXNode(
      "Conv", inputs: [.input(0), .permutedInput(1, [3, 0, 1, 2])] + bias, outputs: [.output(0)],
      attributes: [
        "kernel_shape": .ints([Int64(w[1]), Int64(w[2])]),
        "strides": .ints([Int64(strideH), Int64(strideW)]),
        "dilations": .ints([Int64(dilationH), Int64(dilationW)]),
        "pads": .ints(window(x, w).onnxPads), "group": .int(Int64(x[3])),
      ])
    return activation.onnx(after: node)
  }
}
