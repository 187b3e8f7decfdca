internal import CYaml

/// What a YAML text may hold before a parser sees it.
///
/// YAML lets a key be a whole tree, and a tree be repeated by an alias. The parser compares all keys of a mapping, so a
/// page of aliases that refer to aliases, or of trees as keys of trees, would keep it busy for minutes or years.
enum YAMLLimits {
  /// With 3 aliases at each level, a text grows 19-fold at most: 3^(8/3).
  static let aliases = 8
  /// Levels of lists and mappings. Rouse's own files nest 5 deep.
  static let nesting = 32

  /// libyaml, the parser inside Yams, keeps one limit for the process, which is 1000 unless it is told.
  private static let limitNesting: Void = yaml_set_max_nest_level(Int32(nesting))

  /// Also limits the nesting in the parser, which then refuses what goes deeper.
  ///
  /// - Throws: `.yamlSyntax` at the first alias above the limit, in a text that has an anchor at all. Signs that look
  ///   like an anchor or an alias inside a comment or a text count too: to tell them apart takes a parser.
  static func check(_ text: String, file: String) throws(TrainingError) {
    _ = limitNesting
    var line = 1
    var hasAnchor = false
    var aliasLines: [Int] = []
    var sign: UInt8?
    var previous = UInt8(ascii: "\n")
    for byte in text.utf8 {
      if let sign, isNameByte(byte) {
        if sign == UInt8(ascii: "&") { hasAnchor = true } else { aliasLines.append(line) }
      }
      let isSign = byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
      // Neither can follow a letter or a digit directly: `R&D` and `2*x` are texts.
      sign = isSign && !isAlphanumeric(previous) ? byte : nil
      if byte == UInt8(ascii: "\n") { line += 1 }
      previous = byte
    }
    guard hasAnchor, aliasLines.count > aliases else { return }
    throw .yamlSyntax(
      file: file, line: aliasLines[aliases],
      reason: "\(aliasLines.count) aliases where \(aliases) are allowed")
  }

  /// libyaml's own words, except that it names its programmer's interface when a text nests too deep.
  static func reason(_ problem: String) -> String {
    problem.hasPrefix("Maximum nesting level") ? "more than \(nesting) levels of nesting" : problem
  }

  /// What libyaml lets the name of an anchor begin with.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
