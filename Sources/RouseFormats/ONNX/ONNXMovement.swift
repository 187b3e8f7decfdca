import RouseIR
import RouseNumerics

/// Operators of `ONNXInterpreter` that move elements without changing them, of any type.
extension ONNXStep {
  /// The inputs one after the other along `axis`.
  func concat() throws(FormatError) -> Value {
    let first = try input(0)
    var shape = first.shape
    let axis = try axis(try integer("axis", default: 0), rank: shape.rank)
    var parts: [Value] = []
    for index in inputs.indices {
      let part = try input(index)
      var expected = part.shape
      guard part.shape.rank == shape.rank, part.data.element == first.data.element else {
        throw broken("inputs like \(shape)", "\(part.shape)")
      }
      expected[axis] = first.shape[axis]
      guard expected == first.shape else { throw broken("\(first.shape)", "\(part.shape)") }
      if index > 0 { shape[axis] += part.shape[axis] }
      parts.append(part)
    }
    let result = try checked(shape.dimensions)
    let outer = Shape(Array(shape.dimensions[..<axis])).count
    return self.result(result, ONNXData.interleaved(parts.map(\.data), rows: outer))
  }

  /// `x[start…, step…]`; negative positions count from the end, all are clamped to the extent.
  func slice() throws(FormatError) -> Value {
    let x = try input(0)
    let starts = try integers(1)
    let ends = try integers(2)
    let axes = optional(3) == nil ? Array(0..<starts.count) : try integers(3)
    let steps = optional(4) == nil ? starts.map { _ in 1 } : try integers(4)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw broken("as many ends, axes and steps as starts", "\(starts.count)")
    }
    var kept = x.shape.dimensions.map { Array(0..<$0) }
    for (index, item) in axes.enumerated() {
      let axis = try axis(item, rank: x.shape.rank)
      let (extent, step) = (x.shape[axis], steps[index])
      guard step != 0 else { throw broken("steps other than 0", "0") }
      func position(_ value: Int, _ low: Int, _ high: Int) -> Int {
        min(max(value < 0 ? value + extent : value, low), high)
      }
      let range =
        step > 0
        ? stride(
          from: position(starts[index], 0, extent), to: position(ends[index], 0, extent), by: step)
        : stride(
          from: position(starts[index], 0, extent - 1), to: position(ends[index], -1, extent - 1),
          by: step)
      kept[axis] = Array(range)
    }
    return pick(x, kept)
  }

  /// Parts of the given sizes along `axis`.
  func split() throws(FormatError) -> [Value] {
    let x = try input(0)
    let axis = try axis(try integer("axis", default: 0), rank: x.shape.rank)
    let sizes = try integers(1)
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.shape[axis] else {
      throw broken("sizes that add up to \(x.shape[axis])", "\(sizes.prefix(8))")
    }
    var start = 0
    return sizes.map { size in
      var kept = x.shape.dimensions.map { Array(0..<$0) }
      kept[axis] = Array(start..<start + size)
      start += size
      return pick(x, kept)
    }
  }

  /// The same elements under another shape; 0 keeps an extent, −1 takes what is left.
  func reshape() throws(FormatError) -> Value {
    let x = try input(0)
    var dimensions = try integers(1)
    for (axis, extent) in dimensions.enumerated() where extent == 0 {
      guard axis < x.shape.rank else { throw broken("an extent to keep", "axis \(axis)") }
      dimensions[axis] = x.shape[axis]
    }
    if let free = dimensions.firstIndex(of: -1) {
      dimensions[free] = 1
      let known = try checked(dimensions).count
      guard known > 0, x.shape.count.isMultiple(of: known) else {
        throw broken("a shape of \(x.shape.count) elements", "\(dimensions)")
      }
      dimensions[free] = x.shape.count / known
    }
    let shape = try checked(dimensions)
    guard shape.count == x.shape.count else {
      throw broken("\(x.shape.count) elements", "\(shape)")
    }
    return result(shape, x.data)
  }

  /// Without the given axes, which have one element.
  func squeeze() throws(FormatError) -> Value {
    let x = try input(0)
    var dropped: Set<Int> = []
    for item in try integers(1) { dropped.insert(try axis(item, rank: x.shape.rank)) }
    guard dropped.allSatisfy({ x.shape[$0] == 1 }) else {
      throw broken("extents of 1", "\(x.shape)")
    }
    let kept = x.shape.dimensions.indices.filter { !dropped.contains($0) }.map { x.shape[$0] }
    return result(Shape(kept), x.data)
  }

  /// With new axes of one element where the result has `axes`.
  func unsqueeze() throws(FormatError) -> Value {
    let x = try input(0)
    let items = try integers(1)
    var added: Set<Int> = []
    for item in items { added.insert(try axis(item, rank: x.shape.rank + items.count)) }
    guard added.count == items.count else { throw broken("axes once each", "\(items.prefix(8))") }
    var kept = x.shape.dimensions[...]
    let extents = (0..<x.shape.rank + items.count).map {
      added.contains($0) ? 1 : kept.removeFirst()
    }
    return result(Shape(extents), x.data)
  }

  /// `y[…] = x[indices[…]]` of a vector `x`.
  func gather() throws(FormatError) -> Value {
    let (x, indices) = (try input(0), try input(1))
    guard x.shape.rank == 1, try integer("axis", default: 0) == 0 else {
      throw broken("a vector", "\(x.shape)")
    }
    let places: [Int]
    switch indices.data {
    case .int32(let values): places = values.map(Int.init)
    case .int64(let values): places = values.map(Int.init)
    case .float32, .int8, .uint8: throw broken("int32 or int64", "\(indices.data.element)")
    }
    let count = x.shape[0]
    guard places.allSatisfy({ (-count..<count).contains($0) }) else {
      throw broken("indices within \(count)", "another")
    }
    return result(indices.shape, x.data.gathered(places.map { $0 < 0 ? $0 + count : $0 }, run: 1))
  }

  /// `x` with `pads` of one value around it, 0 unless operand 2 gives one; before each axis, then after each.
  func pad() throws(FormatError) -> Value {
    let x = try input(0)
    let pads = try integers(1)
    let rank = x.shape.rank
    guard pads.count == 2 * rank, pads.allSatisfy({ $0 >= 0 }),
      [nil, .string("constant")].contains(node.attributes["mode"])
    else { throw broken("\(2 * rank) pads of a constant", "\(pads.prefix(8))") }
    let shape = try checked((0..<rank).map { pads[$0] + x.shape[$0] + pads[rank + $0] })
    // Element 0 is the value around; those of x follow.
    let fill: ONNXData
    switch (x.data, optional(2)?.data) {
    case (.float32, nil): fill = .float32([0])
    case (.int8, nil): fill = .int8([0])
    case (_, let data?) where data.count == 1 && data.element == x.data.element: fill = data
    default: throw broken("one value of \(x.data.element)", "another")
    }
    var places = [0]
    for axis in 0..<rank {
      let (before, extent) = (pads[axis], x.shape[axis])
      places = places.flatMap { base in
        (0..<shape[axis]).map { index in
          let inside = (before..<before + extent).contains(index) && base >= 0
          return inside ? base * extent + index - before : -1
        }
      }
    }
    return result(shape, fill.appending(x.data).gathered(places.map { $0 + 1 }, run: 1))
  }

  /// Axis `i` of the result is axis `perm[i]` of `x`.
  func transpose() throws(FormatError) -> Value {
    let x = try input(0)
    let order = try integers("perm", default: Array((0..<x.shape.rank).reversed()))
    guard order.sorted() == Array(0..<x.shape.rank) else {
      throw broken("a permutation of \(x.shape.rank) axes", "\(order.prefix(8))")
    }
    return result(Shape(order.map { x.shape[$0] }), x.data.permuted(x.shape, order))
  }

  /// A scalar float or a vector of int64 from the attributes.
  func constant() throws(FormatError) -> Value {
    switch (node.attributes["value_float"], node.attributes["value_ints"]) {
    case (.float(let value), nil): return result([], .float32([value]))
    case (nil, .ints(let values)): return result([values.count], .int64(values))
    default: throw broken("value_float or value_ints", "\(node.attributes.keys.sorted())")
    }
  }

  /// The elements at `kept[axis]` of each axis.
  private func pick(_ x: Value, _ kept: [[Int]]) -> Value {
    // Axes that are kept whole at the end move as one run, and so does a range of the axis before them.
    var unit = 1
    var axes = x.shape.rank
    while axes > 0, kept[axes - 1].count == x.shape[axes - 1], kept[axes - 1].first == 0 {
      axes -= 1
      unit *= x.shape[axes]
    }
    var (run, first) = (unit, 0)
    if axes > 0, let lowest = kept[axes - 1].first,
      kept[axes - 1] == Array(lowest..<lowest + kept[axes - 1].count)
    {
      axes -= 1
      run *= kept[axes].count
      first = lowest * unit
      unit *= x.shape[axes]
    }
    var places = [0]
    for axis in 0..<axes {
      let extent = x.shape[axis]
      places = places.flatMap { base in kept[axis].map { base * extent + $0 } }
    }
    return result(
      Shape(kept.map(\.count)), x.data.gathered(places.map { $0 * unit + first }, run: run))
  }
}

extension ONNXData {
  /// The runs of `run` elements that start at these places, one after the other.
  fileprivate func gathered(_ places: [Int], run: Int) -> ONNXData {
    func gathered<Element>(_ values: [Element]) -> [Element] {
      if run == 1 { return places.map { values[$0] } }
      var result: [Element] = []
      result.reserveCapacity(places.count * run)
      for place in places { result += values[place..<place + run] }
      return result
    }
    return switch self {
    case .float32(let values): .float32(gathered(values))
    case .uint8(let values): .uint8(gathered(values))
    case .int8(let values): .int8(gathered(values))
    case .int32(let values): .int32(gathered(values))
    case .int64(let values): .int64(gathered(values))
    }
  }

  /// For each of `rows` the share of every part, one after the other.
  ///
  /// - Precondition: all are of one type and divide into `rows`.
  fileprivate static func interleaved(_ parts: [ONNXData], rows: Int) -> ONNXData {
    func joined<Element>(_ elements: (ONNXData) -> [Element]) -> [Element] {
      let parts = parts.map(elements)
      var result: [Element] = []
      result.reserveCapacity(parts.reduce(0) { $0 + $1.count })
      for row in 0..<rows {
        for part in parts {
          let run = part.count / rows
          result += part[row * run..<(row + 1) * run]
        }
      }
      return result
    }
    return switch parts[0] {
    case .float32: .float32(joined { if case .float32(let values) = $0 { values } else { [] } })
    case .uint8: .uint8(joined { if case .uint8(let values) = $0 { values } else { [] } })
    case .int8: .int8(joined { if case .int8(let values) = $0 { values } else { [] } })
    case .int32: .int32(joined { if case .int32(let values) = $0 { values } else { [] } })
    case .int64: .int64(joined { if case .int64(let values) = $0 { values } else { [] } })
    }
  }

  /// - Precondition: both are of one type.
  fileprivate func appending(_ other: ONNXData) -> ONNXData {
    switch (self, other) {
    case (.float32(let a), .float32(let b)): .float32(a + b)
    case (.uint8(let a), .uint8(let b)): .uint8(a + b)
    case (.int8(let a), .int8(let b)): .int8(a + b)
    case (.int32(let a), .int32(let b)): .int32(a + b)
    case (.int64(let a), .int64(let b)): .int64(a + b)
    default: preconditionFailure("tensors of two types")
    }
  }

  func permuted(_ shape: Shape, _ permutation: [Int]) -> ONNXData {
    switch self {
    case .float32(let values): .float32(values.permuted(shape, permutation))
    case .uint8(let values): .uint8(values.permuted(shape, permutation))
    case .int8(let values): .int8(values.permuted(shape, permutation))
    case .int32(let values): .int32(values.permuted(shape, permutation))
    case .int64(let values): .int64(values.permuted(shape, permutation))
    }
  }
}
