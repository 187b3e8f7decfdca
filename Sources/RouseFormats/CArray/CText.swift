/// Pieces of C text.
enum CText {
  /// ` * line` for each line, fit for a block comment: nothing in it ends the comment, begins another one or a new line.
  static func comment(_ lines: [String]) -> String {
    lines.map { " * \(harmless($0))\n" }.joined()
  }

  /// `# line` for each line, for YAML, CMake and Kconfig.
  static func hashComment(_ lines: [String]) -> String {
    lines.map { "# \(oneLine($0))\n" }.joined()
  }

  static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
  }

  private static func harmless(_ text: String) -> String {
    // A trigraph may stand for a backslash, which would glue the next line on.
    oneLine(text).replacing("*/", with: "* /").replacing("/*", with: "/ *")
      .replacing("??", with: "? ?")
  }

  /// `0x1c, 0x00, …`, 16 on a line.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 6 + bytes.count / 8)
    for (index, byte) in bytes.enumerated() {
      text += index.isMultiple(of: 16) ? (index == 0 ? "  " : "\n  ").utf8 : " ".utf8
      text += [
        UInt8(ascii: "0"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
        UInt8(ascii: ","),
      ]
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `-128, 12, …`, 20 on a line.
  static func decimal(_ values: some Collection<some BinaryInteger>, indent: String) -> String {
    var text = ""
    for (index, value) in values.enumerated() {
      text += index.isMultiple(of: 20) ? (index == 0 ? indent : "\n\(indent)") : " "
      text += "\(value),"
    }
    return text
  }
}
