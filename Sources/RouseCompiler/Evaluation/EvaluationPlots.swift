import Glibc
import RouseEvaluation

/// The drawings of an evaluation.
extension Evaluation {
  /// File name endings and drawings, in order.
  var plots: [(ending: String, caption: String, plot: Plot)] {
    var result: [(ending: String, caption: String, plot: Plot)] = []
    if counts.ambientHours > 0 {
      result.append(
        (
          "miss-rate", "Each stair is all cutoffs of one window; the circle is the chosen point.",
          missesPerHour
        ))
    }
    if curves.contains(where: { $0 != nil }) {
      result.append(
        (
          "det",
          "Detection error trade-off on normal deviates: clips with the word against clips of other words.",
          tradeOff
        ))
      result.append(("roc", "Receiver operating characteristic of the same clips.", receiver))
    }
    result.append(
      (
        "peaks",
        "The highest probability of each clip. Where the two kinds overlap, no cutoff separates them.",
        peaks
      ))
    return result
  }

  private var missesPerHour: Plot {
    let least = 1 / counts.ambientHours
    let low = pow(10, (log10(least) - 0.3).rounded(.down))
    let high = max(100, pow(10, log10(least).rounded(.up)))
    var ticks: [(Double, String)] = []
    var tick = low
    while tick <= high * 1.001 {
      ticks.append((tick, Self.short(tick)))
      tick *= 10
    }
    var plot = Plot(
      title: "Miss rate against false accepts per hour, window \(chosenWindow)",
      x: PlotAxis(
        title: "false accepts per hour (none is drawn at the left edge)", scale: .logarithmic,
        range: low...high, ticks: ticks), y: .shares("miss rate"))
    for (condition, name) in report.conditions.enumerated() {
      let points = ConditionCounts.cutoffs.reversed().map { cutoff in
        (
          x: max(low, counts.accepts(cutoff: cutoff, window: chosenWindow).perHour),
          y: counts.misses(condition, cutoff: cutoff, window: chosenWindow).value
        )
      }
      plot.lines.append(.init(name: name, points: points, isStair: true))
    }
    if let perHour = report.chosen.falseAccepts.perHour, let rate = report.chosen.misses[0].rate {
      plot.marks.append(
        .init(x: max(low, perHour), y: rate, name: "cutoff \(report.chosen.cutoff)/255"))
    }
    return plot
  }

  private static func short(_ power: Double) -> String {
    power >= 1 ? "\(Int(power.rounded()))" : EvaluationText.number(power, power < 0.05 ? 2 : 1)
  }

  private var tradeOff: Plot {
    var plot = Plot(
      title: "Detection error trade-off", x: .deviates("accepted clips of other words"),
      y: .deviates("missed clips with the word"))
    for (curve, name) in zip(curves, report.conditions) {
      guard let curve else { continue }
      plot.lines.append(
        .init(name: name, points: curve.points.map { ($0.falsePositive, $0.miss) }))
      plot.marks.append(
        .init(
          x: curve.equalErrorRate, y: curve.equalErrorRate,
          name: "\(name): EER \(EvaluationText.percent(curve.equalErrorRate))"))
    }
    return plot
  }

  private var receiver: Plot {
    var plot = Plot(
      title: "Receiver operating characteristic", x: .shares("accepted clips of other words"),
      y: .shares("recall"))
    for (curve, name) in zip(curves, report.conditions) {
      guard let curve else { continue }
      plot.lines.append(
        .init(name: name, points: curve.points.map { ($0.falsePositive, 1 - $0.miss) }))
    }
    return plot
  }

  private static let bins = 32

  private var peaks: Plot {
    var groups = report.conditions.map { condition in
      (condition, clips.filter { $0.role == "positive" && $0.condition == condition })
    }
    let others = clips.filter { $0.role == "negative" }
    if !others.isEmpty { groups.append(("other words", others)) }
    var plot = Plot(
      title: "Highest probability of each clip",
      x: PlotAxis(
        title: "probability", scale: .linear, range: 0...1,
        ticks: (0...5).map { (Double($0) / 5, EvaluationText.number(Double($0) / 5, 1)) }),
      y: .shares("share of the clips"))
    for (name, members) in groups {
      var bins = [Int](repeating: 0, count: Self.bins)
      for clip in members { bins[clip.peak * Self.bins / 256] += 1 }
      let width = 1 / Double(Self.bins)
      plot.bars.append(
        .init(
          name: name,
          bars: bins.enumerated().filter { $0.element > 0 }.map { index, count in
            (
              Double(index) * width, Double(index + 1) * width,
              Double(count) / Double(members.count)
            )
          }))
    }
    return plot
  }
}
