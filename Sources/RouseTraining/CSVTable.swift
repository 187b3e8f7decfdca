/// A comma-separated table with a header row.
///
/// RFC 4180, and what spreadsheets add to it: a byte order mark, CR LF or LF line ends, blank lines (left out), a last
/// line without an end. Fields may be quoted; a doubled quote stands for one; quoted fields may hold line ends.
///
/// Rows are cut one at a time, so that a table takes no more memory than its text.
package struct CSVTable: Hashable, Sendable {
  package struct Row: Hashable, Sendable {
    /// Line of the file where the row begins, from 1.
    package let line: Int
    package let fields: [String]
  }

  package let file: String
  package let columns: [String]
  /// Behind the header.
  private let start: CSVScanner

  /// - Throws: `.badRow` for a header that cannot be read, and for a file without one.
  package init(bytes: [UInt8], file: String) throws(TrainingError) {
    var scanner = CSVScanner(bytes: bytes, file: file)
    guard let header = try scanner.next() else {
      throw .badRow(file: file, line: 1, expected: "a header row", found: "an empty file")
    }
    columns = header.fields
    self.file = file
    start = scanner
  }

  /// - Throws: `.badRow` for broken quoting, bytes that are not UTF-8, and a row whose fields do not match the header.
  package func forEachRow(
    _ body: (Row) throws(TrainingError) -> Void
  ) throws(TrainingError) {
    var scanner = start
    while let row = try scanner.next() {
      guard row.fields.count == columns.count else {
        throw .badRow(
          file: file, line: row.line, expected: "\(columns.count) fields, as in the header",
          found: "\(row.fields.count)")
      }
      try body(row)
    }
  }

  /// Index of a column that must be there.
  package func column(_ name: String) throws(TrainingError) -> Int {
    guard let index = columns.firstIndex(of: name) else {
      throw .missingColumn(file: file, column: name, found: columns)
    }
    return index
  }
}

/// Cuts bytes into rows.
private struct CSVScanner: Hashable {
  let bytes: [UInt8]
  let file: String
  private var at = 0
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  /// The next row that is not blank.
  mutating func next() throws(TrainingError) -> CSVTable.Row? {
    while at < bytes.count {
      if takeLineEnd() { continue }
      return try row()
    }
    return nil
  }

  private mutating func row() throws(TrainingError) -> CSVTable.Row {
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field(start))
      if at >= bytes.count || takeLineEnd() { return CSVTable.Row(line: start, fields: fields) }
      guard bytes[at] == Self.comma else {
        throw .badRow(
          file: file, line: line, expected: "a comma or the end of the line after a quoted field",
          found: "byte \(bytes[at])")
      }
      at += 1
    }
  }

  private mutating func field(_ start: Int) throws(TrainingError) -> String {
    var content: [UInt8] = []
    if at < bytes.count, bytes[at] == Self.quote {
      at += 1
      while true {
        guard at < bytes.count else {
          throw .badRow(
            file: file, line: start, expected: "a closing quote", found: "the end of the file")
        }
        let byte = bytes[at]
        at += 1
        if byte == Self.quote {
          guard at < bytes.count, bytes[at] == Self.quote else { break }
          at += 1
        }
        if byte == Self.lineFeed { line += 1 }
        content.append(byte)
      }
    } else {
      let first = at
      while at < bytes.count, bytes[at] != Self.comma, !isLineEnd {
        guard bytes[at] != Self.quote else {
          throw .badRow(
            file: file, line: line, expected: "quotes around the whole field",
            found: "a quote inside a plain field")
        }
        at += 1
      }
      content = Array(bytes[first..<at])
    }
    guard let text = String(validating: content, as: UTF8.self), !text.contains("\0") else {
      throw .badRow(
        file: file, line: start, expected: "UTF-8 text", found: "other bytes (a binary file?)")
    }
    return text
  }

  private var isLineEnd: Bool {
    bytes[at] == Self.lineFeed
      || bytes[at] == Self.carriageReturn && at + 1 < bytes.count && bytes[at + 1] == Self.lineFeed
  }

  private mutating func takeLineEnd() -> Bool {
    guard at < bytes.count, isLineEnd else { return false }
    at += bytes[at] == Self.lineFeed ? 1 : 2
    line += 1
    return true
  }
}
