extension LoweringReport {
  /// What was chosen and what it saved, at most 120 columns: one line for each site whose form is not as trained, and one
  /// for all that stayed.
  public var table: String {
    var lines = [
      "Lowered for `\(objective)`: arena \(before.arenaBytes) -> \(after.arenaBytes) bytes, "
        + "file \(before.fileBytes) -> \(after.fileBytes) bytes, "
        + "\(before.cycles) -> \(after.cycles) cycles"
    ]
    let changed = sites.filter { $0.chosen != $0.alternatives.first?.form }
    if !changed.isEmpty {
      lines.append(
        "  " + Self.row("site", "written as", "arena saved", "file saved", "cycles saved"))
    }
    for site in changed {
      let name = site.name.isEmpty ? "copies anywhere" : site.name
      lines.append(
        "  "
          + Self.row(
            "\(name) (\(site.kind))", site.chosen, "\(site.saved.arenaBytes)",
            "\(site.saved.fileBytes)", "\(site.saved.cycles)"))
    }
    let kept = sites.count - changed.count
    if kept > 0 { lines.append("  \(kept) more sites are cheapest as trained") }
    if savedBySchedule > 0 {
      lines.append("  order of operators: \(savedBySchedule) bytes of arena saved")
    }
    return lines.joined(separator: "\n")
  }

  /// Columns of 44, 26, 13, 13 and 14 characters; a name that is too long keeps its end, which tells more.
  private static func row(
    _ site: String, _ form: String, _ arena: String, _ file: String, _ cycles: String
  ) -> String {
    let name = site.count > 44 ? "…" + site.suffix(43) : site
    func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return left(name, 44) + " " + left(form, 26) + right(arena, 13) + right(file, 13)
      + right(cycles, 14)
  }
}
