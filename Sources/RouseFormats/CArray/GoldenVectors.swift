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
      for token in text.split(separator: " ") {
        let digits = token.dropLast()
        guard token.last == "," else {
          throw Self.failure(line, "a number such as `-12,`", "`\(token.prefix(40))`")
        }
        if section == "_golden_rows" {
          guard let value = Int8(digits) else {
            throw Self.failure(line, "-128 to 127", "`\(digits.prefix(40))`")
          }
          rows.append(value)
        } else {
          guard let value = UInt8(digits) else {
            throw Self.failure(line, "0 to 255", "`\(digits.prefix(40))`")
          }
          probabilities.append(value)
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

  private static func failure(_ line: Int, _ expected: String, _ found: String) -> FormatError {
    .text(.cArray, line: line, expected: expected, found: found)
  }
}
