import Glibc

/// Fixed-size float32 storage, aligned to 64 bytes, that kernels write in place.
///
/// A reference type on purpose: a training plan binds views of it once and then runs any number of steps
/// without allocating. Two shards may write disjoint ranges at the same time; nothing else is shared.
package final class FloatBuffer: @unchecked Sendable {
  package let count: Int
  /// Valid while `self` lives. Only kernel wrappers in this module hand it to C.
  let base: UnsafeMutablePointer<Float>

  /// Storage of `count` zeros.
  package init(count: Int) {
    precondition(count >= 0)
    self.count = count
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let address = source.baseAddress { base.update(from: address, count: values.count) }
    }
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// A contiguous, bounds-checked window into a `FloatBuffer` with a shape.
package struct FloatView: Sendable {
  package let buffer: FloatBuffer
  package let offset: Int
  package let shape: Shape
  /// Elements, kept because loops ask for it at every one of them.
  package let count: Int

  package init(_ buffer: FloatBuffer, offset: Int = 0, shape: Shape) {
    count = shape.count
    precondition(offset >= 0 && offset + count <= buffer.count, "view outside its buffer")
    self.buffer = buffer
    self.offset = offset
    self.shape = shape
  }

  /// A view of its own new buffer, all zeros.
  package init(zeros shape: Shape) { self.init(FloatBuffer(count: shape.count), shape: shape) }

  package init(_ values: [Float], shape: Shape) {
    precondition(values.count == shape.count)
    self.init(FloatBuffer(values), shape: shape)
  }

  /// Start of the window. Valid while `buffer` lives, which this view keeps alive.
  var pointer: UnsafeMutablePointer<Float> { buffer.base + offset }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count)
      return pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count)
      pointer[index] = newValue
    }
  }

  /// The elements in order, copied.
  package var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The same elements under another shape of equal count.
  package func reshaped(_ shape: Shape) -> FloatView {
    precondition(shape.count == count)
    return FloatView(buffer, offset: offset, shape: shape)
  }

  /// `count` elements from `start`, as a flat view.
  package func slice(_ start: Int, count: Int) -> FloatView {
    precondition(start >= 0 && start + count <= self.count)
    return FloatView(buffer, offset: offset + start, shape: [count])
  }

  package func fill(_ value: Float) { pointer.update(repeating: value, count: count) }

  /// `count` zeros from `start` on.
  package func clear(from start: Int, count: Int) { clear(start..<start + count) }

  /// Zeros in `range`.
  package func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    (pointer + range.lowerBound).update(repeating: 0, count: range.count)
  }

  /// `x *= factor` in `range`.
  package func scale(_ range: Range<Int>, by factor: Float) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    for index in range { pointer[index] *= factor }
  }

  /// In `range`, 0 with probability `rate`, else `kept`.
  package func drop(
    _ range: Range<Int>, rate: Float, kept: Float, _ generator: inout SeededGenerator
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    for index in range { pointer[index] = generator.unit() < rate ? 0 : kept }
  }

  package func copy(from source: FloatView) {
    precondition(source.count == count)
    memmove(pointer, source.pointer, count * 4)
  }

  package func copy(from source: [Float]) {
    precondition(source.count == count)
    source.withUnsafeBufferPointer { values in
      if let address = values.baseAddress { memcpy(pointer, address, count * 4) }
    }
  }
}
