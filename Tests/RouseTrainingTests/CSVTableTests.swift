import RouseNumerics
import RouseTraining
import Testing

@Suite struct CSVTableTests {
  private func table(_ text: String) throws -> CSVTable {
    try CSVTable(bytes: Array(text.utf8), file: "t.csv")
  }

  private func rows(_ table: CSVTable) throws -> [CSVTable.Row] {
    var rows: [CSVTable.Row] = []
    try table.forEachRow { rows.append($0) }
    return rows
  }

  @Test func readsPlainRows() throws {
    let table = try table("path,label\na.wav,x\nb.wav,y\n")
    #expect(table.columns == ["path", "label"])
    #expect(try rows(table).map(\.fields) == [["a.wav", "x"], ["b.wav", "y"]])
    #expect(try rows(table).map(\.line) == [2, 3])
  }

  @Test func readsWhatSpreadsheetsWrite() throws {
    let table = try table(
      "\u{FEFF}path,label\r\n\"a, b.wav\",\"say \"\"hi\"\"\"\r\n\r\nc.wav,\"two\nlines\"\r\nd,e")
    #expect(table.columns == ["path", "label"])
    #expect(
      try rows(table).map(\.fields) == [
        ["a, b.wav", "say \"hi\""], ["c.wav", "two\nlines"], ["d", "e"],
      ])
    #expect(try rows(table).map(\.line) == [2, 4, 6])
  }

  @Test func keepsEmptyFields() throws {
    #expect(try rows(table("a,b,c\n,,\n")).map(\.fields) == [["", "", ""]])
  }

  @Test func headerAloneHasNoRows() throws { #expect(try rows(table("path")).isEmpty) }

  @Test(arguments: [
    ("", 1), ("\n\n", 1), ("a,b\n1\n", 2), ("a,b\n1,2\n1,2,3\n", 3), ("a\n\"open\n", 2),
    ("a\n\"x\"y\n", 2), ("a\nx\"y\"\n", 2), ("a\nx\0y\n", 2),
  ])
  func namesTheLineOfABadRow(_ text: String, _ line: Int) {
    #expect {
      try rows(table(text))
    } throws: { error in
      guard case .badRow("t.csv", line, _, _) = error as? TrainingError else { return false }
      return true
    }
  }

  @Test func refusesBytesThatAreNotText() {
    #expect(throws: TrainingError.self) {
      try rows(CSVTable(bytes: [0x61, 0x0A, 0xFF, 0xFE, 0x0A], file: "t.csv"))
    }
  }

  @Test func missingColumnListsThoseThatExist() throws {
    let table = try table("path,word\na,b\n")
    #expect(
      throws: TrainingError.missingColumn(file: "t.csv", column: "label", found: ["path", "word"])
    ) { try table.column("label") }
  }

  /// Whatever the bytes, the answer is a table or an error.
  @Test func survivesRandomBytes() throws {
    var generator = SeededGenerator(seed: 7)
    let alphabet = Array("\",\n\r ab\u{E9}".utf8)
    for _ in 0..<2000 {
      let bytes = (0..<generator.below(40)).map { _ in alphabet[generator.below(alphabet.count)] }
      if let table = try? CSVTable(bytes: bytes, file: "t.csv"), let rows = try? rows(table) {
        #expect(rows.allSatisfy { $0.fields.count == table.columns.count })
      }
    }
  }
}
