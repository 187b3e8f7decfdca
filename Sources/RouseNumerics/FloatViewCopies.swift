import Glibc

/// `count` runs of `length` consecutive elements: run `i` goes from `source + i·sourceStride` to
/// `target + i·targetStride`. Everything is in elements, so one value describes a move of floats and of int8.
package struct StridedMove: Hashable, Sendable {
  package var source: Int
  package var sourceStride: Int
  package var target: Int
  package var targetStride: Int
  package var length: Int
  package var count: Int

  package init(
    source: Int, sourceStride: Int, target: Int, targetStride: Int, length: Int, count: Int
  ) {
    self.source = source
    self.sourceStride = sourceStride
    self.target = target
    self.targetStride = targetStride
    self.length = length
    self.count = count
  }

  /// One run.
  package init(source: Int, target: Int, length: Int) {
    self.init(
      source: source, sourceStride: 0, target: target, targetStride: 0, length: length, count: 1)
  }

  /// The move that takes the elements back where they came from.
  package var reversed: StridedMove {
    StridedMove(
      source: target, sourceStride: targetStride, target: source, targetStride: sourceStride,
      length: length, count: count)
  }

  /// The elements that the runs touch on one side, as `low..<high`; strides may be negative.
  package static func extent(start: Int, stride: Int, length: Int, count: Int) -> Range<Int> {
    guard count > 0, length > 0 else { return start..<start }
    let last = start + (count - 1) * stride
    return min(start, last)..<(max(start, last) + length)
  }

  package var sourceExtent: Range<Int> {
    Self.extent(start: source, stride: sourceStride, length: length, count: count)
  }
  package var targetExtent: Range<Int> {
    Self.extent(start: target, stride: targetStride, length: length, count: count)
  }
}

extension FloatView {
  /// Copies the runs of `move` from `source` into this view. The views do not overlap.
  package func copy(_ move: StridedMove, from source: FloatView) {
    guard move.count > 0, move.length > 0 else { return }
    let read = move.sourceExtent
    let written = move.targetExtent
    precondition(read.lowerBound >= 0 && read.upperBound <= source.count, "reads outside its view")
    precondition(written.lowerBound >= 0 && written.upperBound <= count, "writes outside its view")
    // Both pointers are valid for the whole extents checked above; the views keep their buffers alive.
    var from = source.pointer + move.source
    var to = pointer + move.target
    for index in 0..<move.count {
      if move.length == 1 { to.pointee = from.pointee } else { memcpy(to, from, move.length * 4) }
      if index + 1 < move.count {
        from += move.sourceStride
        to += move.targetStride
      }
    }
  }
}

extension FloatView {
  /// The smallest and the largest element; NaN is passed over. `(+∞, −∞)` when there is none.
  package var extrema: (low: Float, high: Float) {
    var (low, high) = (Float.infinity, -Float.infinity)
    let values = pointer
    for index in 0..<count {
      let value = values[index]
      if value < low { low = value }
      if value > high { high = value }
    }
    return (low, high)
  }
}

extension FloatView {
  /// Widens the range of each channel by the first `rows` rows of `low.count` channels; NaN is passed over.
  package func widen(_ low: inout [Float], _ high: inout [Float], rows: Int) {
    let channels = low.count
    precondition(rows >= 0 && high.count == channels && rows * channels <= count)
    low.withUnsafeMutableBufferPointer { low in
      high.withUnsafeMutableBufferPointer { high in
        for row in 0..<rows {
          let x = pointer + row * channels
          for channel in 0..<channels {
            low[channel] = x[channel] < low[channel] ? x[channel] : low[channel]
            high[channel] = x[channel] > high[channel] ? x[channel] : high[channel]
          }
        }
      }
    }
  }

  /// Adds the first `rows` rows of `sums.count` channels to the sums.
  package func addRows(to sums: inout [Double], rows: Int) {
    let channels = sums.count
    precondition(rows >= 0 && rows * channels <= count)
    sums.withUnsafeMutableBufferPointer { sums in
      for row in 0..<rows {
        let x = pointer + row * channels
        for channel in 0..<channels { sums[channel] += Double(x[channel]) }
      }
    }
  }
}

extension FloatView {
  /// Counts the first `count` elements in bins of equal width from `low` on; what lies outside counts in the outermost.
  package func addHistogram(
    to counts: inout [Int], count: Int, low: Float, binsPerUnit: Float
  ) {
    precondition(count >= 0 && count <= self.count && !counts.isEmpty)
    let x = pointer
    let last = Float(counts.count - 1)
    counts.withUnsafeMutableBufferPointer { counts in
      for index in 0..<count {
        let bin = (x[index] - low) * binsPerUnit
        // NaN is not above 0 either.
        counts[bin > 0 ? Int(min(bin, last)) : 0] += 1
      }
    }
  }
}
