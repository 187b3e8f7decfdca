import RouseNumerics

extension Array {
  /// The row-major elements of a tensor with axis `i` of the result being axis `permutation[i]` of `shape`.
  func permuted(_ shape: Shape, _ permutation: [Int]) -> [Element] {
    precondition(permutation.sorted() == [Int](0..<shape.rank), "not a permutation")
    precondition(count == shape.count)
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let extents = permutation.map { shape[$0] }
    let steps = permutation.map { strides[$0] }
    var index = [Int](repeating: 0, count: shape.rank)
    var source = 0
    var result: [Element] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      result.append(self[source])
      for axis in index.indices.reversed() {
        index[axis] += 1
        source += steps[axis]
        guard index[axis] == extents[axis] else { break }
        source -= extents[axis] * steps[axis]
        index[axis] = 0
      }
    }
    return result
  }
}
