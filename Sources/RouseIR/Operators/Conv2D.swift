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
    window.attributes + [("activation", activation.rawValue)]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      try ConvolutionWindow(attributes: attributes),
      activation: try attributes.choice("activation", Activation.self))
  }

  private var window: ConvolutionWindow {
    ConvolutionWindow(
      strideH: strideH, strideW: strideW, dilationH: dilationH, dilationW: dilationW,
      padding: padding)
  }

  private init(_ window: ConvolutionWindow, activation: Activation) {
    self.init(
      strideH: window.strideH, strideW: window.strideW, dilationH: window.dilationH,
      dilationW: window.dilationW, padding: window.padding, activation: activation)
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try checkWeightedInputs(op: Self.name, inputs, weightRank: 4)
    let (x, w) = (inputs[0], inputs[1])
    let geometry = try window.geometry(op: Self.name, x, kernelH: w[1], kernelW: w[2])
    guard x[3] == w[3] else {
      throw .mismatch(op: Self.name, what: "channels of w", expected: "\(x[3])", found: "\(w[3])")
    }
    try checkBias(op: Self.name, inputs, channels: w[0])
    return [[x[0], geometry.height.output, geometry.width.output, w[0]]]
  }

  private func geometry(_ x: Shape, _ w: Shape) -> ConvolutionGeometry {
    window.geometry(x, kernelH: w[1], kernelW: w[2])
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    try window.timeDependence(op: Self.name, inputs[0], kernelH: inputs[1][1])
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) { fatalError("pending") }
  public func backward(_ step: BackwardStep) { fatalError("pending") }
  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    fatalError("pending")
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
    fatalError("pending")
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
        "pads": .ints(geometry(inputs[0], w).onnxPads), "group": .int(1),
      ])
    return activation.onnx(after: node)
  }
}
