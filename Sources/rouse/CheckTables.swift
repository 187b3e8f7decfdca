import RouseCompiler

/// The tables below a check's verdict, as plain text.
enum CheckTables {
  /// Smallest arena by kernel library, against the manifest.
  static func arenas(_ model: CheckedModel) -> String {
    let bases = ArenaReport.bases.map { "at \($0)" }
    var rows = [["kernel library", "needs"] + bases + ["write", ""]]
    for arena in model.arenas {
      let own = arena.library == model.arena?.library
      let stated = model.manifestArenaBytes.map { stated -> String in
        guard stated > 0 else { return "no size" }
        let spare = stated - arena.minimumBytes
        return spare >= 0 ? "\(grouped(spare)) spare" : "\(grouped(-spare)) too small"
      }
      rows.append(
        [arena.library.rawValue + (own ? " *" : ""), grouped(arena.minimumBytes)]
          + arena.minimumBytesByBase.map(grouped) + [grouped(arena.recommendedBytes), stated ?? ""])
    }
    let stated = model.manifestArenaBytes.map { ", the manifest says \(grouped($0))" } ?? ""
    return
      "Tensor arena of \(model.name) in bytes\(stated) (* in this firmware; at N: if its address is N "
      + "modulo 16)\n" + TextColumns.text(rows, right: Set(1...6))
  }

  /// Where the bytes of the arena go.
  static func uses(_ arena: ArenaReport, _ model: CheckedModel) -> String {
    var rows = [["activations and scratch", grouped(arena.headBytes), ""]]
    rows += arena.largestBuffers.map {
      ["  \(shortened($0.name))", grouped($0.bytes), ""]
    }
    rows.append(["persistent", grouped(arena.tailBytes), ""])
    rows += arena.persistentShares.map { ["  \($0.kind)", grouped($0.bytes), ""] }
    rows.append([
      binding(arena.binding), grouped(arena.minimumBytes - arena.usedBytes), "",
    ])
    var text =
      "Where the arena of \(model.name) goes (\(arena.library.rawValue))\n"
      + TextColumns.text(rows, right: [1])
    if let peak = arena.peak {
      text +=
        "\npeak at operator \(peak.index) \(peak.name): \(grouped(peak.liveBytes)) bytes alive, "
        + "input \(grouped(peak.inputBytes)), output \(grouped(peak.outputBytes)), "
        + "scratch \(grouped(peak.scratchBytes))"
    }
    return text
  }

  /// What is needed beyond the bytes that are in use at the end.
  private static func binding(_ binding: ArenaReport.Binding) -> String {
    switch binding {
    case .plan: "alignment"
    case .planning: "temporary: tables of the planner, and alignment"
    case .prepare(let subgraph, let node):
      "temporary: Prepare of operator \(node) in subgraph \(subgraph), and alignment"
    case .start: "temporary: scratch requests, and alignment"
    }
  }

  static func output(_ model: CheckedModel) -> String? {
    guard let resolution = model.resolution else { return nil }
    let above = model.cutoffCode.map {
      ", \(resolution.codes(above: $0)) of them above the cutoff's code \($0)"
    }
    return
      "\(model.name) can output \(resolution.codes.count) different probabilities\(above ?? "")"
  }

  /// Flash, RAM and time of all models.
  static func budget(_ report: CheckReport) -> String? {
    guard let budget = report.budget else { return nil }
    let memory = budget.memory
    let lines = [budget.flash, memory?.internal, memory?.psram, budget.time].compactMap { $0 }
    var rows = [["", "used", "limit", "", ""]]
    for line in lines {
      rows.append([
        line.name, grouped(line.used), line.limit.map(grouped) ?? "-", line.unit.rawValue,
        note(line),
      ])
      rows += line.parts.map { ["  \($0.name)", grouped($0.amount), "", "", ""] }
    }
    return "Budget of \(report.target), limits from its profile\n"
      + TextColumns.text(rows, right: [1, 2])
  }

  private static func note(_ line: BudgetReport.Line) -> String {
    let over = line.over > 0 ? ["\(grouped(line.over)) over"] : []
    let error = line.errorPercent.map { ["an estimate, up to \($0) % more"] } ?? []
    return (over + error).joined(separator: ", ")
  }

  // MARK: - Text

  /// The end of a long tensor name, which is what tells layers apart.
  private static func shortened(_ name: String) -> String {
    let longest = 60
    guard !name.isEmpty else { return "(no name)" }
    return name.count <= longest ? name : "..." + name.suffix(longest - 3)
  }

  private static func grouped(_ value: Int) -> String { BudgetReport.grouped(value) }
}
