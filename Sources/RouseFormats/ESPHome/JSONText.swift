/// A JSON value together with the line on which it begins.
struct JSONNode: Hashable, Sendable {
  indirect enum Value: Hashable, Sendable {
    case object([Member])
    case array([JSONNode])
    case string(String)
    /// The number as it is written: `0.97`, `10`, `1e3`.
    case number(String)
    case bool(Bool)
    case null
  }

  struct Member: Hashable, Sendable {
    var key: String
    var node: JSONNode
  }

  /// The first line is 1.
  var line: Int
  var value: Value

  /// What it is, short enough for a message.
  var summary: String {
    switch value {
    case .object: "an object"
    case .array: "a list"
    case .string(let text): "\"\(text.prefix(80))\""
    case .number(let text): "\(text.prefix(40))"
    case .bool(let value): "\(value)"
    case .null: "null"
    }
  }
}

/// Reads JSON (RFC 8259) and remembers lines, which Foundation's decoder does not.
struct JSONText {
  /// Manifests nest 2 deep; the reader recurses into every list and object.
  static let deepest = 8

  private let bytes: [UInt8]
  private let file: FileKind
  private var position = 0
  private var line = 1

  /// - Throws: `FormatError.malformed` with the offset of the first byte that cannot be JSON.
  static func read(_ bytes: [UInt8], _ file: FileKind) throws(FormatError) -> JSONNode {
    var text = JSONText(bytes: bytes, file: file)
    let node = try text.value(depth: 0)
    text.skipSpace()
    guard text.position == bytes.count else { throw text.unexpected("the end of the file") }
    return node
  }

  private init(bytes: [UInt8], file: FileKind) {
    self.bytes = bytes
    self.file = file
  }

  // MARK: - Values

  private mutating func value(depth: Int) throws(FormatError) -> JSONNode {
    skipSpace()
    guard depth <= Self.deepest else {
      throw .tooLarge(file, offset: position, what: "nesting", limit: Self.deepest, found: depth)
    }
    let start = line
    let value: JSONNode.Value =
      switch current {
      case UInt8(ascii: "{"): try object(depth: depth)
      case UInt8(ascii: "["): try array(depth: depth)
      case UInt8(ascii: "\""): .string(try string())
      case .some(let byte) where Self.startsNumber(byte): try number()
      default: try word()
      }
    return JSONNode(line: start, value: value)
  }

  private static func startsNumber(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private mutating func object(depth: Int) throws(FormatError) -> JSONNode.Value {
    var members: [JSONNode.Member] = []
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw unexpected("`:` after a key") }
      members.append(.init(key: key, node: try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw unexpected("`,` or `}`") }
    }
  }

  private mutating func array(depth: Int) throws(FormatError) -> JSONNode.Value {
    var items: [JSONNode] = []
    position += 1
    skipSpace()
    if take("]") { return .array(items) }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(items) }
      guard take(",") else { throw unexpected("`,` or `]`") }
    }
  }

  private mutating func word() throws(FormatError) -> JSONNode.Value {
    let words: [(String, JSONNode.Value)] = [
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null),
    ]
    for (word, value) in words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw unexpected("a JSON value")
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws(FormatError) -> JSONNode.Value {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(FormatError) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    if position == start { throw unexpected("a digit") }
  }

  // MARK: - Strings

  private mutating func string() throws(FormatError) -> String {
    let start = position
    position += 1
    var units: [UInt16] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: units, as: UTF16.self) else {
          throw malformed(start, "text", "half of a surrogate pair")
        }
        return text
      case UInt8(ascii: "\\"): units.append(try escape())
      case 0..<0x20: throw unexpected("no control character in a string")
      case 0..<0x80:
        units.append(UInt16(byte))
        position += 1
      default: units += try character().utf16
      }
    }
    throw malformed(start, "a closing quote", "none")
  }

  private mutating func escape() throws(FormatError) -> UInt16 {
    let plain: [(Unicode.Scalar, UInt16)] = [
      ("\"", 0x22), ("\\", 0x5C), ("/", 0x2F), ("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9),
    ]
    position += 1
    for (letter, unit) in plain where take(letter) { return unit }
    guard take("u") else { throw unexpected("an escape such as \\n") }
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw unexpected("four hexadecimal digits") }
    position += 4
    return unit
  }

  /// One character outside ASCII.
  private mutating func character() throws(FormatError) -> String {
    for count in 2...4 {
      let slice = bytes[position...].prefix(count)
      guard slice.count == count, let text = String(validating: slice, as: UTF8.self) else {
        continue
      }
      position += count
      return text
    }
    throw unexpected("UTF-8")
  }

  // MARK: - Bytes

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
      if byte == 0x0A { line += 1 }
      position += 1
    }
  }

  private func unexpected(_ expected: String) -> FormatError {
    let found =
      switch current {
      case nil: "the end of the file"
      case .some(let byte) where (0x21...0x7E).contains(byte):
        "`\(Character(UnicodeScalar(byte)))`"
      case .some(let byte): "byte \(byte)"
      }
    return malformed(position, expected, found)
  }

  private func malformed(_ offset: Int, _ expected: String, _ found: String) -> FormatError {
    .malformed(file, offset: offset, expected: expected, found: found)
  }
}
