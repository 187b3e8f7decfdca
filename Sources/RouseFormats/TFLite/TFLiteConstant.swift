import RouseIR
import RouseNumerics

/// The bytes of constants: little endian, row-major.
enum TFLiteConstant {
  static func bytes(_ data: TensorData) -> [UInt8] {
    switch data {
    case .uint8(let values): values
    case .int8, .int32, .float32: data.bytes.map(UInt8.init(bitPattern:))
    }
  }

  /// The elements of `count · element.bytes` bytes.
  static func data(_ bytes: [UInt8], _ element: ElementType) -> TensorData {
    switch element {
    case .int8: .int8(bytes.map(Int8.init(bitPattern:)))
    case .int32: .int32(words(bytes).map(Int32.init(bitPattern:)))
    case .float32: .float32(words(bytes).map(Float.init(bitPattern:)))
    case .uint8: .uint8(bytes)
    }
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
  /// One zero point for each scale, or for all: LiteRT and TFLite Micro ignore or refuse a quantization without any.
  init(_ quantization: Quantization, _ form: TFLiteForm.ZeroPoints) {
    let count = form == .one ? 1 : quantization.scales.count
    self.init(
      scales: quantization.scales,
      zeroPoints: [Int64](repeating: Int64(quantization.zeroPoint), count: count),
      dimension: Int32(quantization.axis ?? 0))
  }
}
