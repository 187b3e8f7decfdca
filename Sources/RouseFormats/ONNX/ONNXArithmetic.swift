import Glibc
import RouseNumerics

/// Float arithmetic of `ONNXInterpreter`: double sums, rounded to float32 once.
extension ONNXStep {
  /// `y[n, o, i, j] = b[o] + Σ_{c, u, v} x[n, g·C + c, i·s₀ + u·d₀ − p₀, j·s₁ + v·d₁ − p₁] · w[o, c, u, v]`, zero outside.
  ///
  /// - Shapes: `x` `[n, groups·C, h, w]`, `w` `[out, C, kh, kw]`, `b` `[out]`; `pads` are `[top, left, bottom, right]`.
  func conv() throws(FormatError) -> Value {
    let (xShape, x) = try floats(0)
    let (wShape, w) = try floats(1)
    guard xShape.rank == 4, wShape.rank == 4 else {
      throw broken("rank 4 for x and w", "\(xShape), \(wShape)")
    }
    guard node.attributes["auto_pad"] == nil || node.attributes["auto_pad"] == .string("NOTSET")
    else { throw broken("explicit pads", "auto_pad") }
    let strides = try positive("strides", count: 2, default: [1, 1])
    let dilations = try positive("dilations", count: 2, default: [1, 1])
    let pads = try integers("pads", default: [0, 0, 0, 0])
    let groups = try integer("group", default: 1)
    let kernel = try integers("kernel_shape", default: [wShape[2], wShape[3]])
    guard pads.count == 4, pads.allSatisfy({ $0 >= 0 }) else { throw broken("4 pads", "\(pads)") }
    guard kernel == [wShape[2], wShape[3]] else { throw broken("\(wShape)", "\(kernel)") }
    let (out, depth) = (wShape[0], wShape[1])
    guard groups > 0, out % groups == 0, xShape[1].isMultiple(of: groups),
      xShape[1] / groups == depth
    else { throw broken("\(xShape[1]) channels in \(groups) groups of \(depth)", "\(wShape)") }
    let bias = try vector(2, count: out)
    var extents: [Int] = []
    for axis in 0..<2 {
      let room =
        xShape[axis + 2] + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilations[axis] - 1
      guard room >= 0, kernel[axis] > 0 else { throw broken("a kernel within x", "\(kernel)") }
      extents.append(room / strides[axis] + 1)
    }
    let shape = try checked([xShape[0], out, extents[0], extents[1]])
    let (height, width) = (xShape[2], xShape[3])
    var y = [Float](repeating: 0, count: shape.count)
    var index = 0
    for n in 0..<shape[0] {
      for o in 0..<out {
        let firstChannel = n * xShape[1] + o / (out / groups) * depth
        for i in 0..<extents[0] {
          for j in 0..<extents[1] {
            var sum = Double(bias?[o] ?? 0)
            for c in 0..<depth {
              for u in 0..<kernel[0] {
                let row = i * strides[0] + u * dilations[0] - pads[0]
                guard (0..<height).contains(row) else { continue }
                let xRow = ((firstChannel + c) * height + row) * width
                let wRow = ((o * depth + c) * kernel[0] + u) * kernel[1]
                for v in 0..<kernel[1] {
                  let column = j * strides[1] + v * dilations[1] - pads[1]
                  guard (0..<width).contains(column) else { continue }
                  sum += Double(x[xRow + column]) * Double(w[wRow + v])
                }
              }
            }
            y[index] = Float(sum)
            index += 1
          }
        }
      }
    }
    return result(shape, .float32(y))
  }

  /// `y = alpha · A · B + beta · C`, `A` and `B` transposed when asked; `C` is `[n]`.
  func gemm() throws(FormatError) -> Value {
    let (aShape, a) = try floats(0)
    let (bShape, b) = try floats(1)
    guard aShape.rank == 2, bShape.rank == 2 else {
      throw broken("matrices", "\(aShape), \(bShape)")
    }
    let (transA, transB) = (
      try integer("transA", default: 0) != 0, try integer("transB", default: 0) != 0
    )
    let (m, k) = transA ? (aShape[1], aShape[0]) : (aShape[0], aShape[1])
    let (n, depth) = transB ? (bShape[0], bShape[1]) : (bShape[1], bShape[0])
    guard k == depth else { throw broken("\(k) rows of B", "\(depth)") }
    let bias = try vector(2, count: n)
    let (alpha, beta) = (try float("alpha", default: 1), try float("beta", default: 1))
    let shape = try checked([m, n])
    var y: [Float] = []
    y.reserveCapacity(shape.count)
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0.0
        for inner in 0..<k {
          sum +=
            Double(a[transA ? inner * m + row : row * k + inner])
            * Double(b[transB ? column * k + inner : inner * n + column])
        }
        y.append(Float(Double(alpha) * sum + Double(beta) * Double(bias?[column] ?? 0)))
      }
    }
    return result(shape, .float32(y))
  }

  func relu() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    return result(shape, .float32(x.map { max($0, 0) }))
  }

  /// `min(max(x, low), high)`; the bounds are optional scalars.
  func clip() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    let low = try vector(1, count: 1)?[0] ?? -.infinity
    let high = try vector(2, count: 1)?[0] ?? .infinity
    return result(shape, .float32(x.map { min(max($0, low), high) }))
  }

  /// `1 / (1 + e^−x)`.
  func sigmoid() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    return result(shape, .float32(x.map { Float(1 / (1 + exp(-Double($0)))) }))
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

  func positive(_ name: String, count: Int, default fallback: [Int]) throws(FormatError) -> [Int] {
    let values = try integers(name, default: fallback)
    guard values.count == count, values.allSatisfy({ $0 > 0 }) else {
      throw broken("\(count) positive `\(name)`", "\(values.prefix(8))")
    }
    return values
  }
}
