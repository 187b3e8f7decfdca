import Foundation
import RouseCompiler
import RouseFormats
import RouseNumerics

/// What a person reads of a comparison: the verdict, then only what changed.
struct DiffScreen {
  var report: DiffReport

  /// Lines of one list that are shown; `--json` has them all.
  static let most = 40

  var text: String {
    let parts = [
      verdict, outputs, figures, list(operators, "operators"), list(scales, "scales"),
      list(constants, "constants"), list(sizes, "sizes"), list(arenas, "arenas"),
      list(manifest, "fields"),
    ]
    return parts.compactMap { $0 }.joined(separator: "\n\n").printable
  }

  // MARK: - Verdict

  private var verdict: String {
    let names = "\(report.files.a.name) and \(report.files.b.name)"
    switch report.verdict {
    case .identical: return "identical: \(names)"
    case .sameBehaviour: return "same behaviour: \(names)"
    case .differentBehaviour: return "different behaviour: \(names)"
    case .unknown: return "unknown: \(names) differ and cannot be run on the same features"
    }
  }

  private var outputs: String {
    guard let outputs = report.outputs else {
      return "Outputs were not compared: \(report.outputsProblem ?? "")"
    }
    let heard = "Outputs on \(outputs.features)"
    guard outputs.differing > 0, let first = outputs.firstDiffering,
      let rows = outputs.rowsBeforeFirst
    else { return "\(heard): all \(outputs.steps) steps are equal\(caution)" }
    let unit =
      outputs.unit == "codes"
      ? "\(Int(outputs.largestDifference)) codes"
      : String(format: "%.4g", outputs.largestDifference)
    return
      "\(heard): \(outputs.differing) of \(outputs.steps) steps differ, by \(unit) at most; the first is step "
      + "\(first), after \(rows) rows"
  }

  /// Equal outputs prove little where other numbers were computed and the sound may not reach them.
  private var caution: String {
    guard !report.constants.isEmpty || !report.quantization.isEmpty else { return "" }
    return
      "\nConstants or scales differ, which other sound may show: give --audio or --features with the wake word"
  }

  private static func short(_ name: String) -> String {
    InspectionWords.shortened(name, to: 56)
  }

  private var figures: String {
    func line(_ name: String, _ pair: DiffReport.Pair<Int>, _ unit: String) -> String {
      "\(Self.padded(name, 10)) \(Self.change(pair.a, pair.b))\(unit)"
    }
    return [
      line("file", .init(report.files.a.bytes, report.files.b.bytes), " bytes"),
      line("operators", report.operatorCount, ""), line("tensors", report.tensorCount, ""),
    ].joined(separator: "\n")
  }

  // MARK: - Lists

  private var operators: [String] {
    guard !report.operatorEdits.isEmpty else { return [] }
    let kinds = report.operatorKinds.map { "\($0.name) \($0.a) -> \($0.b)" }
    return ["Operators" + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))")]
      + report.operatorEdits.map { edit in
        let place = edit.subgraph == 0 ? "\(edit.index)" : "\(edit.subgraph).\(edit.index)"
        return "  \(edit.kind == .removed ? "-" : "+") \(Self.padded(place, 4)) \(edit.text)"
      }
  }

  private var scales: [String] {
    guard !report.quantization.isEmpty else { return [] }
    return ["Scales and zero points of activations"]
      + report.quantization.map { change in
        "  \(Self.short(change.tensor)) (\(change.operation)): \(change.scale.a) \(change.zeroPoint.a) -> "
          + "\(change.scale.b) \(change.zeroPoint.b)"
      }
  }

  private var constants: [String] {
    guard !report.constants.isEmpty else { return [] }
    return ["Constants"]
      + report.constants.map { change in
        let values =
          change.differing == 0
          ? "same codes"
          : "\(change.differing) of \(change.elements) differ, by "
            + String(format: "%g", change.largestDifference) + " at most"
        let scales = change.differingScales == 0 ? "" : ", \(change.differingScales) scales differ"
        return
          "  \(change.role) \(Self.short(change.tensor)) (\(change.operation)): \(values)\(scales)"
      }
  }

  private var sizes: [String] {
    let changed = report.sizes.filter { $0.a != $0.b }
    guard !changed.isEmpty else { return [] }
    let width = changed.map(\.label.count).max() ?? 0
    return ["File bytes"]
      + changed.map { "  \(Self.padded($0.label, width))  \(Self.change($0.a, $0.b))" }
  }

  private var arenas: [String] {
    if let problem = report.arenaProblem { return ["Tensor arena: not computed, \(problem)"] }
    guard report.arenas.contains(where: { !$0.minimumBytes.isEqual }) else { return [] }
    let width = (report.arenas.map(\.library.count).max() ?? 0) + 2
    return [
      "Tensor arena, smallest that always suffices (* in the newest firmware of \(report.target))"
    ]
      + report.arenas.map { arena in
        let name = arena.library + (arena.isCurrent ? " *" : "")
        return
          "  \(Self.padded(name, width))  \(Self.change(arena.minimumBytes.a, arena.minimumBytes.b))"
          + "  (head \(Self.change(arena.headBytes.a, arena.headBytes.b)), "
          + "tail \(Self.change(arena.tailBytes.a, arena.tailBytes.b)))"
      }
  }

  private var manifest: [String] {
    guard !report.manifest.isEmpty else { return [] }
    return ["Manifest"] + report.manifest.map { "  \($0.key): \($0.a) -> \($0.b)" }
  }

  // MARK: - Text

  private func list(_ lines: [String], _ what: String) -> String? {
    guard !lines.isEmpty else { return nil }
    let shown = lines.prefix(Self.most + 1)
    let rest = lines.count - shown.count
    return (shown + (rest > 0 ? ["  … \(rest) more \(what); --json has all"] : []))
      .joined(separator: "\n")
  }

  /// `46 080 -> 43 520 (-2 560)`, or one number when nothing changed.
  private static func change(_ a: Int, _ b: Int) -> String {
    guard a != b else { return BudgetReport.grouped(a) }
    let sign = b > a ? "+" : ""
    return
      "\(BudgetReport.grouped(a)) -> \(BudgetReport.grouped(b)) (\(sign)\(BudgetReport.grouped(b - a)))"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
