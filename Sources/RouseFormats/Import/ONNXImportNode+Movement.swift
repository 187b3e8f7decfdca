/// Operators of ONNX that only move elements, with all sizes resolved.
extension ONNXImportNode {
  func movement(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    let x = try shape(operands, 0)
    switch operation {
    case "Flatten":
      let axis = try integer("axis", 1)
      let split = axis < 0 ? axis + x.count : axis
      guard (0...x.count).contains(split) else {
        throw .attribute(name: "axis", expected: "0 to \(x.count)", found: "\(axis)")
      }
      return ForeignMeaning(
        .reshape([x[..<split].reduce(1, *), x[split...].reduce(1, *)]))
    case "Reshape":
      guard let target = try stated(operands, 1, "shape") else {
        throw .missingOperand(what: "shape")
      }
      return ForeignMeaning(
        .reshape(
          try Self.resolved(target, x, keepsZeros: try integer("allowzero", 0) != 0)))
    case "Squeeze", "Unsqueeze":
      return ForeignMeaning(.reshape(try Self.axesChanged(self, operands, x)))
    case "Transpose":
      let order = try integers("perm") ?? Array(x.indices.reversed())
      guard order.sorted() == Array(x.indices) else {
        throw .attribute(
          name: "perm", expected: "a permutation of \(x.count) axes", found: "\(order)")
      }
      return ForeignMeaning(.transpose(order))
    case "Slice": return ForeignMeaning(.slice(try slices(operands, x)))
    case "Gather": return ForeignMeaning(.slice(try gather(operands, x)))
    case "Split": return ForeignMeaning(try split(operands, x))
    case "Pad": return ForeignMeaning(try pad(operands, x))
    case "Expand":
      let target = try list(operands, 1, "shape") ?? []
      let padded = [Int](repeating: 1, count: max(0, x.count - target.count)) + target
      guard zip(padded.suffix(x.count), x).allSatisfy({ $0 == 1 || $0 == $1 }),
        padded.dropLast(x.count).allSatisfy({ $0 == 1 })
      else { throw .movesElements(what: "repeats elements: \(x) to \(target)") }
      return ForeignMeaning(.reshape([Int](padded.dropLast(x.count)) + x))
    default: throw .unknownOperator
    }
  }

  /// A stated shape with 0 (keep) and −1 (the rest) replaced.
  static func resolved(
    _ stated: [Int], _ x: [Int], keepsZeros: Bool
  ) throws(ImportReason) -> [Int] {
    var target = stated
    for (axis, extent) in stated.enumerated() where extent == 0 && !keepsZeros {
      guard axis < x.count else {
        throw .mismatch(what: "shape", expected: "an extent to keep", found: "axis \(axis)")
      }
      target[axis] = x[axis]
    }
    let count = x.reduce(1, *)
    let known = target.filter { $0 != -1 }
    guard known.allSatisfy({ (1...ImportLimit.elements).contains($0) }),
      target.count <= ImportLimit.rank, target.count - known.count <= 1
    else { throw .mismatch(what: "shape", expected: "positive extents", found: "\(stated)") }
    var product = 1
    for extent in known {
      guard product <= ImportLimit.elements else { break }
      product *= extent
    }
    if let open = target.firstIndex(of: -1) {
      guard count % product == 0 else {
        throw .mismatch(what: "shape", expected: "\(count) elements", found: "\(stated)")
      }
      target[open] = count / product
      product *= target[open]
    }
    guard product == count else {
      throw .mismatch(what: "shape", expected: "\(count) elements", found: "\(stated)")
    }
    return target
  }

  /// The shape after Squeeze or Unsqueeze.
  static func axesChanged(
    _ node: ONNXImportNode, _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> [Int] {
    let stated = try node.stated(operands, 1, "axes")
    if node.operation == "Squeeze" {
      var dropped: Set<Int> = []
      for item in stated ?? x.indices.filter({ x[$0] == 1 }) {
        dropped.insert(try node.axis(item, rank: x.count))
      }
      guard dropped.allSatisfy({ x[$0] == 1 }) else {
        throw .mismatch(what: "squeezed axes", expected: "extents of 1", found: "\(x)")
      }
      return x.indices.filter { !dropped.contains($0) }.map { x[$0] }
    }
    let axes = stated ?? []
    let rank = x.count + axes.count
    guard rank <= ImportLimit.rank else {
      throw .mismatch(what: "dimensions", expected: "at most \(ImportLimit.rank)", found: "\(rank)")
    }
    var added: Set<Int> = []
    for item in axes { added.insert(try node.axis(item, rank: rank)) }
    guard added.count == axes.count else {
      throw .attribute(name: "axes", expected: "each axis once", found: "\(axes)")
    }
    var rest = x[...]
    return (0..<rank).map { added.contains($0) ? 1 : rest.removeFirst() }
  }

  // MARK: - Parts

  func slices(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> [AxisSlice] {
    guard let starts = try stated(operands, 1, "starts"),
      let ends = try stated(operands, 2, "ends")
    else { throw .missingOperand(what: "starts and ends") }
    let axes = try stated(operands, 3, "axes") ?? Array(starts.indices)
    let steps = try list(operands, 4, "steps") ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw .mismatch(
        what: "ends, axes and steps", expected: "\(starts.count) of each",
        found: "\(ends.count), \(axes.count), \(steps.count)")
    }
    var result: [AxisSlice] = []
    for index in starts.indices {
      let axis = try axis(axes[index], rank: x.count)
      let (extent, step) = (x[axis], steps[index])
      guard step != 0 else { throw .attribute(name: "steps", expected: "not 0", found: "0") }
      func position(_ value: Int, _ low: Int, _ high: Int) -> Int {
        max(low, min(value < 0 ? value + extent : value, high))
      }
      let begin = position(starts[index], 0, step > 0 ? extent : extent - 1)
      let end = position(ends[index], step > 0 ? 0 : -1, step > 0 ? extent : extent - 1)
      let span = step > 0 ? end - begin : begin - end
      guard span > 0 else {
        throw .mismatch(what: "axis \(axis)", expected: "at least one element", found: "none")
      }
      let stride = max(-extent, min(step, extent))
      result.append(
        AxisSlice(axis: axis, begin: begin, step: stride, count: (span - 1) / abs(stride) + 1))
    }
    return result
  }

  /// Gather of one index, or of indices in a row: a slice.
  private func gather(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> [AxisSlice] {
    let axis = try axis(try integer("axis", 0), rank: x.count)
    guard let tensor = try constant(operands, 1, "indices"), let indices = tensor.integers,
      let first = indices.first, tensor.shape.count <= 1
    else { throw .notConstant(what: "indices") }
    let begin = first < 0 ? first + x[axis] : first
    guard (0..<x[axis]).contains(begin), begin + indices.count <= x[axis] else {
      throw .attribute(name: "indices", expected: "below \(x[axis])", found: "\(indices.prefix(8))")
    }
    guard indices.enumerated().allSatisfy({ $1 == first + $0 }) else {
      throw .movesElements(what: "picks elements \(indices.prefix(8)) of axis \(axis)")
    }
    return [
      AxisSlice(
        axis: axis, begin: begin, step: 1, count: indices.count, drops: tensor.shape.isEmpty)
    ]
  }

  private func split(_ operands: [ForeignOperand?], _ x: [Int]) throws(ImportReason)
    -> ForeignOperator
  {
    let axis = try axis(try integer("axis", 0), rank: x.count)
    let parts = outputs.count
    var sizes = try stated(operands, 1, "split") ?? []
    if sizes.isEmpty, parts > 0 {
      // All parts are as large as the first, the last takes what is left.
      let size = (x[axis] + parts - 1) / parts
      sizes = (0..<parts).map { min(size, x[axis] - $0 * size) }
    }
    guard sizes.count == parts, sizes.allSatisfy({ (1...x[axis]).contains($0) }),
      sizes.reduce(0, +) == x[axis]
    else {
      throw .mismatch(
        what: "split", expected: "\(parts) sizes with the sum \(x[axis])", found: "\(sizes)")
    }
    return .split(axis: axis, sizes: sizes)
  }

  private func pad(_ operands: [ForeignOperand?], _ x: [Int]) throws(ImportReason)
    -> ForeignOperator
  {
    try require("mode", "constant", try text("mode", "constant"))
    guard let pads = try stated(operands, 1, "pads") else {
      throw .missingOperand(what: "pads")
    }
    var axes = Array(x.indices)
    if let stated = try list(operands, 3, "axes") {
      axes = []
      for item in stated { axes.append(try axis(item, rank: x.count)) }
    }
    guard pads.count == 2 * axes.count, pads.allSatisfy({ (0...65_535).contains($0) }) else {
      throw .attribute(
        name: "pads", expected: "\(2 * axes.count) integers from 0", found: "\(pads)")
    }
    var (before, after) = (x.map { _ in 0 }, x.map { _ in 0 })
    for (index, axis) in axes.enumerated() {
      (before[axis], after[axis]) = (pads[index], pads[axes.count + index])
    }
    var value = try real("value", 0)
    if let tensor = try constant(operands, 2, "value") { value = tensor.reals?.first ?? 0 }
    guard value == 0 else {
      throw .attribute(name: "value", expected: "0", found: "\(value)")
    }
    return .pad(before: before, after: after)
  }
}
