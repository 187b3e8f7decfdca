import Foundation
import RouseCompiler
import Testing

@Suite struct FindingCodeTests {
  @Test(arguments: Provocation.all)
  func codeIsProvoked(_ provocation: Provocation) throws {
    let report = try provocation.report()
    let found = report.findings.filter { $0.code == provocation.code }
    #expect(
      found.contains { $0.severity == provocation.severity },
      "\(report.findings.map { "\($0.severity) \($0.code): \($0.message)" })")
    if provocation.severity == .error { #expect(report.verdict == .refused) }
    for finding in report.findings {
      #expect(!finding.message.isEmpty && !finding.where.isEmpty)
      if finding.severity != .note { #expect(!finding.help.isEmpty, "\(finding.code)") }
    }
  }

  @Test func everyCodeHasAProvocation() {
    #expect(Set(Provocation.all.map(\.code)) == Set(FindingCode.allCases))
  }

  /// The tables of `README.md` list the codes in the order of the enumeration, with the severities seen in tests.
  @Test func documentationListsEveryCode() throws {
    let rows = try Self.rows { $0.first?.hasPrefix("`") == true && $0.count == 3 }
    #expect(rows.map { $0[0] } == FindingCode.allCases.map { "`\($0.rawValue)`" })
    for row in rows {
      let seen = Provocation.all.filter { "`\($0.code.rawValue)`" == row[0] }.map(
        \.severity.rawValue)
      #expect(Set(row[1].components(separatedBy: ", ")) == Set(seen), "\(row[0])")
    }
  }

  /// The key table names every key of the JSON, and no other.
  @Test func documentationListsEveryKey() throws {
    let rows = try Self.rows { $0.first?.hasPrefix("`") == true && $0.count == 2 }
    let keys = rows.flatMap { $0[0].components(separatedBy: ", ") }.map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "`"))
    }
    let tops = Set(keys.map { $0.prefix { $0 != "." && $0 != "[" } }.map(String.init))
    #expect(tops == Set(CheckReportTests.topKeys + ["models"]))
  }

  private static func rows(_ isWanted: ([String]) -> Bool) throws -> [[String]] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/RouseCompiler/Check/README.md")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard line.hasPrefix("|") else { return nil }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return isWanted(cells) ? cells : nil
    }
  }
}
