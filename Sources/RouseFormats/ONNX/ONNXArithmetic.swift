import Glibc
import RouseNumerics

/// Sums of products and float functions of `ONNXInterpreter`: double sums, rounded to float32 once.
extension ONNXStep {
  // MARK: - Convolution

  /// `y[n, o, i, j] = b[o] + Σ_{c, u, v} x[n, g·C + c, i·s₀ + u·d₀ − p₀, j·s₁ + v·d₁ − p₁] · w[o, c, u, v]`, zero outside.
  ///
  /// - Shapes: `x` `[n, groups·C, h, w]`, `w` `[out, C, kh, kw]`, `b` `[out]`; `pads` are `[top, left, bottom, right]`.
  func conv() throws(FormatError) -> Value {
    let (xShape, x) = try floats(0)
    let (wShape, w) = try floats(1)
    let geometry = try convolution(xShape, wShape)
    let bias = try vector(2, count: wShape[0])
    let sums = geometry.sums(
      x.map { Double($0) }, weights ?? w.map { Double($0) }, bias?.map { Double($0) })
    return result(geometry.result, .float32(sums.map { Float($0) }))
  }

  /// The same sum of `(x − x zero point) · (w − w zero point)` in int32, without a bias.
  ///
  /// Products of 9 bits and fewer than 2^24 of them are exact in double.
  func convInteger() throws(FormatError) -> Value {
    let (xShape, x) = try shifted(0, zeroPoint: 2)
    let (wShape, w) = try integerWeights()
    let geometry = try convolution(xShape, wShape)
    return result(geometry.result, .int32(Self.wrapped(geometry.sums(x, w, nil))))
  }

  private func convolution(_ x: Shape, _ w: Shape) throws(FormatError) -> ONNXConvolution {
    guard x.rank == 4, w.rank == 4 else { throw broken("rank 4 for x and w", "\(x), \(w)") }
    let kernel = try integers("kernel_shape", default: [w[2], w[3]])
    guard kernel == [w[2], w[3]] else { throw broken("\(w)", "\(kernel)") }
    let groups = try integer("group", default: 1)
    guard groups > 0, w[0] % groups == 0, x[1].isMultiple(of: groups), x[1] / groups == w[1]
    else { throw broken("\(x[1]) channels in \(groups) groups of \(w[1])", "\(w)") }
    let window = try window(x, kernel)
    return ONNXConvolution(
      x: x, w: w, groups: groups, window: window,
      result: try checked([x[0], w[0]] + window.extents))
  }

  // MARK: - Matrices

  /// `y = alpha · A · B + beta · C`, `A` and `B` transposed when asked; `C` is `[n]`.
  func gemm() throws(FormatError) -> Value {
    var (aShape, a) = try floats(0)
    var (bShape, b) = try floats(1)
    guard aShape.rank == 2, bShape.rank == 2 else {
      throw broken("matrices", "\(aShape), \(bShape)")
    }
    if try integer("transA", default: 0) != 0 {
      (aShape, a) = ([aShape[1], aShape[0]], a.permuted(aShape, [1, 0]))
    }
    if try integer("transB", default: 0) != 0 {
      (bShape, b) = ([bShape[1], bShape[0]], b.permuted(bShape, [1, 0]))
    }
    let (shape, sums) = try product(aShape, a.map { Double($0) }, bShape, b.map { Double($0) })
    let bias = try vector(2, count: shape[1])
    let (alpha, beta) = (
      Double(try float("alpha", default: 1)), Double(try float("beta", default: 1))
    )
    let y = sums.enumerated().map { index, sum in
      Float(alpha * sum + beta * Double(bias?[index % shape[1]] ?? 0))
    }
    return result(shape, .float32(y))
  }

  /// `y = A · B` of two matrices.
  func matMul() throws(FormatError) -> Value {
    let (aShape, a) = try floats(0)
    let (bShape, b) = try floats(1)
    let (shape, sums) = try product(
      aShape, a.map { Double($0) }, bShape, weights ?? b.map { Double($0) })
    return result(shape, .float32(sums.map { Float($0) }))
  }

  /// `y = (A − zero point) · (B − zero point)` of two matrices, in int32.
  func matMulInteger() throws(FormatError) -> Value {
    let (aShape, a) = try shifted(0, zeroPoint: 2)
    let (bShape, b) = try integerWeights()
    let (shape, sums) = try product(aShape, a, bShape, b)
    return result(shape, .int32(Self.wrapped(sums)))
  }

  private func product(
    _ aShape: Shape, _ a: [Double], _ bShape: Shape, _ b: [Double]
  ) throws(FormatError) -> (Shape, [Double]) {
    guard aShape.rank == 2, bShape.rank == 2, aShape[1] == bShape[0] else {
      throw broken("matrices that fit", "\(aShape), \(bShape)")
    }
    let (rows, depth, columns) = (aShape[0], aShape[1], bShape[1])
    let shape = try checked([rows, columns])
    var y = [Double](repeating: 0, count: shape.count)
    for row in 0..<rows {
      for inner in 0..<depth {
        let factor = a[row * depth + inner]
        for column in 0..<columns {
          y[row * columns + column] += factor * b[inner * columns + column]
        }
      }
    }
    return (shape, y)
  }

  // MARK: - Functions

  func relu() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    return result(shape, .float32(x.map { max($0, 0) }))
  }

  /// `1 / (1 + e^−x)`.
  func sigmoid() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    return result(shape, .float32(x.map { Float(1 / (1 + exp(-Double($0)))) }))
  }

  /// `y[…, k, …] = e^x[k] / Σ e^x[k]` along `axis`; the largest is taken away first.
  func softmax() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    let axis = try axis(try integer("axis", default: -1), rank: shape.rank)
    let inner = Shape(Array(shape.dimensions[(axis + 1)...])).count
    let row = shape[axis] * inner
    var y = [Float](repeating: 0, count: x.count)
    for start in stride(from: 0, to: x.count, by: max(row, 1)) {
      for offset in start..<start + inner {
        let places = stride(from: offset, to: start + row, by: inner)
        let largest = places.reduce(-Float.infinity) { max($0, x[$1]) }
        let powers = places.map { exp(Double(x[$0]) - Double(largest)) }
        let sum = powers.reduce(0, +)
        for (place, power) in zip(places, powers) { y[place] = Float(power / sum) }
      }
    }
    return result(shape, .float32(y))
  }

  // MARK: - Operands

  /// An optional operand of `count` floats.
  func vector(_ index: Int, count: Int) throws(FormatError) -> [Float]? {
    guard optional(index) != nil else { return nil }
    let (shape, values) = try floats(index)
    guard shape.rank <= 1, values.count == count else {
      throw broken("\(count) elements in operand \(index)", "\(shape)")
    }
    return values
  }

  /// Operand 1 of an operator that multiplies by it, as the operator wants it, when a file holds it as a constant; nil
  /// for what the operator refuses, so that its run says why.
  func constantWeights() -> [Double]? {
    guard let value = optional(1) else { return nil }
    switch (node.opType, value.data) {
    case ("Conv", .float32(let values)), ("MatMul", .float32(let values)):
      return values.map { Double($0) }
    case ("ConvInteger", .int8), ("ConvInteger", .uint8), ("MatMulInteger", .int8),
      ("MatMulInteger", .uint8):
      let isShifted = node.inputs.count > 3 && !node.inputs[3].isEmpty
      return isShifted && optional(3) == nil ? nil : try? shifted(1, zeroPoint: 3).values
    default: return nil
    }
  }

  private func integerWeights() throws(FormatError) -> (shape: Shape, values: [Double]) {
    guard let weights else { return try shifted(1, zeroPoint: 3) }
    return (try input(1).shape, weights)
  }

  /// An operand of 8-bit integers less its zero point, which is one for all and may be left out.
  private func shifted(
    _ index: Int, zeroPoint: Int
  ) throws(FormatError) -> (shape: Shape, values: [Double]) {
    func wide(_ value: Value) throws(FormatError) -> [Double] {
      switch value.data {
      case .int8(let values): return values.map { Double($0) }
      case .uint8(let values): return values.map { Double($0) }
      case .float32, .int32, .int64: throw broken("8-bit integers", "\(value.data.element)")
      }
    }
    let value = try input(index)
    let values = try wide(value)
    guard let zero = optional(zeroPoint) else { return (value.shape, values) }
    guard zero.data.element == value.data.element, zero.data.count == 1 else {
      throw broken("one zero point of \(value.data.element)", "\(zero.data.element) \(zero.shape)")
    }
    let offset = try wide(zero)[0]
    return (value.shape, values.map { $0 - offset })
  }

  /// Whole numbers in int32, which wraps.
  private static func wrapped(_ sums: [Double]) -> [Int32] {
    sums.map { Int32(truncatingIfNeeded: Int64($0)) }
  }
}
