import RouseNumerics

/// Where a kernel reads an 8-bit operand: the arena or its own copy of a constant.
struct Int8Operand: Sendable {
  private let offset: Int
  private let constant: [Int8]?

  init(_ location: Int8Location) {
    switch location {
    case .arena(let offset):
      self.offset = offset
      constant = nil
    case .constant(let data):
      offset = 0
      constant = data.bytes
    }
  }

  @inline(__always)
  func value(_ index: Int, _ arena: [Int8]) -> Int8 {
    if let constant { return constant[index] }
    return arena[offset &+ index]
  }
}

/// ADD and MUL in integers: a function of the two operands, rescaled and clamped.
struct Int8ElementwiseKernel: Int8Kernel {
  enum Function: Sendable {
    /// `multiplier · (left[a] + right[b])`; the tables hold each operand's term by bit pattern.
    case add(left: [Int32], right: [Int32])
    /// `multiplier · (a − zero point) · (b − zero point)`
    case multiply(zeroPoints: (Int32, Int32))
  }

  private let a: Int8Operand
  private let b: Int8Operand
  private let target: Int
  private let function: Function
  private let multiplier: FixedPointMultiplier
  private let zeroPoint: Int32
  private let range: ClosedRange<Int32>
  private let broadcast: Broadcast

  init(
    _ node: Int8Node, _ function: Function, multiplier: FixedPointMultiplier, zeroPoint: Int32,
    range: ClosedRange<Int32>
  ) {
    a = Int8Operand(node.inputs[0])
    b = Int8Operand(node.inputs[1])
    target = node.outputs[0]
    self.function = function
    self.multiplier = multiplier
    self.zeroPoint = zeroPoint
    self.range = range
    broadcast = Broadcast(
      node.outputTypes[0].shape, node.inputTypes[0].shape, node.inputTypes[1].shape)
  }

  func run(_ memory: inout Int8Memory) {
    switch function {
    case .add(let left, let right):
      apply(&memory) { a, b in
        left[Int(UInt8(bitPattern: a))] &+ right[Int(UInt8(bitPattern: b))]
      }
    case .multiply(let zeroPoints):
      apply(&memory) { a, b in
        (Int32(a) &- zeroPoints.0) &* (Int32(b) &- zeroPoints.1)
      }
    }
  }

  @inline(__always)
  private func apply(_ memory: inout Int8Memory, _ function: (Int8, Int8) -> Int32) {
    // Runs follow each other in the result.
    var y = target
    broadcast.forEachRun(rows: broadcast.rows) { _, aStart, bStart in
      for index in 0..<broadcast.length {
        let left = a.value(aStart &+ index &* broadcast.aStep, memory.arena)
        let right = b.value(bStart &+ index &* broadcast.bStep, memory.arena)
        let scaled = multiplier.apply(function(left, right)) &+ zeroPoint
        memory.arena[y] = Int8(
          truncatingIfNeeded: FixedPoint.clamp(scaled, range.lowerBound, range.upperBound))
        y &+= 1
      }
    }
  }
}
