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
      if index.isMultiple(of: 16) {
        if index > 0 { text.append(UInt8(ascii: "\n")) }
        text.append(UInt8(ascii: " "))
      }
      text.append(UInt8(ascii: " "))
      text.append(UInt8(ascii: "0"))
      text.append(UInt8(ascii: "x"))
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
      text.append(UInt8(ascii: ","))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `-128, 12, …`, 20 on a line.
  static func decimal(_ values: some Collection<some BinaryInteger>, indent: String) -> String {
    var text: [UInt8] = []
    for (index, value) in values.enumerated() {
      if index.isMultiple(of: 20) {
        if index > 0 { text.append(UInt8(ascii: "\n")) }
        text += indent.utf8
      } else {
        text.append(UInt8(ascii: " "))
      }
      text += value.description.utf8
      text.append(UInt8(ascii: ","))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
