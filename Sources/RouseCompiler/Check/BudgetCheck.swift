import RouseFormats
import RouseIR

/// Flash, RAM and time of all models together against the board.
enum BudgetCheck {
  /// A model as the budget counts it; nil when its arena or its costs cannot be computed.
  static func model(_ model: ModelUnderCheck) -> Budget.Model? {
    guard let arena = model.arena, let graph = try? model.graph.get() else { return nil }
    return Budget.Model(
      name: model.name, tflite: model.model, fileBytes: model.fileBytes, arena: arena,
      costs: Budget.costs(of: graph), strideRows: rows(model),
      manifestArenaBytes: statedArena(model),
      slidingWindow: model.manifest?.slidingWindowSize?.value)
  }

  /// A firmware that does not probe takes from RAM what the manifest says, however little the model needs; one that does
  /// gives back what it does not use.
  private static func statedArena(_ model: ModelUnderCheck) -> Int? {
    guard !model.firmware.probesArena else { return nil }
    return model.manifest?.tensorArenaSize?.value
  }

  /// Feature rows of one inference.
  private static func rows(_ model: ModelUnderCheck) -> Int {
    guard let shape = model.input?.shape, shape.count == 3, shape[1] > 0 else { return 1 }
    return Int(shape[1])
  }

  /// Lines that exceed their limits, and estimates whose error does.
  static func findings(_ report: BudgetReport?) -> [Finding] {
    guard let report else { return [] }
    // VariableCheck counts variables, and names them.
    return report.lines.filter { $0.unit != .variables }.compactMap { line in
      if line.over > 0 { return over(line, report) }
      return line.isUncertain ? uncertain(line, report) : nil
    }
  }

  private static func over(_ line: BudgetReport.Line, _ report: BudgetReport) -> Finding {
    let largest = line.parts.max { $0.amount < $1.amount }
    return Finding(
      .error, .overBudget, at: report.target,
      "\(line.name) is \(line.over) \(line.unit.rawValue) over: \(line.used) used, "
        + "\(line.limit ?? 0) there"
        + (largest.map { "; the largest part is \($0.name), \($0.amount)" } ?? ""),
      help: advice(line))
  }

  private static func uncertain(_ line: BudgetReport.Line, _ report: BudgetReport) -> Finding {
    Finding(
      .warning, .overBudget, at: report.target,
      "\(line.name) is an estimate: \(line.used) of \(line.limit ?? 0) \(line.unit.rawValue), and it may be "
        + "\(line.errorPercent ?? 0) % more, which would be over", help: advice(line))
  }

  private static func advice(_ line: BudgetReport.Line) -> String {
    "a smaller model, another board, or a figure of your own: \(line.key), now from \(line.place)"
  }
}
