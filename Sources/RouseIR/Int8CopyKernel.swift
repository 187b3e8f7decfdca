import Glibc
import RouseNumerics

/// The int8 meaning of every operator that only moves elements.
struct Int8CopyKernel: Int8Kernel {
  enum Source: Hashable, Sendable {
    case arena(offset: Int)
    case state(offset: Int)
    case constant([Int8])

    init(_ location: Int8Location) {
      switch location {
      case .arena(let offset): self = .arena(offset: offset)
      case .constant(let data): self = .constant(data.bytes)
      }
    }
  }

  enum Target: Hashable, Sendable {
    case arena(offset: Int)
    case state(offset: Int)
  }

  struct Step: Hashable, Sendable {
    let from: Source
    let to: Target
    let move: StridedMove
    /// What is read and written, computed once.
    let read: Range<Int>
    let written: Range<Int>

    init(from: Source, to: Target, _ move: StridedMove) {
      self.from = from
      self.to = to
      self.move = move
      read = move.sourceExtent
      written = move.targetExtent
    }
  }

  let steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  func run(_ memory: inout Int8Memory) {
    for step in steps {
      switch (step.from, step.to) {
      case (.arena(let from), .arena(let to)):
        memory.arena.withUnsafeMutableBufferPointer { bytes in
          Self.copy(step, from: UnsafeBufferPointer(bytes), at: from, to: bytes, at: to)
        }
      case (.state(let from), .state(let to)):
        memory.state.withUnsafeMutableBufferPointer { bytes in
          Self.copy(step, from: UnsafeBufferPointer(bytes), at: from, to: bytes, at: to)
        }
      case (.arena(let from), .state(let to)):
        Self.copy(step, from: memory.arena, at: from, to: &memory.state, at: to)
      case (.state(let from), .arena(let to)):
        Self.copy(step, from: memory.state, at: from, to: &memory.arena, at: to)
      case (.constant(let values), .arena(let to)):
        Self.copy(step, from: values, at: 0, to: &memory.arena, at: to)
      case (.constant(let values), .state(let to)):
        Self.copy(step, from: values, at: 0, to: &memory.state, at: to)
      }
    }
  }

  private static func copy(
    _ step: Step, from source: [Int8], at from: Int, to target: inout [Int8], at to: Int
  ) {
    source.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        copy(step, from: source, at: from, to: target, at: to)
      }
    }
  }

  /// Both buffers are valid only inside the closures that call this; every run is checked against their bounds.
  @inline(__always)
  private static func copy(
    _ step: Step, from source: UnsafeBufferPointer<Int8>, at from: Int,
    to target: UnsafeMutableBufferPointer<Int8>, at to: Int
  ) {
    let move = step.move
    guard move.count > 0, move.length > 0, let sourceBase = source.baseAddress,
      let targetBase = target.baseAddress
    else { return }
    precondition(
      from + step.read.lowerBound >= 0 && from + step.read.upperBound <= source.count)
    precondition(
      to + step.written.lowerBound >= 0 && to + step.written.upperBound <= target.count)
    for index in 0..<move.count {
      memmove(
        targetBase + (to &+ move.target &+ index &* move.targetStride),
        sourceBase + (from &+ move.source &+ index &* move.sourceStride), move.length)
    }
  }
}
