/// How deep a JSON text nests, found before a decoder sees it.
///
/// A decoder recurses into every list and object and writes the way to each into its errors: some ten thousand
/// brackets would cost it seconds, and more of them its stack.
enum JSONDepth {
  /// - Throws: `.malformed` for bytes that are not UTF-8 or hold a NUL, so that no decoder guesses another encoding in
  ///   which brackets have other bytes; `.tooLarge` at the bracket that goes deeper than `limit`.
  static func check(_ bytes: [UInt8], limit: Int, file: FileKind) throws(FormatError) {
    if let zero = bytes.firstIndex(of: 0) {
      throw .malformed(file, offset: zero, expected: "text without zero bytes", found: "one")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .malformed(file, offset: 0, expected: "text in UTF-8", found: "other bytes")
    }
    var depth = 0
    var isInText = false
    var isEscaped = false
    for (offset, byte) in bytes.enumerated() {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        guard depth <= limit else {
          throw .tooLarge(file, offset: offset, what: "nesting", limit: limit, found: depth)
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
  }
}
