/// `raw_data` of a TensorProto: row-major elements, little-endian.
///
/// - Source: onnx.proto3, TensorProto.raw_data.
enum ONNXBytes {
  static func encode(_ data: ONNXData) -> [UInt8] {
    switch data {
    case .float32(let values): encode(values.map(\.bitPattern))
    case .uint8(let values): values
    case .int8(let values): values.map(UInt8.init(bitPattern:))
    case .int32(let values): encode(values)
    case .int64(let values): encode(values)
    }
  }

  /// - Precondition: `bytes` holds a whole number of elements.
  static func decode(_ bytes: [UInt8], _ element: ONNXModel.Element) -> ONNXData {
    switch element {
    case .float32: .float32(decode(bytes, UInt32.self).map(Float.init(bitPattern:)))
    case .uint8: .uint8(bytes)
    case .int8: .int8(bytes.map(Int8.init(bitPattern:)))
    case .int32: .int32(decode(bytes, Int32.self))
    case .int64: .int64(decode(bytes, Int64.self))
    }
  }

  private static func encode<Number: FixedWidthInteger>(_ values: [Number]) -> [UInt8] {
    let size = Number.bitWidth / 8
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    for value in values {
      for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    return bytes
  }

  private static func decode<Number: FixedWidthInteger>(
    _ bytes: [UInt8], _: Number.Type
  ) -> [Number] {
    let size = Number.bitWidth / 8
    precondition(bytes.count.isMultiple(of: size))
    return stride(from: 0, to: bytes.count, by: size).map { start in
      var value: Number = 0
      for index in 0..<size {
        value |= Number(truncatingIfNeeded: bytes[start + index]) << (8 * index)
      }
      return value
    }
  }
}
