import RouseNumerics

/// Shapes that meet in an operator of two operands: axes are aligned at the end, an extent of 1 is repeated.
enum ONNXBroadcast {
  /// The shape of the result; nil when the two do not fit.
  static func shape(_ a: Shape, _ b: Shape) -> [Int]? {
    let rank = max(a.rank, b.rank)
    var result: [Int] = []
    for axis in 0..<rank {
      let (p, q) = (extent(a, axis, rank), extent(b, axis, rank))
      guard p == q || p == 1 || q == 1 else { return nil }
      result.append(p == 1 ? q : p)
    }
    return result
  }

  /// The operand's values repeated as `result` repeats them. One with as many elements has them in the same order.
  static func spread<Number>(_ values: [Number], _ operand: Shape, in result: Shape) -> [Number] {
    if operand.count == result.count { return values }
    if operand.count == 1 { return [Number](repeating: values[0], count: result.count) }
    return places(operand, in: result).map { values[$0] }
  }

  /// For each element of `result` the element of `operand` that it is made of.
  static func places(_ operand: Shape, in result: Shape) -> [Int] {
    var places = [0]
    var step = operand.count
    for axis in 0..<result.rank {
      let extent = extent(operand, axis, result.rank)
      step /= max(extent, 1)
      places = places.flatMap { place in
        (0..<result[axis]).map { extent == 1 ? place : place + $0 * step }
      }
    }
    return places
  }

  private static func extent(_ shape: Shape, _ axis: Int, _ rank: Int) -> Int {
    axis < rank - shape.rank ? 1 : shape[axis - (rank - shape.rank)]
  }
}

/// Operators of `ONNXInterpreter` that work element by element, on integers too.
extension ONNXStep {
  /// `a + b`, `a − b`, `a · b` or `a / b`, by the name of the operator.
  ///
  /// - Rounding: float32 to nearest; integers wrap, their quotients are cut off towards zero.
  func arithmetic() throws(FormatError) -> Value {
    let (a, b) = (try input(0), try input(1))
    guard let extents = ONNXBroadcast.shape(a.shape, b.shape) else {
      throw broken("shapes that fit", "\(a.shape), \(b.shape)")
    }
    let shape = try checked(extents)
    func spread<Number>(_ x: [Number], _ y: [Number]) -> Zip2Sequence<[Number], [Number]> {
      zip(
        ONNXBroadcast.spread(x, a.shape, in: shape), ONNXBroadcast.spread(y, b.shape, in: shape))
    }
    switch (a.data, b.data) {
    case (.float32(let x), .float32(let y)):
      let pairs = spread(x, y)
      let values: [Float] =
        switch node.opType {
        case "Add": pairs.map { $0 + $1 }
        case "Sub": pairs.map { $0 - $1 }
        case "Mul": pairs.map { $0 * $1 }
        default: pairs.map { $0 / $1 }
        }
      return result(shape, .float32(values))
    case (.int32(let x), .int32(let y)):
      return result(shape, .int32(try integers(spread(x, y), divisors: y)))
    case (.int64(let x), .int64(let y)):
      return result(shape, .int64(try integers(spread(x, y), divisors: y)))
    default: throw broken("two of float32, int32 or int64", "\(a.data.element), \(b.data.element)")
    }
  }

  private func integers<Number: FixedWidthInteger>(
    _ pairs: Zip2Sequence<[Number], [Number]>, divisors: [Number]
  ) throws(FormatError) -> [Number] {
    switch node.opType {
    case "Add": return pairs.map { $0 &+ $1 }
    case "Sub": return pairs.map { $0 &- $1 }
    case "Mul": return pairs.map { $0 &* $1 }
    default:
      guard !divisors.contains(0) else { throw broken("divisors other than 0", "0") }
      return pairs.map { $0.dividedReportingOverflow(by: $1).partialValue }
    }
  }

  /// `|x|`; the lowest int64 stays as it is.
  func abs() throws(FormatError) -> Value {
    let x = try input(0)
    guard case .int64(let values) = x.data else { throw broken("int64", "\(x.data.element)") }
    return result(x.shape, .int64(values.map { $0 < 0 ? 0 &- $0 : $0 }))
  }

  /// −1, 0 or 1.
  func sign() throws(FormatError) -> Value {
    let x = try input(0)
    guard case .int64(let values) = x.data else { throw broken("int64", "\(x.data.element)") }
    return result(x.shape, .int64(values.map { $0.signum() }))
  }

  /// `min(max(x, low), high)`; the bounds are optional scalars of the type of `x`.
  func clip() throws(FormatError) -> Value {
    let x = try input(0)
    guard case .int64(let values) = x.data else {
      let (shape, x) = try floats(0)
      let low = try vector(1, count: 1)?[0] ?? -.infinity
      let high = try vector(2, count: 1)?[0] ?? .infinity
      return result(shape, .float32(x.map { min(max($0, low), high) }))
    }
    func bound(_ index: Int, _ fallback: Int64) throws(FormatError) -> Int64 {
      guard let value = optional(index) else { return fallback }
      guard case .int64(let bounds) = value.data, bounds.count == 1 else {
        throw broken("one int64 in operand \(index)", "\(value.data.element) \(value.shape)")
      }
      return bounds[0]
    }
    let (low, high) = (try bound(1, .min), try bound(2, .max))
    return result(x.shape, .int64(values.map { min(max($0, low), high) }))
  }

  /// Integers as integers of another width, cut off to it.
  func cast() throws(FormatError) -> Value {
    let x = try input(0)
    let wide: [Int64]
    switch x.data {
    case .int8(let values): wide = values.map { Int64($0) }
    case .uint8(let values): wide = values.map { Int64($0) }
    case .int32(let values): wide = values.map { Int64($0) }
    case .int64(let values): wide = values
    case .float32: throw broken("integers", "float32")
    }
    switch ONNXModel.Element(rawValue: Int32(clamping: try integer("to", default: 0))) {
    case .int8: return result(x.shape, .int8(wide.map { Int8(truncatingIfNeeded: $0) }))
    case .uint8: return result(x.shape, .uint8(wide.map { UInt8(truncatingIfNeeded: $0) }))
    case .int32: return result(x.shape, .int32(wide.map { Int32(truncatingIfNeeded: $0) }))
    case .int64: return result(x.shape, .int64(wide))
    case .float32, nil: throw broken("integers as the result", "another type")
    }
  }
}
