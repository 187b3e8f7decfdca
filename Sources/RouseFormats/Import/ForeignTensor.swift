/// A constant of a model that another program wrote: weights, or the integers that shapes are made of.
struct ForeignTensor: Hashable, Sendable {
  enum Values: Hashable, Sendable {
    case reals([Float])
    /// Whatever the width in the file; booleans are 0 and 1.
    case integers([Int])

    var count: Int {
      switch self {
      case .reals(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  let shape: [Int]
  let values: Values

  /// - Precondition: `values` fill `shape`.
  init(_ shape: [Int], _ values: Values) {
    precondition(shape.reduce(1, *) == values.count, "values do not fill the shape")
    self.shape = shape
    self.values = values
  }

  init(integers: [Int]) { self.init([integers.count], .integers(integers)) }

  var reals: [Float]? {
    if case .reals(let values) = values { values } else { nil }
  }

  var integers: [Int]? {
    if case .integers(let values) = values { values } else { nil }
  }

  /// The elements at `indices`, under another shape.
  func picked(_ indices: [Int], _ shape: [Int]) -> ForeignTensor {
    switch values {
    case .reals(let values): ForeignTensor(shape, .reals(indices.map { values[$0] }))
    case .integers(let values): ForeignTensor(shape, .integers(indices.map { values[$0] }))
    }
  }

  func reshaped(_ shape: [Int]) -> ForeignTensor { ForeignTensor(shape, values) }

  /// Axis `i` of the result is axis `order[i]` of this one.
  ///
  /// - Precondition: `order` is a permutation of the axes.
  func transposed(_ order: [Int]) -> ForeignTensor {
    let target = order.map { shape[$0] }
    let strides = Self.strides(shape)
    var indices = [0]
    for axis in order {
      indices = indices.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
    }
    return picked(indices, target)
  }

  /// How far neighbours along each axis are apart.
  static func strides(_ shape: [Int]) -> [Int] {
    var result = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      result[axis] = result[axis + 1] * shape[axis + 1]
    }
    return result
  }
}
