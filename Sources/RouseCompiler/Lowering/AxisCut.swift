import RouseIR
import RouseNumerics

/// What a `strided_slice` takes when it takes one range of one axis and all of the others, one element after the other.
struct AxisCut: Hashable {
  var axis: Int
  var range: Range<Int>

  /// Nil for slices that cut several axes, that skip elements or that drop an axis.
  init?(_ slice: StridedSlice, of shape: Shape) {
    guard slice.shrinkAxisMask == 0, slice.strides.allSatisfy({ $0 == 1 }),
      slice.begin.count == shape.rank, slice.end.count == shape.rank
    else { return nil }
    var found: AxisCut?
    for axis in 0..<shape.rank {
      let extent = shape[axis]
      func limited(_ index: Int, _ mask: Int, whole: Int) -> Int {
        if mask & (1 << axis) != 0 { return whole }
        return min(max(index < 0 ? index + extent : index, 0), extent)
      }
      let first = limited(slice.begin[axis], slice.beginMask, whole: 0)
      let end = limited(slice.end[axis], slice.endMask, whole: extent)
      guard first < end else { return nil }
      if first == 0 && end == extent { continue }
      guard found == nil else { return nil }
      found = AxisCut(axis: axis, range: first..<end)
    }
    self = found ?? AxisCut(axis: 0, range: 0..<(shape.dimensions.first ?? 1))
  }

  init(axis: Int, range: Range<Int>) {
    self.axis = axis
    self.range = range
  }

  /// The same cut as an operator; ranges that reach an end of the axis are stated by masks, so that slices of different
  /// tensors share their operands.
  func slice(of shape: Shape) -> StridedSlice {
    let all = (1 << shape.rank) - 1
    let bit = 1 << axis
    var begin = [Int](repeating: 0, count: shape.rank)
    var end = begin
    begin[axis] = range.lowerBound
    let reachesEnd = range.upperBound == shape[axis]
    if !reachesEnd { end[axis] = range.upperBound }
    return StridedSlice(
      begin: begin, end: end, strides: [Int](repeating: 1, count: shape.rank),
      beginMask: range.lowerBound == 0 ? all : all & ~bit,
      endMask: reachesEnd ? all : all & ~bit)
  }
}

extension Graph {
  /// The cut that a node makes when it is a slice of one axis.
  func cut(of node: Node) -> AxisCut? {
    guard case .stridedSlice(let slice) = node.op, let input = node.inputs.first else { return nil }
    return AxisCut(slice, of: self[input].type.shape)
  }
}
