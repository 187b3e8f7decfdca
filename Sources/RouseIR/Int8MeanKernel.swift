import RouseNumerics

/// MEAN in integers.
struct Int8MeanKernel: Int8Kernel {
  private let source: Int8Operand
  private let target: Int
  /// The first element of each result, and how far the others of its mean lie from there.
  private let starts: [Int]
  private let offsets: [Int]
  /// `Σ zero point` of one mean.
  private let zeroSum: Int32
  private let multiplier: FixedPointMultiplier
  private let zeroPoint: Int32

  init(
    _ node: Int8Node, _ shape: Shape, axes: [Int], multiplier: FixedPointMultiplier,
    inputZeroPoint: Int32, outputZeroPoint: Int32
  ) {
    source = Int8Operand(node.inputs[0])
    target = node.outputs[0]
    var (starts, offsets) = ([0], [0])
    var step = shape.count
    for axis in 0..<shape.rank {
      step /= shape[axis]
      func spread(_ indices: [Int]) -> [Int] {
        indices.flatMap { start in (0..<shape[axis]).map { start + $0 * step } }
      }
      if axes.contains(axis) { offsets = spread(offsets) } else { starts = spread(starts) }
    }
    self.starts = starts
    self.offsets = offsets
    zeroSum = inputZeroPoint &* Int32(truncatingIfNeeded: offsets.count)
    self.multiplier = multiplier
    zeroPoint = outputZeroPoint
  }

  func run(_ memory: inout Int8Memory) {
    for (index, start) in starts.enumerated() {
      var sum: Int32 = 0
      for offset in offsets { sum &+= Int32(source.value(start &+ offset, memory.arena)) }
      let result = multiplier.apply(sum &- zeroSum) &+ zeroPoint
      memory.arena[target &+ index] = Int8(
        truncatingIfNeeded: FixedPoint.clamp(result, -128, 127))
    }
  }
}
