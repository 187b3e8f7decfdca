import RouseNumerics

/// Checks that several operators make in the same words.
extension Operator {
  static func requireInputs(_ expected: Int, _ found: [Shape]) throws(GraphError) {
    guard found.count == expected else {
      throw .wrongInputCount(op: name, expected: expected, found: found.count)
    }
  }

  static func requireEqual<Item: Equatable>(
    _ what: String, expected: Item, found: Item
  ) throws(GraphError) {
    guard expected == found else {
      throw .mismatch(op: name, what: what, expected: "\(expected)", found: "\(found)")
    }
  }

  /// An axis of a tensor of this rank.
  static func requireAxis(_ axis: Int, rank: Int) throws(GraphError) {
    guard axis >= 0, axis < rank else {
      throw .mismatch(
        op: name, what: "axis", expected: "0 or more and below the rank \(rank)", found: "\(axis)")
    }
  }

  /// The same axis counted from the front; a negative one counts from the end.
  static func positiveAxis(_ axis: Int, rank: Int) throws(GraphError) -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard positive >= 0, positive < rank else {
      throw .mismatch(
        op: name, what: "axis", expected: "\(-rank)..<\(rank)", found: "\(axis)")
    }
    return positive
  }
}

extension DeployableOperator {
  static func requireElement(
    _ type: TensorType, _ input: String, _ expected: ElementType...
  ) throws(GraphError) {
    guard expected.contains(type.element) else {
      throw .unsupportedType(
        op: name, input: input, expected: expected.map(\.rawValue).joined(separator: " or "),
        found: type.element.rawValue)
    }
  }

  /// - Throws: `notModelled` when operands and results are all int32, which TFLite Micro has a kernel for.
  static func requireNotAllInt32(_ node: Int8Node) throws(GraphError) {
    guard (node.inputTypes + node.outputTypes).allSatisfy({ $0.element == .int32 }) else { return }
    throw .notModelled(
      .mismatch(op: name, what: "type of operands and result", expected: "int8", found: "int32"))
  }

  /// The single scale and the zero point of an 8-bit type, checked so that arithmetic on them cannot trap.
  static func requireScale(
    _ type: TensorType, _ input: String
  ) throws(GraphError) -> (scale: Float, zeroPoint: Int32) {
    guard let quantization = type.quantization, quantization.axis == nil,
      let scale = quantization.scales.first, quantization.scales.count == 1
    else {
      throw .unsupportedType(
        op: name, input: input, expected: "one scale and zero point", found: "none")
    }
    guard scale.isFinite, scale > 0 else {
      throw .unsupportedType(
        op: name, input: input, expected: "a positive scale", found: "\(scale)")
    }
    let range: ClosedRange<Int32> = type.element == .uint8 ? 0...255 : -128...127
    guard range.contains(quantization.zeroPoint) else {
      throw .unsupportedType(
        op: name, input: input, expected: "a zero point in \(range)",
        found: "\(quantization.zeroPoint)")
    }
    return (scale, quantization.zeroPoint)
  }

  /// The single operand or result that an operator reads from a TFLite file.
  static func requireOperands(_ count: Int, _ source: TFLiteSource) throws(GraphError) {
    guard source.operandTypes.count == count, source.operandConstants.count == count else {
      throw .wrongInputCount(op: name, expected: count, found: source.operandTypes.count)
    }
  }

  /// An int32 constant operand of a TFLite operator.
  static func requireInts(
    _ source: TFLiteSource, _ index: Int, _ what: String
  ) throws(GraphError) -> [Int] {
    guard case .int32(let values)? = source.operandConstants[index] else {
      throw .mismatch(op: name, what: what, expected: "an int32 constant", found: "an activation")
    }
    return values.map(Int.init)
  }
}

extension StridedMove {
  /// The same move in bytes.
  func bytes(of element: ElementType) -> StridedMove {
    let size = element.bytes
    return StridedMove(
      source: source * size, sourceStride: sourceStride * size, target: target * size,
      targetStride: targetStride * size, length: length * size, count: count)
  }
}

extension Shape {
  /// The number of elements, or nil when a dimension is below 1 or the product passes `limit`.
  func checkedCount(limit: Int = Int(Int32.max)) -> Int? {
    var count = 1
    for dimension in dimensions {
      guard dimension >= 1, dimension <= limit / count else { return nil }
      count *= dimension
    }
    return count
  }

  /// Elements of one example: the product of all axes but the batch.
  var rowCount: Int { dimensions.dropFirst().reduce(1, *) }
}
