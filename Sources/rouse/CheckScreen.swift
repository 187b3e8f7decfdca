import RouseCompiler
import RouseNumerics

/// What a person reads of a check: the verdict, what to do, then the tables.
struct CheckScreen {
  var report: CheckReport
  var colour: Bool

  var text: String {
    var blocks = [verdict]
    blocks += report.findings.sorted(by: Self.isGraver).map(block)
    blocks += report.models.flatMap(tables).map(\.printable)
    blocks += [CheckTables.budget(report)].compactMap { $0?.printable }
    return blocks.joined(separator: "\n\n")
  }

  // MARK: - Verdict

  private var verdict: String {
    let names = report.models.map { $0.name + ($0.isVoiceActivity ? " (voice activity)" : "") }
      .joined(separator: " + ")
    let place = "\(report.target), \(report.firmware), \(report.kernelLibrary)"
    let errors = report.findings.count { $0.severity == .error }
    let warnings = report.findings.count { $0.severity == .warning }
    let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map {
      "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")"
    }
    let verdict =
      report.verdict == .fits
      ? painted("fits", .green) : painted("refused", .red)
    return "\(verdict): \(names.printable) on \(place)"
      + (counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))")
  }

  // MARK: - Findings

  /// Errors, warnings, notes; equal ones stay in the order of the checks, because Swift's sort is stable.
  private static func isGraver(_ a: Finding, _ b: Finding) -> Bool {
    rank(a.severity) < rank(b.severity)
  }

  private static func rank(_ severity: Finding.Severity) -> Int {
    switch severity {
    case .error: 0
    case .warning: 1
    case .note: 2
    }
  }

  private func block(_ finding: Finding) -> String {
    let colour: Colour =
      switch finding.severity {
      case .error: .red
      case .warning: .yellow
      case .note: .none
      }
    let head = painted("\(finding.severity.rawValue)[\(finding.code.rawValue)]", colour)
    var lines = ["\(head): \(finding.message.printable)", "  --> \(finding.where.printable)"]
    if !finding.help.isEmpty { lines.append("  help: \(finding.help.printable)") }
    return lines.joined(separator: "\n")
  }

  // MARK: - Tables

  private func tables(of model: CheckedModel) -> [String] {
    guard let arena = model.arena else { return [] }
    return [CheckTables.arenas(model), CheckTables.uses(arena, model)]
      + [CheckTables.output(model)].compactMap { $0 }
  }

  // MARK: - Colour

  private enum Colour: String {
    case none = ""
    case red = "31"
    case yellow = "33"
    case green = "32"
  }

  private func painted(_ text: String, _ paint: Colour) -> String {
    colour && paint != .none ? "\u{1B}[1;\(paint.rawValue)m\(text)\u{1B}[0m" : text
  }
}
