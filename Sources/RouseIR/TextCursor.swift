/// A position in one line of `GraphText`, with the tokens that the parser asks for.
struct TextCursor {
  let line: Int
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], line: Int) {
    self.bytes = bytes
    self.line = line
  }

  var isAtEnd: Bool { position == bytes.count }

  /// What is there, for an error: at most 40 bytes.
  var found: String {
    isAtEnd ? "the end of the line" : String(decoding: bytes[position...].prefix(40), as: UTF8.self)
  }

  func error(_ expected: String) -> GraphError {
    .text(line: line, expected: expected, found: found)
  }

  mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
  }

  /// Consumes `text` and the spaces behind it, if it is next.
  mutating func accept(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard bytes[position...].starts(with: wanted) else { return false }
    position += wanted.count
    skipSpaces()
    return true
  }

  mutating func expect(_ text: String) throws(GraphError) {
    guard accept(text) else { throw error("`\(text)`") }
  }

  mutating func expectEnd() throws(GraphError) {
    guard isAtEnd else { throw error("the end of the line") }
  }

  /// Bytes while `condition` holds; may be empty.
  private mutating func take(while condition: (UInt8) -> Bool) -> String {
    let start = position
    while position < bytes.count, condition(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A name, bare or in quotes.
  mutating func name(_ expected: String) throws(GraphError) -> String {
    let result: String
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      result = try quotedName()
    } else {
      let failure = error(expected)
      result = take(while: GraphText.isBare)
      guard !result.isEmpty else { throw failure }
    }
    skipSpaces()
    return result
  }

  private mutating func quotedName() throws(GraphError) -> String {
    position += 1
    var name = ""
    var run = position
    func flush(_ end: Int) -> String { String(decoding: bytes[run..<end], as: UTF8.self) }
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        name += flush(position)
        position += 1
        return name
      case UInt8(ascii: "\\"):
        name += flush(position)
        position += 1
        name.unicodeScalars.append(try escape())
        run = position
      default: position += 1
      }
    }
    throw error("`\"`")
  }

  /// The scalar after a backslash: `"`, `\` or `u{hex}`.
  private mutating func escape() throws(GraphError) -> Unicode.Scalar {
    let failure = error("`\"`, `\\` or `u{…}` after `\\`")
    guard position < bytes.count else { throw failure }
    let byte = bytes[position]
    position += 1
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return Unicode.Scalar(byte) }
    guard byte == UInt8(ascii: "u"), position < bytes.count, bytes[position] == UInt8(ascii: "{")
    else { throw failure }
    position += 1
    let digits = take { $0 != UInt8(ascii: "}") }
    guard position < bytes.count, let value = UInt32(digits, radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw failure }
    position += 1
    return scalar
  }

  /// Everything up to a space, `,`, `)` or `]`, converted by `convert`.
  mutating func number<Value>(
    _ expected: String, _ convert: (String) -> Value?
  ) throws(GraphError) -> Value {
    let failure = error(expected)
    let text = take {
      $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ")")
        && $0 != UInt8(ascii: "]")
    }
    guard let value = convert(text) else { throw failure }
    skipSpaces()
    return value
  }

  /// Numbers separated by commas up to `close`, which is consumed.
  mutating func list<Value>(
    close: String, _ expected: String, _ convert: (String) -> Value?
  ) throws(GraphError) -> [Value] {
    var values: [Value] = []
    if accept(close) { return values }
    while true {
      values.append(try number(expected, convert))
      if accept(close) { return values }
      try expect(",")
    }
  }

  /// `key=value`; the value runs up to the next space.
  mutating func attribute() throws(GraphError) -> (key: String, value: String) {
    let failure = error("an attribute `key=value`")
    let key = take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: " ") }
    guard !key.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
      throw failure
    }
    position += 1
    let value = take { $0 != UInt8(ascii: " ") }
    skipSpaces()
    return (key, value)
  }

  /// Pairs of hexadecimal digits up to the end of the line.
  mutating func hexBytes() throws(GraphError) -> [Int8] {
    let failure = error("pairs of hexadecimal digits")
    func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
      default: nil
      }
    }
    var values: [Int8] = []
    values.reserveCapacity((bytes.count - position) / 2)
    while !isAtEnd {
      guard position + 1 < bytes.count, let high = digit(bytes[position]),
        let low = digit(bytes[position + 1])
      else { throw failure }
      values.append(Int8(bitPattern: high << 4 | low))
      position += 2
    }
    return values
  }
}
