/// A field of a protobuf message, not decoded further than its wire type says.
struct ProtobufField {
  enum Value {
    case number(UInt64)
    case bytes(Range<Int>)
    /// The bytes of a 32- or 64-bit number.
    case fixed(Range<Int>)
  }

  var number: Int
  /// The field with its key and length.
  var range: Range<Int>
  var value: Value
}

/// Splits protobuf messages into fields, for files that nobody has checked and whatever fields they have.
///
/// Lengths are checked against their parent, groups are refused, and the number of fields is bounded.
///
/// - Source: Protocol Buffers encoding specification (wire types 0, 1, 2 and 5; varints of at most 10 bytes).
struct ProtobufScan {
  static let maximumFields = 1 << 20

  let bytes: [UInt8]
  private var fieldCount = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The fields of the message in `range`, in the order of the file.
  mutating func fields(_ range: Range<Int>) throws(FormatError) -> [ProtobufField] {
    var result: [ProtobufField] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let key = try varint(&position, end: range.upperBound)
      fieldCount += 1
      guard fieldCount <= Self.maximumFields else {
        throw .tooLarge(
          .onnx, offset: start, what: "fields", limit: Self.maximumFields, found: fieldCount)
      }
      let value: ProtobufField.Value
      switch key & 7 {
      case 0: value = .number(try varint(&position, end: range.upperBound))
      case 1: value = .fixed(try take(8, &position, end: range.upperBound))
      case 2:
        let length = try varint(&position, end: range.upperBound)
        guard length <= UInt64(range.upperBound - position) else {
          throw malformed(start, "a length up to \(range.upperBound - position)", "\(length)")
        }
        value = .bytes(try take(Int(length), &position, end: range.upperBound))
      case 5: value = .fixed(try take(4, &position, end: range.upperBound))
      default: throw malformed(start, "wire type 0, 1, 2 or 5", "\(key & 7)")
      }
      guard key >> 3 > 0, key >> 3 < 1 << 29 else {
        throw malformed(start, "a field number from 1", "\(key >> 3)")
      }
      result.append(
        ProtobufField(number: Int(key >> 3), range: start..<position, value: value))
    }
    return result
  }

  /// The numbers of a packed repeated field.
  mutating func packed(_ range: Range<Int>) throws(FormatError) -> [UInt64] {
    var result: [UInt64] = []
    var position = range.lowerBound
    while position < range.upperBound {
      result.append(try varint(&position, end: range.upperBound))
    }
    return result
  }

  /// UTF-8, whatever is not replaced by U+FFFD.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Little-endian 32-bit reals.
  func reals(_ range: Range<Int>) -> [Float] {
    stride(from: range.lowerBound, to: range.upperBound - 3, by: 4).map { start in
      var bits: UInt32 = 0
      for index in 0..<4 { bits |= UInt32(bytes[start + index]) << UInt32(8 * index) }
      return Float(bitPattern: bits)
    }
  }

  func malformed(_ offset: Int, _ expected: String, _ found: String) -> FormatError {
    .malformed(.onnx, offset: offset, expected: expected, found: found)
  }

  // MARK: - Primitives

  private func take(
    _ count: Int, _ position: inout Int, end: Int
  ) throws(FormatError) -> Range<Int> {
    guard count <= end - position else {
      throw malformed(position, "\(count) bytes", "\(end - position)")
    }
    defer { position += count }
    return position..<position + count
  }

  private func varint(_ position: inout Int, end: Int) throws(FormatError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw malformed(start, "a varint", "the end") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte & 0x80 == 0 {
        guard index < 9 || byte <= 1 else { break }
        return value
      }
    }
    throw malformed(start, "a varint of 64 bits", "a longer one")
  }
}
