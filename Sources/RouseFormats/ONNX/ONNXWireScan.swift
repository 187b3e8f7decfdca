/// Checks the wire format of an `.onnx` file before libprotobuf-c sees it.
///
/// Every length stays inside its parent, every field has the wire type that the schema gives it, a singular field
/// occurs once, text is UTF-8, nesting follows the schema (7 levels at most) and the number of fields is bounded, so
/// the memory that decoding takes is bounded by the limits below.
///
/// - Source: Protocol Buffers encoding specification (wire types 0, 1, 2 and 5; varints of at most 10 bytes).
struct ONNXWireScan {
  /// Largest accepted file. A wake-word model is below 1 MiB; the limit leaves room for any network that a
  /// microcontroller could hold.
  static let maximumBytes = 64 << 20
  /// Most fields in a file, packed elements counted singly. One field costs the decoder 200 bytes at most (the
  /// largest message struct with its allocation), so decoding stays below 200 MiB and the file's own size.
  static let maximumFields = 1 << 20

  /// Where the messages at each place begin, in the order of the file: `model.graph.node` -> `[12, 80]`.
  private var offsets: [String: [Int]] = [:]
  private var fieldCount = 0
  private var position = 0
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) throws(FormatError) {
    self.bytes = bytes
    guard bytes.count <= Self.maximumBytes else {
      throw .tooLarge(
        .onnx, offset: 0, what: "bytes", limit: Self.maximumBytes, found: bytes.count)
    }
    try message(.model, end: bytes.count, part: "model")
  }

  /// Start of the message, for errors found after decoding.
  func offset(_ part: String, _ index: Int) -> Int {
    let starts = offsets[part] ?? []
    return starts.indices.contains(index) ? starts[index] : 0
  }

  // MARK: - Messages

  private mutating func message(
    _ message: ONNXSchema.Message, end: Int, part: String
  ) throws(FormatError) {
    offsets[part, default: []].append(position)
    var seen: Set<UInt64> = []
    while position < end {
      let start = position
      let key = try varint(end: end, part: part)
      let (number, wireType) = (key >> 3, key & 7)
      guard let field = ONNXSchema.field(message, number) else {
        throw .unsupported(.onnx, offset: start, feature: "field \(number) of \(part)")
      }
      let name = "\(part).\(field.name)"
      try count(1)
      guard field.isRepeated || field.kind == .ignored || seen.insert(number).inserted else {
        throw malformed(start, name, "the field once", "it again")
      }
      try value(field, wireType, start: start, end: end, part: name)
    }
  }

  private mutating func value(
    _ field: ONNXSchema.Field, _ wireType: UInt64, start: Int, end: Int, part: String
  ) throws(FormatError) {
    switch (field.kind, wireType) {
    case (.int64, 0):
      _ = try varint(end: end, part: part)
    case (.int32, 0):
      let number = try varint(end: end, part: part)
      guard number <= UInt64(Int32.max) else {
        throw malformed(start, part, "0 to \(Int32.max)", "\(number)")
      }
    case (.int64, 2) where field.isRepeated:
      let last = try length(end: end, part: part)
      while position < last {
        _ = try varint(end: last, part: part)
        try count(1)
      }
    case (.float, 5):
      try skip(4, end: end, part: part)
    case (.string, 2):
      let last = try length(end: end, part: part)
      let text = bytes[position..<last]
      guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
        throw malformed(start, part, "UTF-8 text without NUL", "other bytes")
      }
      position = last
    case (.bytes, 2):
      position = try length(end: end, part: part)
    case (.message(let inner), 2):
      let last = try length(end: end, part: part)
      try message(inner, end: last, part: part)
    case (.ignored, 0):
      _ = try varint(end: end, part: part)
    case (.ignored, 2):
      position = try length(end: end, part: part)
    default:
      throw malformed(start, part, "the wire type of \(field.kind)", "wire type \(wireType)")
    }
  }

  // MARK: - Primitives

  private mutating func varint(end: Int, part: String) throws(FormatError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw malformed(start, part, "a varint", "the end") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      guard byte & 0x80 != 0 else {
        guard index < 9 || byte <= 1 else { break }
        return value
      }
    }
    throw malformed(start, part, "a varint of 64 bits", "a longer one")
  }

  /// The end of the length-delimited value whose length comes next.
  private mutating func length(end: Int, part: String) throws(FormatError) -> Int {
    let start = position
    let length = try varint(end: end, part: part)
    guard length <= UInt64(end - position) else {
      throw malformed(start, part, "a length up to \(end - position)", "\(length)")
    }
    return position + Int(length)
  }

  private mutating func skip(_ count: Int, end: Int, part: String) throws(FormatError) {
    guard end - position >= count else {
      throw malformed(position, part, "\(count) bytes", "\(end - position)")
    }
    position += count
  }

  private mutating func count(_ more: Int) throws(FormatError) {
    fieldCount += more
    guard fieldCount <= Self.maximumFields else {
      throw .tooLarge(
        .onnx, offset: position, what: "fields", limit: Self.maximumFields, found: fieldCount)
    }
  }

  private func malformed(
    _ offset: Int, _ part: String, _ expected: String, _ found: String
  ) -> FormatError {
    .malformed(.onnx, offset: offset, expected: "\(part): \(expected)", found: found)
  }
}
