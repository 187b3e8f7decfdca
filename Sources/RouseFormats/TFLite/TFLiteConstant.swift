import RouseIR
import RouseNumerics

/// The bytes of constants: little endian, row-major.
enum TFLiteConstant {
  static func bytes(_ data: TensorData) -> [UInt8] {
    switch data {
    case .int8(let values): values.map(UInt8.init(bitPattern:))
    case .int32(let values): values.flatMap { littleEndian(UInt32(bitPattern: $0)) }
    case .float32(let values): values.flatMap { littleEndian($0.bitPattern) }
    }
  }

  /// The real value 0 in every element: what a variable holds before the first inference.
  static func zero(of type: TensorType) -> [UInt8] {
    let zeroPoint = type.quantization?.zeroPoint ?? 0
    let element =
      switch type.element {
      case .float32: littleEndian(0)
      case .int32: littleEndian(UInt32(bitPattern: zeroPoint))
      case .int8, .uint8: [UInt8(truncatingIfNeeded: zeroPoint)]
      }
    return (0..<type.shape.count).flatMap { _ in element }
  }

  /// The elements of `count · element.bytes` bytes; nil for an element type that constants cannot have.
  static func data(_ bytes: [UInt8], _ element: ElementType) -> TensorData? {
    switch element {
    case .int8: .int8(bytes.map(Int8.init(bitPattern:)))
    case .int32: .int32(words(bytes).map(Int32.init(bitPattern:)))
    case .float32: .float32(words(bytes).map(Float.init(bitPattern:)))
    case .uint8: nil
    }
  }

  private static func littleEndian(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }

  private static func words(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
  }
}

extension TFLiteModel.Element {
  init(_ element: ElementType) {
    switch element {
    case .float32: self = .float32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int32: self = .int32
    }
  }
}

extension ElementType {
  /// Nil for element types that the IR does not have.
  init?(_ element: TFLiteModel.Element) {
    switch element {
    case .float32: self = .float32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int32: self = .int32
    default: return nil
    }
  }
}

extension TFLiteModel.Quantization {
  /// One zero point for each scale: LiteRT and TFLite Micro ignore or refuse a quantization without them.
  init(_ quantization: Quantization) {
    self.init(
      scales: quantization.scales,
      zeroPoints: [Int64](
        repeating: Int64(quantization.zeroPoint), count: quantization.scales.count),
      dimension: Int32(quantization.axis ?? 0))
  }
}
