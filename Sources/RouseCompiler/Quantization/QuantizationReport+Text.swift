import Foundation

extension QuantizationReport {
  /// A few lines for the terminal; empty when nothing was chosen.
  public var text: String {
    var lines: [String] = []
    if let before = errorBefore, let after = errorAfter {
      lines.append(
        "Quantization: error of the logit \(number(before)) → \(number(after)) over \(steps) steps")
    }
    if !weights.isEmpty {
      let single = weights.filter { $0.chosen != Self.perChannel }.count
      lines.append("  weights   one scale in \(single) of \(weights.count) convolutions")
    }
    if !ranges.isEmpty { lines.append("  ranges    " + counts(ranges)) }
    if !biases.isEmpty { lines.append("  biases    " + counts(biases)) }
    if let logit {
      lines.append(
        String(
          format: "  logit     × %.2f %+.2f; %d output codes above the cutoff, %d before",
          logit.stretch, logit.shift, logit.codesAboveCutoff, logit.codesAboveCutoffBefore))
    }
    if let recallLoss {
      lines.append(
        String(
          format: "  recall    int8 against float: %.1f points lost at most, %.2f on average, over "
            + "%d clips and %d rates of false accepts",
          recallLoss.largestLoss, recallLoss.meanLoss, recallLoss.clips, recallLoss.levels.count))
    }
    return lines.joined(separator: "\n")
  }

  private func number(_ value: Double) -> String { String(format: "%.4f", value) }

  /// `min/max 3, 99.9 % 2`, in the order of first use.
  private func counts(_ choices: [Choice]) -> String {
    var order: [String] = []
    for choice in choices where !order.contains(choice.chosen) { order.append(choice.chosen) }
    return order.map { name in "\(name): \(choices.count { $0.chosen == name })" }
      .joined(separator: ", ")
  }
}
