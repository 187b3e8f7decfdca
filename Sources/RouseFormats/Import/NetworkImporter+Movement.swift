import RouseIR
import RouseNumerics

/// Operators that only move elements: mostly bookkeeping.
extension NetworkImporter {
  // MARK: - Shape

  /// Divides the factors, outermost first, among the extents of `shape`.
  func reshaped(_ x: Placement, _ shape: [Int]) throws(ImportReason) -> Placement {
    var factors = x.axes.flatMap(x.present)[...]
    var axes: [[Factor]] = []
    for extent in shape {
      var list: [Factor] = []
      var product = 1
      while product < extent, let next = factors.first {
        list.append(factors.removeFirst())
        product *= x.extent(next)
      }
      guard product == extent else {
        throw .movesElements(what: "cuts an axis in pieces: \(x.shape) to \(shape)")
      }
      axes.append(list)
    }
    guard factors.isEmpty else {
      throw .mismatch(what: "shape", expected: "\(x.shape)", found: "\(shape)")
    }
    var y = x
    y.axes = axes
    return y
  }

  // MARK: - Slices

  mutating func sliced(
    _ x: Placement, _ slices: [AxisSlice], _ name: String
  ) throws(ImportReason) -> Placement {
    var y = x
    y.trimmedRows = 0
    for slice in slices {
      let list = x.present(x.axes[slice.axis])
      guard slice.step > 0 || slice.count == 1 else {
        throw .movesElements(what: "reads axis \(slice.axis) backwards")
      }
      if list.contains(.time) {
        guard list.count == 1 else {
          throw .movesElements(what: "takes a part of time and features as one axis")
        }
        guard slice.step == 1 else { throw .skipsRows(step: slice.step) }
        let dropped = x.shape[slice.axis] - slice.begin - slice.count - x.trimmedRows
        guard dropped >= 0 else { throw .padsTime(before: 0, after: x.trimmedRows) }
        guard dropped == 0 else { throw .dropsNewestRows(dropped) }
        y = try dropOldest(slice.begin, y, name)
      } else if slice.begin > 0 || slice.count < x.shape[slice.axis] {
        guard list.count == 1, let factor = list.first else {
          throw .movesElements(what: "takes a part of two axes as one")
        }
        y = try cut(factor, slice, y, name)
      }
      y.axes[slice.axis] = y.present(y.axes[slice.axis])
    }
    if x.trimmedRows > 0, y.trimmedRows == 0,
      !slices.contains(where: { x.axes[$0.axis] == [.time] })
    {
      throw .padsTime(before: 0, after: x.trimmedRows)
    }
    let dropped = Set(slices.filter(\.drops).map(\.axis))
    y.axes = y.axes.indices.filter { !dropped.contains($0) }.map { y.axes[$0] }
    return y
  }

  mutating func dropOldest(
    _ rows: Int, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    if rows == 0 { return x }
    let y = try part(
      .time, AxisSlice(axis: 0, begin: rows, step: 1, count: x.extent(.time) - rows),
      x, name)
    return y
  }

  /// A part of the features or channels; what is pending for the rest is forgotten.
  private mutating func cut(
    _ factor: Factor, _ slice: AxisSlice, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    try part(factor, slice, try settled(x, name), name)
  }

  private mutating func part(
    _ factor: Factor, _ slice: AxisSlice, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    let shape = assembly.shape(x.value)
    let axis = axis(factor, rank: shape.rank)
    var (begin, end) = (shape.dimensions.map { _ in 0 }, shape.dimensions)
    var strides = shape.dimensions.map { _ in 1 }
    begin[axis] = slice.begin
    end[axis] = slice.begin + (slice.count - 1) * slice.step + 1
    strides[axis] = slice.step
    let others = ((1 << shape.rank) - 1) & ~(1 << axis)
    let isToEnd = end[axis] == shape[axis]
    var y = x
    y.value = try assembly.node(
      "\(name)/part",
      .stridedSlice(
        StridedSlice(
          begin: begin, end: end, strides: strides, beginMask: others,
          endMask: isToEnd ? others | 1 << axis : others)), [x.value],
      exclusive: x.isExclusive ? [x.value] : [])[0]
    y.isExclusive = true
    y.extents[factor] = slice.count
    for axis in y.axes.indices { y.axes[axis] = y.present(y.axes[axis]) }
    return y
  }

  /// The axis of a value of this rank that holds `factor`.
  private func axis(_ factor: Factor, rank: Int) -> Int {
    switch (factor, rank) {
    case (_, 2): 1
    case (.channel, 3): 2
    default: factor.rawValue + 1
    }
  }

  mutating func split(
    _ x: Placement, _ axis: Int, _ sizes: [Int], _ name: String
  ) throws(ImportReason) -> [Placement] {
    if sizes.count == 1 { return [x] }
    let list = x.present(x.axes[axis])
    guard !list.contains(.time) else { throw .treatsTimeAs("an axis to cut in parts") }
    guard list.count == 1, let factor = list.first else {
      throw .movesElements(what: "cuts two axes as one")
    }
    let settled = try self.settled(x, name)
    let rank = assembly.shape(settled.value).rank
    let values = try assembly.node(
      "\(name)/split", .splitV(SplitV(sizes: sizes, axis: self.axis(factor, rank: rank))),
      [settled.value], exclusive: settled.isExclusive ? [settled.value] : [])
    return zip(values, sizes).map { value, size in
      var part = settled
      part.value = value
      part.isExclusive = true
      part.extents[factor] = size
      part.axes[axis] = part.present([factor])
      return part
    }
  }

  // MARK: - Padding

  mutating func padded(
    _ x: Placement, _ before: [Int], _ after: [Int], _ name: String
  ) throws(ImportReason) -> Placement {
    var y = x
    for axis in x.axes.indices where before[axis] + after[axis] > 0 {
      guard x.axes[axis].count == 1, let factor = x.axes[axis].first else {
        throw .movesElements(what: "pads an axis of extent 1, or two axes as one")
      }
      if factor == .time {
        guard after[axis] == 0 else {
          throw .padsTime(before: before[axis], after: after[axis])
        }
        notes.append(.causalPadding(rows: before[axis]))
      }
      if y.affine?.hasShift == true { y = try settled(y, name) }
      y = try zeros(y, factor, before: before[axis], after: after[axis], "\(name)/\(factor)")
    }
    return y
  }

  /// Zeros around one axis. A pending scale stays; a shift must have been settled.
  mutating func zeros(
    _ x: Placement, _ factor: Factor, before: Int, after: Int, _ name: String
  ) throws(ImportReason) -> Placement {
    let shape = assembly.shape(x.value)
    let axis = axis(factor, rank: shape.rank)
    var (front, back) = (shape.dimensions.map { _ in 0 }, shape.dimensions.map { _ in 0 })
    (front[axis], back[axis]) = (before, after)
    var y = try factor == .time ? x : settled(x, name)
    y.value = try assembly.node(
      name, .pad(Pad(before: front, after: back)), [y.value])[0]
    y.isExclusive = true
    y.extents[factor] = x.extent(factor) + before + after
    return y
  }
}
