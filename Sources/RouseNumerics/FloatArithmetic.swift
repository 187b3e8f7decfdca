/// Elementwise arithmetic over whole views: plain loops that the compiler vectorizes, in a fixed order.
extension FloatView {
  /// `self += source`
  package func add(_ source: FloatView) {
    precondition(source.count == count)
    let (x, y) = (pointer, source.pointer)
    for i in 0..<count { x[i] += y[i] }
  }

  /// `self = decay · self + (1 − decay) · source`
  package func average(with source: FloatView, decay: Float) {
    precondition(source.count == count)
    let (x, y) = (pointer, source.pointer)
    for i in 0..<count { x[i] += (1 - decay) * (y[i] - x[i]) }
  }

  /// `self[at + i] = scale · (source[first + i] − zeroPoint)` for `n` elements.
  package func dequantize(
    _ source: [Int8], from first: Int, count n: Int, at: Int, scale: Float, zeroPoint: Int32
  ) {
    precondition(first >= 0 && n >= 0 && first + n <= source.count && at >= 0 && at + n <= count)
    let x = pointer + at
    source.withUnsafeBufferPointer { source in
      for i in 0..<n { x[i] = Float(Int32(source[first &+ i]) &- zeroPoint) * scale }
    }
  }

  /// Sum of squares, in double precision and element order.
  package var sumOfSquares: Double {
    var sum = 0.0
    let x = pointer
    for i in 0..<count { sum += Double(x[i]) * Double(x[i]) }
    return sum
  }
}

/// One step of Adam over flat views of equal length:
/// `m = β₁m + (1−β₁)g`, `v = β₂v + (1−β₂)g²`, `x −= rate · m̂ / (√v̂ + ε)` with `m̂`, `v̂` corrected for their zero start.
///
/// - Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
package struct AdamUpdate: Sendable {
  package var beta1: Float
  package var beta2: Float
  /// The paper's 1e-8 underflows against float32 gradients near zero; 1e-7 is what Keras uses.
  package var epsilon: Float

  package init(beta1: Float, beta2: Float, epsilon: Float = 1e-7) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// - Parameters:
  ///   - step: number of this update, from 1.
  ///   - gradientScale: multiplies every gradient first; 1 unless the gradient was clipped.
  package func apply(
    values: FloatView, gradients: FloatView, firstMoment: FloatView, secondMoment: FloatView,
    rate: Float, step: Int, gradientScale: Float = 1
  ) {
    precondition(step > 0)
    let n = values.count
    precondition(gradients.count == n && firstMoment.count == n && secondMoment.count == n)
    let correction1 = Float(1 - power(Double(beta1), step))
    let correction2 = Float(1 - power(Double(beta2), step))
    let (x, g, m, v) = (
      values.pointer, gradients.pointer, firstMoment.pointer, secondMoment.pointer
    )
    for i in 0..<n {
      let gradient = g[i] * gradientScale
      m[i] = beta1 * m[i] + (1 - beta1) * gradient
      v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient
      x[i] -= rate * (m[i] / correction1) / ((v[i] / correction2).squareRoot() + epsilon)
    }
  }

  /// `base^exponent` by squaring: the same bits everywhere, unlike a library's `pow`.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
