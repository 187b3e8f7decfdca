import RouseNumerics

/// Reads the model back out of `NAME_model.c`.
public enum CArrayReader {
  /// Largest accepted file: a model of 64 MiB at 6 characters for each byte.
  static let maximumBytes = 6 * (64 << 20)

  /// - Throws: `FormatError.text` with the line where the file is not what `CArrayWriter` writes, also when the bytes do
  ///   not have the SHA-256 that the comment states.
  public static func read(_ file: [UInt8]) throws(FormatError) -> [UInt8] {
    guard file.count <= maximumBytes else {
      throw .tooLarge(.cArray, offset: 0, what: "bytes", limit: maximumBytes, found: file.count)
    }
    var parser = Parser()
    for line in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      try parser.take(line)
      if parser.isComplete { break }
    }
    return try parser.finish()
  }

  private struct Parser {
    var line = 0
    var digest: String?
    var bytes: [UInt8]?
    var isComplete = false

    mutating func take(_ text: ArraySlice<UInt8>) throws(FormatError) {
      line += 1
      if bytes != nil {
        try row(text)
        return
      }
      let line = String(decoding: text, as: UTF8.self)
      let mark = " * SHA-256: "
      if line.hasPrefix(mark) { digest = String(line.dropFirst(mark.count)) }
      if line.hasPrefix("alignas(16) const uint8_t "), line.hasSuffix("_model[] = {") { bytes = [] }
    }

    /// `  0x1c, 0x00,` or the closing brace.
    mutating func row(_ text: ArraySlice<UInt8>) throws(FormatError) {
      var rest = text
      while let start = rest.firstIndex(where: { !Self.isSpace($0) }) {
        let end = rest[start...].firstIndex(where: Self.isSpace) ?? rest.endIndex
        let token = rest[start..<end]
        rest = rest[end...]
        if token.count == 2, token.elementsEqual("};".utf8) {
          isComplete = true
          return
        }
        guard token.count == 5, token[start] == UInt8(ascii: "0"),
          token[start + 1] == UInt8(ascii: "x"), token[start + 4] == UInt8(ascii: ","),
          let high = Self.digit(token[start + 2]), let low = Self.digit(token[start + 3])
        else {
          let found = String(decoding: token.prefix(40), as: UTF8.self)
          throw failure("a byte such as `0x1c,`", "`\(found)`")
        }
        bytes?.append(high << 4 | low)
      }
    }

    func finish() throws(FormatError) -> [UInt8] {
      guard let bytes else { throw failure("an array `NAME_model`", "the end") }
      guard isComplete else { throw failure("`};`", "the end") }
      let found = SHA256.hex(SHA256.digest(bytes))
      guard let digest else { throw failure("a comment with the SHA-256", "none") }
      guard digest == found else { throw failure("bytes with SHA-256 \(digest)", found) }
      return bytes
    }

    func failure(_ expected: String, _ found: String) -> FormatError {
      .text(.cArray, line: line, expected: expected, found: found)
    }

    static func isSpace(_ character: UInt8) -> Bool {
      character == UInt8(ascii: " ") || character == UInt8(ascii: "\t")
    }

    static func digit(_ character: UInt8) -> UInt8? {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
      default: nil
      }
    }
  }
}
