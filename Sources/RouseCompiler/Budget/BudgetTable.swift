extension BudgetReport {
  /// The lines as aligned columns for the terminal:
  /// ```
  ///                          used       limit
  /// app flash           2 227 622   8 126 464 bytes
  /// tensor arena           71 304      65 536 bytes         5 768 over
  /// time per step           2 143      30 000 microseconds  an estimate, up to 59 % more
  /// ```
  public var table: String {
    let rows = lines.map { line in
      (
        name: line.name, used: Self.grouped(line.used), limit: line.limit.map(Self.grouped) ?? "-",
        unit: line.unit.rawValue, note: Self.note(line)
      )
    }
    let name = rows.map(\.name.count).max() ?? 0
    let used = max(rows.map(\.used.count).max() ?? 0, "used".count)
    let limit = max(rows.map(\.limit.count).max() ?? 0, "limit".count)
    let unit = rows.map(\.unit.count).max() ?? 0
    var text = [
      Self.left("", name) + "  " + Self.right("used", used) + "  " + Self.right("limit", limit)
    ]
    for row in rows {
      let line =
        Self.left(row.name, name) + "  " + Self.right(row.used, used) + "  "
        + Self.right(row.limit, limit) + " " + Self.left(row.unit, unit)
      text.append(row.note.isEmpty ? Self.trimmed(line) : line + "  " + row.note)
    }
    for name in unregisteredOperators { text.append("\(name) is not registered by \(firmware)") }
    return text.joined(separator: "\n") + "\n"
  }

  private static func note(_ line: Line) -> String {
    let over = line.over > 0 ? ["\(grouped(line.over)) over"] : []
    let error = line.errorPercent.map { ["an estimate, up to \($0) % more"] } ?? []
    return (over + error).joined(separator: ", ")
  }

  /// Digits in groups of three, separated by spaces: `8 126 464`.
  package static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(" ", at: position)
      position -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
