import Foundation
import RouseCompiler
import RouseNumerics

/// What a person reads of an evaluation: one table, the chosen point, and what cannot be claimed.
struct EvalScreen {
  var report: EvaluationReport
  var output: String?

  var text: String {
    let parts = [head, table, chosen, measures, notes, files]
    return parts.compactMap { $0 }.joined(separator: "\n\n").printable
  }

  private var head: String {
    let corpus = report.corpus
    let word = report.model.wakeWord.map { " “\($0)”" } ?? ""
    var lines = [
      "\(report.model.name)\(word) on \(corpus.name), \(corpus.split): \(corpus.positives) clips with the word, "
        + "\(corpus.negatives) of other words, "
        + String(format: "%.2f h in %d ambient files", corpus.ambientHours, corpus.ambientFiles)
    ]
    if corpus.silentPositives > 0 {
      lines.append("warning: \(corpus.silentPositives) clips with the word are digital silence")
    }
    return lines.joined(separator: "\n")
  }

  // MARK: - Limits

  /// Miss rate in % with its interval, for each condition, at each limit.
  private var table: String {
    let columns =
      ["false accepts/h", "cutoff"] + (hasWindow ? ["window"] : [])
      + report.conditions.map { "missed, \($0)" } + ["accepts"]
    let rows = report.limits.map { row -> [String] in
      let limit = "<= " + Self.short(row.limit)
      guard let point = row.point else {
        return [limit, "-"] + (hasWindow ? ["-"] : []) + report.conditions.map { _ in "-" } + ["-"]
      }
      return [limit, "\(point.cutoff)/255"] + (hasWindow ? ["\(point.window ?? 0)"] : [])
        + point.misses.map(Self.rate) + ["\(point.falseAccepts.count)"]
    }
    let widths = columns.indices.map { column in
      ([columns] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).map { cell, width in
        String(repeating: " ", count: max(0, width - cell.count)) + cell
      }.joined(separator: "   ")
    }
    return ([line(columns)] + rows.map(line)).joined(separator: "\n")
  }

  private var hasWindow: Bool { report.chosen.window != nil }

  /// `12.5 % (8.1-18.8)`
  private static func rate(_ rate: EvaluationReport.ClipRate) -> String {
    guard let share = rate.rate else { return "-" }
    return String(format: "%.1f %% (%.1f-%.1f)", share * 100, rate.low * 100, rate.high * 100)
  }

  private static func short(_ value: Double) -> String { String(format: "%g", value) }

  // MARK: - Chosen point

  private var chosen: String {
    let point = report.chosen
    var lines = ["Rule      \(report.rule)", "Cutoff    from \(report.chosenBy)"]
    for (name, rate) in zip(report.conditions, point.misses) {
      lines.append("Missed    \(Self.rate(rate)), \(rate.count) of \(rate.clips), \(name)")
    }
    let accepts = point.falseAccepts
    if let perHour = accepts.perHour, let low = accepts.low, let high = accepts.high {
      lines.append(
        String(
          format: "Accepts   %.2f per hour (%.2f-%.2f), %d in %.2f h", perHour, low, high,
          accepts.count, accepts.hours))
    } else {
      lines.append("Accepts   unknown: no ambient recordings in this part of the corpus")
    }
    if report.acceptedNegatives.clips > 0 {
      let rate = report.acceptedNegatives
      let labels = report.negativeLabels.compactMap { group in
        group.rates.first.map { "\(group.name) \($0.count)/\($0.clips)" }
      }
      lines.append(
        "Others    \(Self.rate(rate)), \(rate.count) of \(rate.clips) clips of other words accepted"
          + (labels.isEmpty ? "" : ": \(labels.joined(separator: ", "))"))
    }
    if let worst = worstSpeakers { lines.append("Speakers  \(worst)") }
    return lines.joined(separator: "\n")
  }

  /// The people who are missed most, as recorded.
  private var worstSpeakers: String? {
    let missed = report.speakers.filter { $0.rates[0].count > 0 }
      .sorted { ($0.rates[0].rate ?? 0, $1.name) > ($1.rates[0].rate ?? 0, $0.name) }
    guard !missed.isEmpty else { return nil }
    return "most missed: "
      + missed.prefix(5).map { "\($0.name) \($0.rates[0].count)/\($0.rates[0].clips)" }
      .joined(separator: ", ")
  }

  private var measures: String {
    func line(_ name: String, _ values: [Double?], _ format: String, _ factor: Double) -> String? {
      guard values.contains(where: { $0 != nil }) else { return nil }
      let texts = values.map { $0.map { String(format: format, $0 * factor) } ?? "-" }
      return "\(name)\(texts.joined(separator: " / "))"
    }
    return [
      "Against other words, \(report.conditions.joined(separator: " / ")):",
      line("  EER                        ", report.curves.equalErrorRates, "%.2f %%", 100),
      line("  pAUC up to 10 %            ", report.curves.partialAreas, "%.4f", 1),
      line("  mean recall, 0 to 2 per h  ", report.curves.recallAreas, "%.4f", 1),
    ].compactMap { $0 }.joined(separator: "\n")
  }

  private var notes: String {
    ((report.coarse.map { ["warning: \($0)"] } ?? []) + report.claims)
      .joined(separator: "\n")
  }

  private var files: String? {
    output.map { "Written to \($0): \(report.model.name).eval.html shows all of it" }
  }
}
