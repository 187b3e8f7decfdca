import Glibc
import RouseNumerics

/// A function of one 8-bit value, as its 256 results; index and result are bit patterns.
struct Int8Table: Hashable, Sendable {
  let results: [Int8]

  /// - Parameter function: maps a quantized value of type `input` to a result that fits 8 bits.
  init(input: ElementType, _ function: (Int32) -> Int32) {
    results = (0..<256).map { pattern in
      let value = input == .uint8 ? Int32(pattern) : Int32(Int8(truncatingIfNeeded: pattern))
      return Int8(truncatingIfNeeded: function(value))
    }
  }

  /// `1 / (1 + exp(−x))` from any int8 quantization to scale 1/256 and zero point −128.
  ///
  /// The input is scaled to 4 integer bits; beyond the radius the result saturates.
  ///
  /// - Returns: nil for a scale whose multiplier TFLite Micro cannot hold.
  /// - Source: TFLite Micro `CalculateArithmeticOpDataLogistic`, `CalculateInputRadius` and
  ///   `reference_integer_ops::Logistic`.
  static func logistic(inputScale: Float, inputZeroPoint: Int32) -> Int8Table? {
    var shift: Int32 = 0
    let fraction = frexp(Double(inputScale) * 0x1p27, &shift)
    guard (0...30).contains(shift) else { return nil }
    let mantissa = Int64((fraction * 0x1p31).rounded(.toNearestOrAwayFromZero))
    guard let multiplier = Int32(exactly: mantissa) else { return nil }
    let scale = FixedPointMultiplier(multiplier: multiplier, shift: shift)
    let radius = Int32((15 * 0x1p27 / Double(Int64(1) << Int64(shift))).rounded(.down))
    return Int8Table(input: .int8) { value in
      let x = value &- inputZeroPoint
      if x <= -radius { return -128 }
      if x >= radius { return 127 }
      let y = FixedPoint.roundingDivideByPowerOfTwo(FixedPoint.logistic(q4: scale.apply(x)), 23)
      return FixedPoint.clamp(y - 128, -128, 127)
    }
  }
}

/// Applies a table to every element.
struct Int8TableKernel: Int8Kernel {
  private let source: Int8Location
  private let target: Int
  private let count: Int
  private let table: [Int8]

  init(_ node: Int8Node, table: Int8Table) {
    source = node.inputs[0]
    target = node.outputs[0]
    count = node.outputTypes[0].shape.count
    self.table = table.results
  }

  func run(_ memory: inout Int8Memory) {
    switch source {
    case .arena(let offset):
      for index in 0..<count {
        let value = memory.arena[offset &+ index]
        memory.arena[target &+ index] = table[Int(UInt8(bitPattern: value))]
      }
    case .constant(.int8(let values)):
      for index in 0..<count {
        memory.arena[target &+ index] = table[Int(UInt8(bitPattern: values[index]))]
      }
    case .constant: preconditionFailure("only int8 constants are looked up")
    }
  }
}
