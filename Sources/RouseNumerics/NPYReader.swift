extension NPYArray {
  /// No plain array needs a longer header; NumPy's own reader stops at 10,000 bytes.
  static let headerLimit = 10_000
  /// NumPy's limit of dimensions.
  static let rankLimit = 64

  /// Reads a file of format version 1.0, 2.0 or 3.0.
  ///
  /// Nothing is allocated before the shape has been compared with the size of the file, so a hostile
  /// header costs no more memory than the file itself.
  public init(bytes: [UInt8]) throws(NPYError) {
    guard bytes.starts(with: NPYArray.magic) else { throw .notNPY }
    try NPYArray.need(2, in: bytes, from: 6)
    let version = (major: bytes[6], minor: bytes[7])
    guard (1...3).contains(version.major), version.minor == 0 else {
      throw .unsupportedVersion(major: version.major, minor: version.minor)
    }
    let lengthBytes = version.major == 1 ? 2 : 4
    try NPYArray.need(lengthBytes, in: bytes, from: 8)
    var headerBytes = 0
    for index in (0..<lengthBytes).reversed() {
      headerBytes = headerBytes << 8 | Int(bytes[8 + index])
    }
    guard headerBytes <= NPYArray.headerLimit else {
      throw .headerTooLong(offset: 8, found: headerBytes, limit: NPYArray.headerLimit)
    }
    let headerStart = 8 + lengthBytes
    try NPYArray.need(headerBytes, in: bytes, from: headerStart)
    let dataStart = headerStart + headerBytes
    var parser = NPYHeaderParser(bytes: bytes, position: headerStart, end: dataStart)
    let header = try parser.parse()
    let count = try NPYArray.elementCount(header)
    let width = header.type.width
    let (expected, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow else { throw .shapeTooLarge(offset: header.shapeOffset) }
    guard bytes.count - dataStart == expected else {
      throw .sizeMismatch(offset: dataStart, expected: expected, found: bytes.count - dataStart)
    }
    let elements = bytes.withUnsafeBytes { buffer in
      header.type.elements(UnsafeRawBufferPointer(rebasing: buffer[dataStart...]), count: count)
    }
    self.init(shape: Shape(header.shape), elements)
  }

  private static func need(_ count: Int, in bytes: [UInt8], from offset: Int) throws(NPYError) {
    guard bytes.count - offset >= count else {
      throw .truncated(offset: offset, needed: count, available: max(bytes.count - offset, 0))
    }
  }

  /// The product of the extents. Also the product without the zeros must fit, since later code multiplies
  /// the extents in any order.
  private static func elementCount(_ header: NPYHeader) throws(NPYError) -> Int {
    var product = 1
    for extent in header.shape where extent != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .shapeTooLarge(offset: header.shapeOffset) }
      product = next
    }
    return header.shape.contains(0) ? 0 : product
  }
}

/// The three entries of a header.
struct NPYHeader {
  var type: NPYType
  var shape: [Int]
  var shapeOffset: Int
}

/// The element types this program reads and writes, by NumPy's names: `|` for single bytes, `<` for
/// little-endian.
enum NPYType: String, CaseIterable {
  case float32 = "<f4"
  case uint8 = "|u1"
  case int8 = "|i1"
  case uint16 = "<u2"
  case int16 = "<i2"
  case int32 = "<i4"
  case int64 = "<i8"

  var width: Int {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }

  /// `count` elements of this type. `data` holds at least that many and need not be aligned.
  func elements(_ data: UnsafeRawBufferPointer, count: Int) -> NPYArray.Elements {
    func integers<Value: FixedWidthInteger>(_ type: Value.Type) -> [Value] {
      let width = MemoryLayout<Value>.size
      return (0..<count).map {
        Value(littleEndian: data.loadUnaligned(fromByteOffset: $0 * width, as: type))
      }
    }
    switch self {
    case .float32: return .float32(integers(UInt32.self).map(Float.init(bitPattern:)))
    case .uint8: return .uint8(integers(UInt8.self))
    case .int8: return .int8(integers(Int8.self))
    case .uint16: return .uint16(integers(UInt16.self))
    case .int16: return .int16(integers(Int16.self))
    case .int32: return .int32(integers(Int32.self))
    case .int64: return .int64(integers(Int64.self))
    }
  }
}

/// Reads the Python dictionary literal of a header: exactly `descr`, `fortran_order` and `shape`, each once,
/// in any order.
struct NPYHeaderParser {
  let bytes: [UInt8]
  var position: Int
  let end: Int

  mutating func parse() throws(NPYError) -> NPYHeader {
    var type: NPYType?
    var isCOrder = false
    var shape: (extents: [Int], offset: Int)?
    try expect("{")
    while !accept("}") {
      let keyOffset = position
      switch try string() {
      case "descr" where type == nil:
        try expect(":")
        type = try elementType()
      case "fortran_order" where !isCOrder:
        try expect(":")
        try requireCOrder()
        isCOrder = true
      case "shape" where shape == nil:
        try expect(":")
        skipSpaces()
        let offset = position
        shape = (try tuple(), offset)
      default:
        throw .malformedHeader(
          offset: keyOffset, expected: "'descr', 'fortran_order' and 'shape', each once")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipSpaces()
    guard position == end else {
      throw .malformedHeader(offset: position, expected: "end of header")
    }
    guard let type, isCOrder, let shape else {
      throw .malformedHeader(
        offset: position, expected: "'descr', 'fortran_order' and 'shape', each once")
    }
    return NPYHeader(type: type, shape: shape.extents, shapeOffset: shape.offset)
  }

  // MARK: - Values

  private mutating func elementType() throws(NPYError) -> NPYType {
    skipSpaces()
    let offset = position
    if position < end, bytes[position] == UInt8(ascii: "[") {
      throw .unsupportedType(offset: offset, found: "[")
    }
    let name = try string()
    guard let type = NPYType(rawValue: name) else {
      throw .unsupportedType(offset: offset, found: name)
    }
    return type
  }

  private mutating func requireCOrder() throws(NPYError) {
    skipSpaces()
    let offset = position
    if accept("True") { throw .fortranOrder(offset: offset) }
    guard accept("False") else { throw .malformedHeader(offset: offset, expected: "True or False") }
  }

  private mutating func tuple() throws(NPYError) -> [Int] {
    var extents: [Int] = []
    try expect("(")
    while !accept(")") {
      let offset = position
      guard extents.count < NPYArray.rankLimit else {
        throw .malformedHeader(offset: offset, expected: "at most \(NPYArray.rankLimit) extents")
      }
      extents.append(try number())
      if !accept(",") {
        guard extents.count > 1 else { throw .malformedHeader(offset: position, expected: ",") }
        try expect(")")
        break
      }
    }
    return extents
  }

  private mutating func number() throws(NPYError) -> Int {
    skipSpaces()
    let start = position
    var value = 0
    while position < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      let digit = Int(bytes[position] - UInt8(ascii: "0"))
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw .shapeTooLarge(offset: start) }
      value = sum
      position += 1
    }
    guard position > start else { throw .malformedHeader(offset: start, expected: "an extent") }
    return value
  }

  /// A quoted string without escapes; element types and keys need none.
  private mutating func string() throws(NPYError) -> String {
    skipSpaces()
    let start = position
    let quote: UInt8
    if accept("'") {
      quote = UInt8(ascii: "'")
    } else if accept("\"") {
      quote = UInt8(ascii: "\"")
    } else {
      throw .malformedHeader(offset: start, expected: "a quoted string")
    }
    let first = position
    while position < end, bytes[position] != quote { position += 1 }
    guard position < end else { throw .malformedHeader(offset: start, expected: "a closing quote") }
    defer { position += 1 }
    return String(decoding: bytes[first..<position], as: UTF8.self)
  }

  // MARK: - Tokens

  private mutating func skipSpaces() {
    while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ token: String) -> Bool {
    skipSpaces()
    let wanted = token.utf8
    guard end - position >= wanted.count,
      bytes[position..<position + wanted.count].elementsEqual(wanted)
    else { return false }
    position += wanted.count
    return true
  }

  private mutating func expect(_ token: String) throws(NPYError) {
    guard accept(token) else { throw .malformedHeader(offset: position, expected: token) }
  }
}
