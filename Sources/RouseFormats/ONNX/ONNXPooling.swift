import RouseNumerics

/// Operators of `ONNXInterpreter` that reduce many elements to one.
extension ONNXStep {
  /// The mean of what lies under each window; `count_include_pad` is 0.
  func averagePool() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    guard try integer("count_include_pad", default: 0) == 0 else {
      throw broken("means without padding", "count_include_pad")
    }
    let (result, taps) = try pool(shape)
    return self.result(
      result,
      .float32(
        taps.map { taps in
          Float(taps.reduce(0) { $0 + Double(x[$1]) } / Double(taps.count))
        }))
  }

  /// The largest of what lies under each window, float32 or int8.
  func maxPool() throws(FormatError) -> Value {
    let x = try input(0)
    let (result, taps) = try pool(x.shape)
    switch x.data {
    case .float32(let values):
      let largest = taps.map { $0.reduce(-Float.infinity) { max($0, values[$1]) } }
      return self.result(result, .float32(largest))
    case .int8(let values):
      return self.result(result, .int8(taps.map { $0.reduce(-128) { max($0, values[$1]) } }))
    case .uint8, .int32, .int64: throw broken("float32 or int8", "\(x.data.element)")
    }
  }

  /// For each result the elements under its window, which covers one at least.
  private func pool(_ x: Shape) throws(FormatError) -> (shape: Shape, taps: [[Int]]) {
    let window = try window(x, try integers("kernel_shape", default: []))
    let (height, width) = (window.extents[0], window.extents[1])
    let shape = try checked([x[0], x[1], height, width])
    _ = try checked([shape.count, window.kernel[0], window.kernel[1]])
    var inside = [[Int]](repeating: [], count: height * width)
    for u in 0..<window.kernel[0] {
      for v in 0..<window.kernel[1] {
        for i in window.results(0, tap: u) {
          for j in window.results(1, tap: v) {
            inside[i * width + j].append(window.position(i, j, u, v))
          }
        }
      }
    }
    guard inside.allSatisfy({ !$0.isEmpty }) else { throw broken("a window inside x", "padding") }
    let plane = x[2] * x[3]
    return (
      shape,
      (0..<x[0] * x[1]).flatMap { channel in inside.map { $0.map { channel * plane + $0 } } }
    )
  }

  /// The mean over `axes`, all when there are none, which stay with one element when `keepdims` is 1.
  func reduceMean() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    var reduced: Set<Int> = []
    for item in try integers("axes", default: []) {
      reduced.insert(try axis(item, rank: shape.rank))
    }
    if reduced.isEmpty { reduced = Set(0..<shape.rank) }
    let ones = shape.dimensions.indices.map { reduced.contains($0) ? 1 : shape[$0] }
    var sums = [Double](repeating: 0, count: Shape(ones).count)
    let places = ONNXBroadcast.places(Shape(ones), in: shape)
    for (place, value) in zip(places, x) { sums[place] += Double(value) }
    let count = Double(x.count / max(sums.count, 1))
    let kept =
      try integer("keepdims", default: 1) != 0
      ? ones : shape.dimensions.indices.filter { !reduced.contains($0) }.map { shape[$0] }
    return result(Shape(kept), .float32(sums.map { Float($0 / count) }))
  }
}
