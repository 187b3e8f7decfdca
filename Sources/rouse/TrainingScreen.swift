import Foundation
import RouseTraining

/// The curves of a run on a terminal, a line of blocks each.
struct TrainingScreen {
  private static let width = 60
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  private let history: RunHistory

  init(_ history: RunHistory) { self.history = history }

  var text: String {
    let last = history.records.last?.step ?? 0
    var lines = [
      "“\(history.description.wakeWord)”, preset \(history.description.preset), "
        + "seed \(history.description.seed): "
        + (history.isFinished ? "finished" : "not finished")
        + " after \(last) of \(history.plannedSteps) steps"
    ]
    var names: [String] = []
    for record in history.records {
      for curve in record.curves where !names.contains(curve.name) { names.append(curve.name) }
    }
    let longest = names.map(\.count).max() ?? 0
    for name in names {
      let values = history.records.compactMap { record in
        record.curves.first { $0.name == name }?.value
      }.filter(\.isFinite)
      guard let first = values.first, let last = values.last else { continue }
      let title = name.padding(toLength: longest, withPad: " ", startingAt: 0)
      lines.append(
        "\(title)  \(Self.sparkline(values))  " + String(format: "%.4g to %.4g", first, last))
    }
    if let best = history.best, let score = best.validation {
      lines.append(
        "best at step \(best.step): \(Percent.text(score.missRate)) missed at "
          + String(format: "%.1f", score.falseAcceptsPerHour) + " false accepts per hour, "
          + "mean recall \(Percent.text(score.recall))")
    }
    if let outcome = history.description.quantizationAware {
      lines.append("quantization-aware training \(outcome.text)")
    }
    lines += history.description.warnings.map { "warning: \($0)" }
    return lines.joined(separator: "\n").printable
  }

  /// At most `width` blocks, each the mean of its share of the values, from the lowest to the highest.
  static func sparkline(_ values: [Double]) -> String {
    let count = min(width, values.count)
    let means = (0..<count).map { index -> Double in
      let part = values[index * values.count / count..<(index + 1) * values.count / count]
      return part.reduce(0, +) / Double(part.count)
    }
    guard let low = means.min(), let high = means.max() else { return "" }
    return String(
      means.map { mean in
        let share = high > low ? (mean - low) / (high - low) : 0
        return blocks[Int((share * Double(blocks.count - 1)).rounded())]
      })
  }
}
