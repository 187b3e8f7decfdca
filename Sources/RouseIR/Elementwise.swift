import RouseNumerics

extension Operator {
  /// Result rows of an elementwise operator are made of the same rows of its operands; one without a time axis serves all.
  static func elementwiseTime(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard outputs[0].rank > 2 else { return .timeless }
    let extra = inputs.map { outputs[0].rank - $0.rank }
    for (shape, missing) in zip(inputs, extra) where missing < 2 {
      guard shape[1 - missing] == outputs[0][1] else {
        throw .cannotStream(node: name, reason: "it repeats one row along time")
      }
    }
    return .sameRow
  }
}

extension DeployableOperator {
  /// The scale and zero point of an int8 operand or result.
  static func requireInt8(
    _ type: TensorType, _ input: String
  ) throws(GraphError) -> Quantization {
    try requireElement(type, input, .int8)
    let (scale, zeroPoint) = try requireScale(type, input)
    return Quantization(scale: scale, zeroPoint: zeroPoint)
  }

  /// The quantized results that a fused activation allows.
  static func int8Range(
    _ activation: Activation, _ type: Quantization
  ) throws(GraphError) -> ClosedRange<Int32> {
    guard let range = activation.int8Range(type) else {
      throw .unsupportedType(
        op: name, input: "result", expected: "a scale that can hold the bounds of \(activation)",
        found: "\(type.scale)")
    }
    return range
  }
}

extension Activation {
  /// `opType(a, b)` with this activation behind it.
  ///
  /// ONNX aligns axes at the end, as the IR does, but rank 4 is channel-first there: an operand of fewer dimensions is
  /// given four before its axes are rearranged.
  func onnx(broadcasting opType: String, _ inputs: [Shape], _ result: Shape) -> ONNXFragment {
    var nodes: [ONNXNode] = []
    let operands = inputs.enumerated().map { index, shape -> ONNXOperand in
      guard result.rank == 4, shape.rank < 4 else { return .input(index) }
      let ones = [Int64](repeating: 1, count: 4 - shape.rank)
      let (image, rearranged) = (ONNXOperand.local("image\(index)"), ONNXOperand.local("b\(index)"))
      nodes.append(
        ONNXNode(
          "Reshape", inputs: [.input(index), .int64s(ones + shape.dimensions.map(Int64.init))],
          outputs: [image]))
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [image], outputs: [rearranged],
          attributes: ["perm": .ints([0, 3, 1, 2])]))
      return rearranged
    }
    let last = onnx(after: ONNXNode(opType, inputs: operands, outputs: [.output(0)]))
    return ONNXFragment(nodes + last.nodes)
  }
}
