import RouseNumerics

/// The window attributes that `Conv2D` and `DepthwiseConv2D` share, and the shape rules that follow from them.
struct ConvolutionWindow: Hashable, Sendable {
  var strideH: Int
  var strideW: Int
  var dilationH: Int
  var dilationW: Int
  var padding: Padding

  /// Strides and dilations are `1...65535`: far above any use, and extents computed from them cannot overflow.
  static let allowed = 1...65535

  init(strideH: Int, strideW: Int, dilationH: Int, dilationW: Int, padding: Padding) {
    self.strideH = strideH
    self.strideW = strideW
    self.dilationH = dilationH
    self.dilationW = dilationW
    self.padding = padding
  }

  /// `stride=3x1 dilation=1x1 padding=valid`, height first.
  var attributes: [(key: String, value: String)] {
    [
      ("stride", "\(strideH)x\(strideW)"), ("dilation", "\(dilationH)x\(dilationW)"),
      ("padding", padding.rawValue),
    ]
  }

  init(attributes: AttributeReader) throws(GraphError) {
    let stride = try attributes.ints("stride")
    let dilation = try attributes.ints("dilation")
    for (key, pair) in [("stride", stride), ("dilation", dilation)] {
      guard pair.count == 2, pair.allSatisfy(Self.allowed.contains) else {
        throw .text(
          line: attributes.line, expected: "two integers in \(Self.allowed) for `\(key)`, as 3x1",
          found: pair.map(String.init).joined(separator: "x"))
      }
    }
    self.init(
      strideH: stride[0], strideW: stride[1], dilationH: dilation[0], dilationW: dilation[1],
      padding: try attributes.choice("padding", Padding.self))
  }

  /// How the windows lie on `x` `[n, height, width, channels]` for a kernel of the given extents.
  ///
  /// - Throws: `GraphError` when `x` has another rank or no whole window fits.
  func window(
    op: String, _ x: Shape, kernelH: Int, kernelW: Int, multiplier: Int = 1
  ) throws(GraphError) -> Window {
    guard x.rank == 4 else { throw .wrongRank(op: op, input: "x", expected: 4, found: x) }
    for (what, value) in [
      ("stride height", strideH), ("stride width", strideW), ("dilation height", dilationH),
      ("dilation width", dilationW),
    ] {
      guard Self.allowed.contains(value) else {
        throw .mismatch(op: op, what: what, expected: "\(Self.allowed)", found: "\(value)")
      }
    }
    let window = self.window(x, kernelH: kernelH, kernelW: kernelW, multiplier: multiplier)
    for (what, axis) in [("height", window.height), ("width", window.width)] {
      guard axis.output > 0 else {
        throw .mismatch(
          op: op, what: "input \(what)", expected: "at least \(axis.span)", found: "\(axis.input)")
      }
    }
    return window
  }

  /// The same for shapes that have already been checked.
  func window(_ x: Shape, kernelH: Int, kernelW: Int, multiplier: Int = 1) -> Window {
    Window(
      height: WindowAxis(
        input: x[1], kernel: kernelH, stride: strideH, dilation: dilationH, padding: padding),
      width: WindowAxis(
        input: x[2], kernel: kernelW, stride: strideW, dilation: dilationW, padding: padding),
      channels: x[3], multiplier: multiplier)
  }
}

extension WindowAxis {
  /// TensorFlow's padding rule: `valid` keeps whole windows, `same` gives ⌈input / stride⌉ results with the odd
  /// padding element behind.
  ///
  /// - Source: TensorFlow Lite `kernels/padding.h`, `ComputeOutSize` and `ComputePaddingHeightWidth`.
  init(input: Int, kernel: Int, stride: Int, dilation: Int, padding: Padding) {
    let span = (kernel - 1) * dilation + 1
    var output = input >= span ? (input - span) / stride + 1 : 0
    var total = 0
    if padding == .same {
      output = (input + stride - 1) / stride
      total = max((output - 1) * stride + span - input, 0)
    }
    self.init(
      input: input, output: output, kernel: kernel, stride: stride, dilation: dilation,
      before: total / 2, after: total - total / 2)
  }
}

extension Window {
  /// True when each result depends on one input position, and the other way round.
  var isPointwise: Bool {
    height.kernel == 1 && width.kernel == 1 && height.stride == 1 && width.stride == 1
  }

  /// ONNX `pads`: begin of each axis, then end of each axis.
  var onnxPads: [Int64] {
    [height.before, width.before, height.after, width.after].map(Int64.init)
  }
}

extension Activation {
  /// The range of results.
  var limits: ClosedRange<Float> {
    switch self {
    case .none: .unlimited
    case .relu: 0...Float.infinity
    case .relu6: 0...6
    case .reluN1To1: -1...1
    }
  }

  /// `last` with this activation behind it, as ONNX nodes.
  func onnx(after last: ONNXNode) -> ONNXFragment {
    guard self != .none else { return ONNXFragment([last]) }
    var linear = last
    let inside = ONNXOperand.local("linear")
    linear.outputs = [inside]
    if self == .relu {
      return ONNXFragment([linear, ONNXNode("Relu", inputs: [inside], outputs: last.outputs)])
    }
    let low = ONNXOperand.local("low")
    let high = ONNXOperand.local("high")
    return ONNXFragment([
      linear,
      ONNXNode(
        "Constant", inputs: [], outputs: [low],
        attributes: ["value_float": .float(limits.lowerBound)]),
      ONNXNode(
        "Constant", inputs: [], outputs: [high],
        attributes: ["value_float": .float(limits.upperBound)]),
      ONNXNode("Clip", inputs: [inside, low, high], outputs: last.outputs),
    ])
  }
}

/// Checks that an operator has two inputs, or three with a `bias` of `[channels]`.
func checkWeightedInputs(
  op: String, _ inputs: [Shape], weightRank: Int
) throws(GraphError) {
  guard inputs.count == 2 || inputs.count == 3 else {
    throw .wrongInputCount(op: op, expected: 3, found: inputs.count)
  }
  guard inputs[1].rank == weightRank else {
    throw .wrongRank(op: op, input: "w", expected: weightRank, found: inputs[1])
  }
  for (name, shape) in zip(["x", "w", "bias"], inputs) {
    guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw .mismatch(op: op, what: name, expected: "extents of at least 1", found: "\(shape)")
    }
  }
}

/// Checks the optional bias of an operator with `channels` results.
func checkBias(op: String, _ inputs: [Shape], channels: Int) throws(GraphError) {
  guard inputs.count == 3 else { return }
  guard inputs[2] == [channels] else {
    throw .mismatch(op: op, what: "bias", expected: "[\(channels)]", found: "\(inputs[2])")
  }
}

/// Checks that a node's declared result has the inferred shape.
func checkResult(op: String, _ node: Int8Node, _ shapes: [Shape]) throws(GraphError) {
  guard node.outputTypes.map(\.shape) == shapes else {
    throw .mismatch(
      op: op, what: "result", expected: shapes.map(\.description).joined(separator: ", "),
      found: node.outputTypes.map(\.shape.description).joined(separator: ", "))
  }
}
