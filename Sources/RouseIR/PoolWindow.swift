import RouseNumerics

/// The attributes that `AveragePool2D` and `MaxPool2D` share: `filter=2x1 stride=2x1 padding=same activation=none`.
struct PoolWindow: Hashable, Sendable {
  var filterH: Int
  var filterW: Int
  var strideH: Int
  var strideW: Int
  var padding: Padding
  var activation: Activation

  var attributes: [(key: String, value: String)] {
    [
      ("filter", "\(filterH)x\(filterW)"), ("stride", "\(strideH)x\(strideW)"),
      ("padding", padding.rawValue), ("activation", activation.rawValue),
    ]
  }

  init(
    filterH: Int, filterW: Int, strideH: Int, strideW: Int, padding: Padding,
    activation: Activation
  ) {
    self.filterH = filterH
    self.filterW = filterW
    self.strideH = strideH
    self.strideW = strideW
    self.padding = padding
    self.activation = activation
  }

  init(attributes: AttributeReader) throws(GraphError) {
    let filter = try attributes.ints("filter")
    let stride = try attributes.ints("stride")
    for (key, pair) in [("filter", filter), ("stride", stride)] {
      guard pair.count == 2, pair.allSatisfy(ConvolutionWindow.allowed.contains) else {
        throw .text(
          line: attributes.line,
          expected: "two integers in \(ConvolutionWindow.allowed) for `\(key)`, as 3x1",
          found: pair.map(String.init).joined(separator: "x"))
      }
    }
    self.init(
      filterH: filter[0], filterW: filter[1], strideH: stride[0], strideW: stride[1],
      padding: try attributes.choice("padding", Padding.self),
      activation: try attributes.choice("activation", Activation.self))
  }

  init(op: String, _ options: TFLiteOptions) throws(GraphError) {
    guard
      case .pool2D(
        let padding, let strideH, let strideW, let filterH, let filterW, let activation) = options
    else {
      throw .mismatch(op: op, what: "options", expected: "Pool2DOptions", found: "\(options)")
    }
    self.init(
      filterH: Int(filterH), filterW: Int(filterW), strideH: Int(strideH), strideW: Int(strideW),
      padding: padding, activation: activation)
  }

  var options: TFLiteOptions {
    .pool2D(
      padding: padding, strideH: Int32(strideH), strideW: Int32(strideW), filterH: Int32(filterH),
      filterW: Int32(filterW), activation: activation)
  }

  private var strides: ConvolutionWindow {
    ConvolutionWindow(
      strideH: strideH, strideW: strideW, dilationH: 1, dilationW: 1, padding: padding)
  }

  // MARK: - Shape

  func outputShape(op: String, _ x: Shape) throws(GraphError) -> Shape {
    for (what, extent) in [("filter height", filterH), ("filter width", filterW)] {
      guard ConvolutionWindow.allowed.contains(extent) else {
        throw .mismatch(
          op: op, what: what, expected: "\(ConvolutionWindow.allowed)", found: "\(extent)")
      }
    }
    let window = try strides.window(op: op, x, kernelH: filterH, kernelW: filterW)
    return [x[0], window.height.output, window.width.output, x[3]]
  }

  /// The same for a shape that has already been checked.
  func window(_ x: Shape) -> Window { strides.window(x, kernelH: filterH, kernelW: filterW) }

  func timeDependence(op: String, _ x: Shape) throws(GraphError) -> TimeDependence {
    try strides.timeDependence(op: op, x, kernelH: filterH)
  }

  // MARK: - Int8

  /// - Throws: what TFLite Micro refuses: types other than int8, scales that differ by more than 1e-6, zero points that
  ///   differ.
  /// - Source: TFLite Micro `PoolingPrepare`.
  func int8Kernel(
    _ node: Int8Node, _ function: Int8PoolKernel.Function, op: any DeployableOperator.Type
  ) throws(GraphError) -> any Int8Kernel {
    let shape = node.inputTypes[0].shape
    try checkResult(op: op.name, node, [try outputShape(op: op.name, shape)])
    let x = try op.requireInt8(node.inputTypes[0], "x")
    let y = try op.requireInt8(node.outputTypes[0], "result")
    guard abs(Double(x.scale) - Double(y.scale)) <= 1e-6 else {
      throw .mismatch(
        op: op.name, what: "scale of the result", expected: "\(x.scale) within 1e-6",
        found: "\(y.scale)")
    }
    try op.requireEqual("zero point of the result", expected: x.zeroPoint, found: y.zeroPoint)
    return Int8PoolKernel(
      node, window(shape), batch: shape[0], function, range: try op.int8Range(activation, y))
  }

  // MARK: - ONNX

  func onnx(_ opType: String, _ x: Shape, _ more: [String: ONNXAttribute] = [:]) -> ONNXFragment {
    let node = ONNXNode(
      opType, inputs: [.input(0)], outputs: [.output(0)],
      attributes: [
        "kernel_shape": .ints([Int64(filterH), Int64(filterW)]),
        "strides": .ints([Int64(strideH), Int64(strideW)]), "pads": .ints(window(x).onnxPads),
      ].merging(more) { $1 })
    return activation.onnx(after: node)
  }
}

extension Window {
  /// Calls `body` with the first channel's index of every input position under the window of result `(i, j)`.
  @inline(__always)
  func forEachTap(_ i: Int, _ j: Int, _ body: (_ x: Int) -> Void) {
    for u in height.taps(i) {
      let row = (height.start(i) + u * height.dilation) * width.input
      for v in width.taps(j) {
        body((row + width.start(j) + v * width.dilation) * channels)
      }
    }
  }

  /// How many input positions the window of result `(i, j)` covers: padded taps do not count.
  func coverage(_ i: Int, _ j: Int) -> Int { height.taps(i).count * width.taps(j).count }

  /// Calls `body` for every window of the images in `rows`: the first element of the image, the window's place, and the
  /// first of its results.
  @inline(__always)
  func forEachResult(
    _ rows: Range<Int>, _ body: (_ image: Int, _ i: Int, _ j: Int, _ result: Int) -> Void
  ) {
    var result = rows.lowerBound * positions * channels
    for image in rows {
      for i in 0..<height.output {
        for j in 0..<width.output {
          body(image * imageCount, i, j, result)
          result += channels
        }
      }
    }
  }
}
