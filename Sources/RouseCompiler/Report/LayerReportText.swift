import Foundation
import RouseFormats

extension LayerReport {
  /// The table for people, at most 120 columns wide, noisiest tensor first:
  /// ```
  /// tensor   operator         SNR dB  max step          seen          held  clipped  MACs  cycles
  /// logit    FULLY_CONNECTED    23.9      6.81  -15.2…8.11  -15.4…8.29      0 %  1024    2900
  /// ```
  public var text: String {
    let rows = worstFirst.map(cells)
    let head = [
      "tensor", "operator", "SNR dB", "max step", "seen", "held", "clipped", "MACs", "cycles",
    ]
    var widths = head.map(\.count)
    for row in rows { widths = zip(widths, row).map { max($0, $1.count) } }
    let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
    widths[0] = min(widths[0], max(head[0].count, Self.columns - others))
    let lines = ([head] + rows).map { row in
      row.enumerated().map { index, cell in
        let text = index == 0 ? InspectionWords.shortened(cell, to: widths[0]) : cell
        let space = String(repeating: " ", count: max(0, widths[index] - text.count))
        return index < 2 ? text + space : space + text
      }.joined(separator: "  ")
    }
    return """
      Float against int8 over \(steps) streaming steps, noisiest first; costs are those of the operator that makes it
      \(lines.joined(separator: "\n"))
      All operators: \(macs) MACs, \(layers.reduce(0) { $0 + $1.weightBytes }) bytes of constants, \(cycles) cycles a step

      """
  }

  static let columns = 120

  private func cells(_ tensor: Tensor) -> [String] {
    let layer = layers.indices.contains(tensor.node) ? layers[tensor.node] : nil
    return [
      tensor.name, tensor.operation, tensor.decibelText,
      Self.fixed(tensor.largestErrorSteps, 2),
      "\(Self.short(tensor.seenLow))…\(Self.short(tensor.seenHigh))",
      "\(Self.short(tensor.heldLow))…\(Self.short(tensor.heldHigh))", tensor.clippedText,
      "\(layer?.macs ?? 0)", "\(layer?.cycles ?? 0)",
    ]
  }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// Three significant digits.
  static func short(_ value: Float) -> String { String(format: "%.3g", Double(value)) }
}

extension LayerReport.Tensor {
  /// `31.42`, `exact`, or `no signal` where the float tensor was 0 throughout.
  var decibelText: String {
    if let signalToNoise { return LayerReport.fixed(signalToNoise, 1) }
    return largestErrorSteps == 0 ? "exact" : "no signal"
  }

  /// `0 %`, `0.12 %`; a share that would round to 0 is `<0.01 %`.
  var clippedText: String {
    if clippedShare == 0 { return "0 %" }
    let percent = clippedShare * 100
    return percent < 0.01 ? "<0.01 %" : LayerReport.fixed(percent, 2) + " %"
  }
}
