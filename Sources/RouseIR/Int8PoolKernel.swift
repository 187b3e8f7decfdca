import RouseNumerics

/// AVERAGE_POOL_2D and MAX_POOL_2D in integers.
struct Int8PoolKernel: Int8Kernel {
  enum Function: Sendable {
    /// The sum of the covered values divided by their number, half away from zero.
    case average
    case maximum
  }

  private let source: Int8Operand
  private let target: Int
  private let window: Window
  private let batch: Int
  private let function: Function
  private let range: ClosedRange<Int32>

  init(
    _ node: Int8Node, _ window: Window, batch: Int, _ function: Function,
    range: ClosedRange<Int32>
  ) {
    source = Int8Operand(node.inputs[0])
    target = node.outputs[0]
    self.window = window
    self.batch = batch
    self.function = function
    self.range = range
  }

  func run(_ memory: inout Int8Memory) {
    var y = target
    for image in 0..<batch {
      for i in 0..<window.height.output {
        for j in 0..<window.width.output {
          let count = Int32(truncatingIfNeeded: window.coverage(i, j))
          for channel in 0..<window.channels {
            let start = image &* window.imageCount &+ channel
            let result = reduce(memory.arena, i, j, start, count)
            memory.arena[y] = Int8(
              truncatingIfNeeded: FixedPoint.clamp(result, range.lowerBound, range.upperBound))
            y &+= 1
          }
        }
      }
    }
  }

  @inline(__always)
  private func reduce(_ arena: [Int8], _ i: Int, _ j: Int, _ start: Int, _ count: Int32) -> Int32 {
    switch function {
    case .average:
      var sum: Int32 = 0
      window.forEachTap(i, j) { sum &+= Int32(source.value(start &+ $0, arena)) }
      return FixedPoint.roundingDivide(sum, by: count)
    case .maximum:
      var largest: Int32 = -128
      window.forEachTap(i, j) { largest = max(largest, Int32(source.value(start &+ $0, arena))) }
      return largest
    }
  }
}
