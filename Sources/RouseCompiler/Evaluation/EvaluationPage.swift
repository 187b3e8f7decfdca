import RouseFormats
import RouseResources

/// NAME.eval.html: one page with its drawings and its style, no script, nothing from outside.
struct EvaluationPage {
  private let report: EvaluationReport
  private let clips: [ClipResult]
  private let drawings: [(svg: String, caption: String)]

  init(_ evaluation: Evaluation, drawings: [(svg: String, caption: String)]) {
    report = evaluation.report
    clips = evaluation.clips
    self.drawings = drawings
  }

  var html: String {
    TextTemplate.fill(
      "evaluation.html.mustache",
      [
        "name": report.model.name, "version": Version.current,
        "summary": HTMLText.escaped(summary), "figures": HTMLText.figures(figures),
        "sections": sections.map {
          ["title": HTMLText.escaped($0.title), "body": $0.blocks.joined(separator: "\n")]
        },
      ])
  }

  private var summary: String {
    let word = report.model.wakeWord.map { "“\($0)”, " } ?? ""
    return "\(word)scored on \(report.corpus.name), \(report.corpus.split): "
      + "\(report.corpus.positives) clips with the word, \(report.corpus.negatives) of other words, "
      + "\(EvaluationText.number(report.corpus.ambientHours, 2)) hours without it. Rule: \(report.rule). "
      + "Cutoff from \(report.chosenBy)."
  }

  private var figures: [(value: String, name: String)] {
    zip(report.conditions, report.chosen.misses).map { name, rate in
      (rate.rate.map(EvaluationText.percent) ?? "–", "missed, \(name)")
    } + [
      (
        report.chosen.falseAccepts.perHour.map { EvaluationText.number($0, 2) } ?? "–",
        "false accepts per hour"
      ),
      (
        report.acceptedNegatives.rate.map(EvaluationText.percent) ?? "–",
        "clips of other words accepted"
      ),
    ]
  }

  // MARK: - Sections

  private var sections: [ReportSection] {
    var sections = [
      ReportSection(
        "What can be claimed",
        (report.coarse.map { ["Warning: \($0)."] } ?? []).map(HTMLText.paragraph)
          + report.claims.map(HTMLText.paragraph)), limits,
    ]
    sections.append(
      ReportSection(
        "Curves", [areas] + drawings.map { HTMLText.figure($0.svg, caption: $0.caption) })
    )
    for (title, groups) in [
      ("Missed by speaker", report.speakers), ("Missed by noise", report.noises),
      ("Missed by label", report.labels),
    ] where !groups.isEmpty {
      sections.append(ReportSection(title, [table(groups, report.conditions)]))
    }
    if !report.negativeLabels.isEmpty {
      sections.append(
        ReportSection("Other words accepted", [table(report.negativeLabels, ["accepted"])]))
    }
    if !report.ambient.isEmpty { sections.append(ambient) }
    sections.append(missed)
    if !report.corpus.skipped.isEmpty {
      sections.append(
        ReportSection(
          "Recordings that could not be used",
          [
            HTMLTable(columns: [.code("file")], rows: report.corpus.skipped.map { [$0] }).html
          ]))
    }
    sections.append(ReportSection("Definitions", report.definitions.map(HTMLText.paragraph)))
    return sections
  }

  private var limits: ReportSection {
    let rows = report.limits.map { row -> [String] in
      guard let point = row.point else {
        return ["≤ \(EvaluationText.limit(row.limit))", "–", "–"]
          + report.conditions.map { _ in "not reachable" } + ["–", "–"]
      }
      return [
        "≤ \(EvaluationText.limit(row.limit))", "\(point.cutoff)/255",
        point.window.map(String.init) ?? "–",
      ] + point.misses.map(EvaluationText.text) + [
        EvaluationText.text(point.falseAccepts), row.isSupported ? "yes" : "no",
      ]
    }
    return ReportSection(
      "Miss rate at a limit of false accepts per hour",
      [
        HTMLTable(
          columns: [.text("limit"), .number("cutoff"), .number("window")]
            + report.conditions.map { .number("missed, \($0)") }
            + [.number("false accepts"), .text("hours suffice to claim the limit")],
          rows: rows
        ).html
      ])
  }

  private var areas: String {
    func text(_ values: [Double?], _ digits: Int, _ factor: Double = 1) -> [String] {
      values.map { $0.map { EvaluationText.number($0 * factor, digits) } ?? "–" }
    }
    return HTMLTable(
      columns: [.text("measure")] + report.conditions.map { .number($0) },
      rows: [
        ["EER, %"] + text(report.curves.equalErrorRates, 2, 100),
        ["pAUC up to 10 %"] + text(report.curves.partialAreas, 4),
        ["AUC"] + text(report.curves.areas, 4),
        ["recall area up to 2 per hour"] + text(report.curves.recallAreas, 4),
      ]
    ).html
  }

  private func table(
    _ groups: [EvaluationReport.Group], _ conditions: [String]
  ) -> String {
    HTMLTable(
      columns: [.text("name"), .number("clips")] + conditions.map { .number($0) },
      rows: groups.map { group in
        [group.name, "\(group.rates[0].clips)"] + group.rates.map(EvaluationText.text)
      }
    ).html
  }

  private var ambient: ReportSection {
    ReportSection(
      "Ambient recordings",
      [
        HTMLTable(
          columns: [.code("file"), .number("hours"), .number("false accepts"), .text("at, s")],
          rows: report.ambient.map { stream in
            let times = stream.acceptSeconds.map { EvaluationText.number($0, 1) }
            return [
              stream.name, EvaluationText.number(stream.hours, 3), "\(times.count)",
              (times.prefix(Self.most) + (times.count > Self.most ? ["…"] : []))
                .joined(separator: ", "),
            ]
          }
        ).html
      ])
  }

  /// Rows of a list that are shown; the CSV has them all.
  private static let most = 50

  private var missed: ReportSection {
    let missed = clips.filter { $0.role == "positive" && $0.detectedSeconds.isEmpty }
    let shown = missed.prefix(Self.most)
    let rest = missed.count - shown.count
    return ReportSection(
      "Missed clips",
      [
        HTMLText.paragraph(
          missed.isEmpty
            ? "None."
            : "\(missed.count)\(rest > 0 ? "; the first \(Self.most) here, all in the CSV" : "")."
        ),
        HTMLTable(
          columns: [
            .code("file"), .text("speaker"), .text("condition"), .number("peak, 256ths"),
            .number("score"),
          ], rows: shown.map { [$0.file, $0.speaker, $0.condition, "\($0.peak)", "\($0.score)"] }
        ).html,
      ])
  }
}
