import RouseFormats
import RouseTraining

/// `report.html` of a run: how training went, as curves, and what it used.
///
/// The same run gives the same bytes.
public struct TrainingPage {
  private let history: RunHistory
  private let best: TrainingRecord?

  public init(_ history: RunHistory) {
    self.history = history
    best = history.best
  }

  public var html: String {
    HTMLPage(
      name: "Training of “\(history.description.wakeWord)”", verdict: verdict,
      isGood: history.isFinished, summary: summary, figures: figures,
      sections: [curves, validations, facts, corpus],
      footer: "The same figures for programs: metrics.jsonl, and tensorboard/ for TensorBoard."
    ).html
  }

  // MARK: - Verdict

  private var steps: Int { history.records.last?.step ?? 0 }

  private var verdict: String {
    history.isFinished
      ? "Finished after \(BudgetReport.grouped(steps)) steps"
      : "Not finished: \(BudgetReport.grouped(steps)) of \(BudgetReport.grouped(history.plannedSteps)) steps"
  }

  private var summary: String {
    guard let best, let score = best.validation else { return "No validation yet." }
    return
      "Preset \(history.description.preset), seed \(history.description.seed). The best weights are those of step "
      + "\(best.step): of the held-out people's wake words \(Self.percent(score.missRate)) are missed at a cutoff of "
      + "one half, with \(LayerReport.fixed(score.falseAcceptsPerHour, 1)) false accepts per hour of held-out speech."
  }

  private var figures: [(value: String, name: String)] {
    var figures = [("\(BudgetReport.grouped(steps))", "steps")]
    if let last = history.records.last { figures.append((CurveDrawing.number(last.loss), "loss")) }
    guard let best, let score = best.validation else { return figures }
    return figures + [
      ("\(BudgetReport.grouped(best.step))", "best step"),
      (Self.percent(score.missRate), "missed at one half"),
      (LayerReport.fixed(score.falseAcceptsPerHour, 1), "false accepts per hour at one half"),
      (Self.percent(score.recall), "mean recall"),
    ]
  }

  // MARK: - Sections

  private static let curveNotes = [
    ("loss", "Training loss", "Mean over the steps of each record."),
    ("validation_loss", "Validation loss", "Cross-entropy at the loudest moment of each stream."),
    (
      "miss_rate", "Validation miss rate",
      "Share of held-out wake words that a cutoff of one half misses."
    ),
    (
      "false_accepts_per_hour", "Validation false accepts per hour",
      "At the same cutoff, over held-out speech without the wake word."
    ),
    ("recall", "Mean recall", "What the best step is chosen by; higher is better."),
    ("learning_rate", "Learning rate", "Of the last step of each record."),
    ("gradient_norm", "Gradient norm", "Before gradients are shortened."),
  ]

  private var curves: ReportSection {
    let starts = zip(history.records, history.records.dropFirst()).filter { $0.phase != $1.phase }
      .map(\.0.step)
    let blocks = Self.curveNotes.compactMap { name, title, note -> String? in
      let points = history.points(of: name)
      guard !points.isEmpty else { return nil }
      let drawing = CurveDrawing(
        title: title, points, steps: steps, phases: starts, best: best?.step)
      return HTMLText.figure(drawing.svg, caption: "\(title). \(note)")
    }
    return ReportSection(
      "Curves", blocks.isEmpty ? [HTMLText.paragraph("No step was recorded yet.")] : blocks)
  }

  private static let shownValidations = 10

  private var validations: ReportSection {
    let scored = history.records.compactMap { record in
      record.validation.map { (record.step, $0) }
    }
    let rows = scored.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }.prefix(
      Self.shownValidations
    ).map { step, score in
      [
        BudgetReport.grouped(step), Self.percent(score.recall),
        Self.percent(score.recallWithoutFalseAccepts), Self.percent(score.missRate),
        LayerReport.fixed(score.falseAcceptsPerHour, 1), CurveDrawing.number(score.loss),
      ]
    }
    return ReportSection(
      "Validations",
      [
        HTMLText.paragraph(
          "\(scored.count) validations; the best ones. Mean recall is over the cutoffs that allow 0, 1, 3, 7, … false accepts."
        ),
        HTMLTable(
          columns: [
            .number("step"), .number("mean recall"), .number("recall without false accepts"),
            .number("missed at one half"), .number("false accepts per hour at one half"),
            .number("loss"),
          ], rows: Array(rows)
        ).html,
      ])
  }

  private var facts: ReportSection {
    let run = history.description
    var rows = [
      ["wake word", run.wakeWord], ["preset", run.preset], ["preset digest", run.presetDigest],
      ["corpus digest", run.corpusDigest], ["seed", "\(run.seed)"],
      ["steps of the preset", BudgetReport.grouped(history.plannedSteps)],
    ]
    if let outcome = run.quantizationAware {
      rows.append(["quantization-aware training", outcome.text])
    }
    if !run.teacherDigest.isEmpty { rows.append(["teacher", run.teacherDigest]) }
    if !run.startDigest.isEmpty { rows.append(["weights at the start", run.startDigest]) }
    return ReportSection(
      "Facts", [HTMLTable(columns: [.text("what"), .code("value")], rows: rows).html])
  }

  private var corpus: ReportSection {
    let run = history.description
    let rows = SourceRole.allCases.compactMap { role in
      run.clips[role].map { counts in
        [role.rawValue] + Split.allCases.map { BudgetReport.grouped(counts[$0] ?? 0) }
      }
    }
    let table = HTMLTable(
      columns: [.text("clips")] + Split.allCases.map { .number($0.rawValue) }, rows: rows)
    var blocks = [table.html]
    for (title, list) in [("warning", run.warnings), ("skipped", run.skipped)] where !list.isEmpty {
      blocks.append(HTMLTable(columns: [.text(title)], rows: list.map { [$0] }).html)
    }
    return ReportSection("Corpus", blocks)
  }

  private static func percent(_ share: Double) -> String {
    LayerReport.fixed(100 * share, 1) + " %"
  }
}

extension RunHistory {
  /// The values of a curve of `TrainingRecord`, where records have it.
  fileprivate func points(of name: String) -> [CurveDrawing.Point] {
    records.compactMap { record in
      record.curves.first { $0.name == name }.map { .init(step: record.step, value: $0.value) }
    }
  }
}
