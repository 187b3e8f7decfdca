import RouseFormats

/// Bars for each activation in the order of execution: to the left the signal-to-noise ratio of int8, to the right the
/// estimated cycles of the operator that makes it.
struct LayerDrawing {
  private enum Metrics {
    static let row = 15.0
    static let names = 210.0
    static let bars = 250.0
    static let gap = 70.0
    static let top = 26.0
    /// Characters of a name.
    static let characters = 34
    /// A full bar, in dB: what int8 reaches at best for a tensor that fills its range evenly is 50.
    static let decibels = 60.0
  }

  let report: LayerReport

  var svg: String {
    let width = Metrics.names + 2 * (Metrics.bars + Metrics.gap)
    let height = Metrics.top + Double(report.tensors.count) * Metrics.row + 6
    let costs = Metrics.names + Metrics.bars + Metrics.gap
    let most = Double(max(report.layers.map(\.cycles).max() ?? 0, 1))
    let worst = report.worst
    var lines = [
      Chart.open(
        "layers", width: width, height: height, title: "Noise and cost of every activation"),
      Chart.text("axis", x: Metrics.names, y: 14, "signal to noise, dB"),
      Chart.text("axis", x: costs, y: 14, "cycles, estimated"),
    ]
    var charged: Set<Int> = []
    for (index, tensor) in report.tensors.enumerated() {
      let y = Metrics.top + Double(index) * Metrics.row
      let base = y + Metrics.row - 4
      lines.append(
        Chart.text(
          "name right", x: Metrics.names - 8, y: base,
          InspectionWords.shortened(tensor.name, to: Metrics.characters)))
      let length = min(max(tensor.decibels / Metrics.decibels, 0), 1) * Metrics.bars
      lines.append(
        Chart.rectangle(
          tensor == worst ? "noise worst" : "noise", x: Metrics.names, y: y + 2, width: length,
          height: Metrics.row - 4, tip: tip(tensor)))
      lines.append(
        Chart.text("value", x: Metrics.names + length + 4, y: base, tensor.decibelText))
      // An operator with several results is counted at its first.
      guard charged.insert(tensor.node).inserted, report.layers.indices.contains(tensor.node) else {
        continue
      }
      let cycles = report.layers[tensor.node].cycles
      let cost = Double(cycles) / most * Metrics.bars
      lines.append(
        Chart.rectangle("cost", x: costs, y: y + 2, width: cost, height: Metrics.row - 4))
      lines.append(
        Chart.text("value", x: costs + cost + 4, y: base, BudgetReport.grouped(cycles)))
    }
    return (lines + ["</svg>"]).joined(separator: "\n")
  }

  private func tip(_ tensor: LayerReport.Tensor) -> String {
    "\(tensor.name), \(tensor.operation) \(tensor.node): largest error "
      + "\(LayerReport.fixed(tensor.largestErrorSteps, 2)) steps of \(tensor.scale)"
  }
}

extension LayerReport {
  /// The bars as a drawing for the report page, which colours it.
  public var svg: String { LayerDrawing(report: self).svg }
}
