/// Inferences in a row from a fresh state, and what they gave: `NAME_golden.h`.
public struct GoldenVectors: Hashable, Sendable {
  /// Device features of all inferences, one after the other.
  public var rows: [Int8]
  /// The output byte of each inference.
  public var probabilities: [UInt8]

  /// - Precondition: every inference has the same number of bytes, at least one.
  public init(rows: [Int8], probabilities: [UInt8]) {
    precondition(
      !probabilities.isEmpty && !rows.isEmpty && rows.count.isMultiple(of: probabilities.count),
      "inferences of one size")
    self.rows = rows
    self.probabilities = probabilities
  }

  /// Bytes that one inference takes.
  public var rowBytes: Int { rows.count / probabilities.count }
  /// Bytes of both arrays.
  public var byteCount: Int { rows.count + probabilities.count }

  // MARK: - Header

  /// Writes `NAME_golden.h`, which compiles without warnings as C11 and as C++17.
  public func header(of array: CArray) -> Artefact {
    var values = CArrayWriter.values(of: array)
    let lines = (0..<probabilities.count).map { step in
      let row = rows[step * rowBytes..<(step + 1) * rowBytes]
      return "  {\n\(CText.decimal(row, indent: "    "))\n  },"
    }
    values["rows"] = lines.joined(separator: "\n")
    values["probabilities"] = CText.decimal(probabilities, indent: "  ")
    values["steps"] = "\(probabilities.count)"
    values["rowBytes"] = "\(rowBytes)"
    values["goldenBytes"] = "\(byteCount)"
    return Artefact(
      fileName: "\(array.identifier)_golden.h",
      text: TextTemplate.fill("golden.h.mustache", values))
  }

  /// Reads the vectors back.
  ///
  /// - Throws: `FormatError.text` with the line where the file is not what `header` writes.
  public init(header bytes: [UInt8]) throws(FormatError) {
    var section: String?
    var rows: [Int8] = []
    var probabilities: [UInt8] = []
    var line = 0
    for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      line += 1
      let text = String(decoding: text, as: UTF8.self)
      for name in ["_golden_rows", "_golden_probabilities"]
      where text.hasPrefix("static const ") && text.contains(name) && text.hasSuffix("= {") {
        section = name
      }
      if text == "};" { section = nil }
      guard let section, text.hasPrefix("  "), text != "  {", text != "  }," else { continue }
      let isRows = section == "_golden_rows"
      for token in text.utf8.split(separator: UInt8(ascii: " ")) {
        guard token.last == UInt8(ascii: ",") else {
          throw Self.failure(line, "a number such as `-12,`", "`\(Substring(token).prefix(40))`")
        }
        let number = Self.number(token.dropLast())
        if isRows, let value = number.flatMap({ Int8(exactly: $0) }) {
          rows.append(value)
        } else if !isRows, let value = number.flatMap({ UInt8(exactly: $0) }) {
          probabilities.append(value)
        } else {
          let digits = Substring(token.dropLast()).prefix(40)
          throw Self.failure(line, isRows ? "-128 to 127" : "0 to 255", "`\(digits)`")
        }
      }
    }
    guard !probabilities.isEmpty, !rows.isEmpty, rows.count.isMultiple(of: probabilities.count)
    else {
      throw Self.failure(
        line, "as many inferences as outputs",
        "\(rows.count) values and \(probabilities.count) outputs")
    }
    self.init(rows: rows, probabilities: probabilities)
  }

  /// A whole number of at most three digits with or without a sign; nil for other text.
  private static func number(_ text: Substring.UTF8View) -> Int? {
    var digits = text
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    var value = 0
    var count = 0
    for character in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character), count < 3 else {
        return nil
      }
      value = value * 10 + Int(character - UInt8(ascii: "0"))
      count += 1
    }
    guard count > 0 else { return nil }
    return isNegative ? -value : value
  }

  private static func failure(_ line: Int, _ expected: String, _ found: String) -> FormatError {
    .text(.cArray, line: line, expected: expected, found: found)
  }
}
