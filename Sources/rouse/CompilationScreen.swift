import Foundation
import RouseCompiler
import RouseEvaluation

/// The one screen that tells what was made: score, budget, proof, files.
struct CompilationScreen {
  var request: CompilationRequest
  var result: Compilation
  /// nil when nobody asked for it.
  var score: DetectionSweep?
  /// How finely the codes resolve the chosen cutoff; nil when there was nothing to choose on.
  var resolution: CutoffResolution?

  var text: String {
    let planned = result.planned
    return [
      score.map(scoreText) ?? "", coarseText, planned.quantized.report.text,
      planned.lowered.report.table, planned.budget.table.trimmingCharacters(in: .newlines),
      proofText, filesText,
    ].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// A warning when the neighbouring codes of the chosen cutoff jump over what was asked for.
  private var coarseText: String {
    guard let resolution, resolution.isCoarse else { return "" }
    return "warning: \(EvaluationClaims.coarse(resolution))"
  }

  // MARK: - Score

  private func scoreText(_ score: DetectionSweep) -> String {
    let detection = result.planned.detection
    let chosen = score.point(cutoff: detection.cutoff, window: detection.window)
    var lines = [
      "Held-out score of the int8 streaming model, ESPHome's detection rule: "
        + "\(score.positives) clips of the wake word, "
        + String(format: "%.2f h of other sound", score.ambientHours),
      "  in the manifest: cutoff \(detection.cutoff)/255, window \(detection.window): "
        + "miss rate \(rate(chosen)), \(accepts(chosen))",
      "  false accepts per hour   miss rate (95 % interval)        cutoff  window",
    ]
    for row in score.table() {
      let limit = String(format: "at most %-5g", row.limit)
      guard score.ambientHours > 0, score.positives > 0 else { continue }
      lines.append(
        "  \(limit)            "
          + rate(row.point).padding(toLength: 32, withPad: " ", startingAt: 0)
          + String(format: " %6d %7d", row.point.cutoff, row.point.window)
          + (row.isSupported ? "" : "  (too few hours to claim this rate)"))
    }
    return lines.joined(separator: "\n")
  }

  private func rate(_ point: OperatingPoint) -> String {
    let interval = point.misses.interval
    return "\(Percent.text(point.misses.value)) "
      + String(format: "(%.1f to %.1f)", interval.lowerBound * 100, interval.upperBound * 100)
  }

  private func accepts(_ point: OperatingPoint) -> String {
    String(
      format: "%d false accepts in %.2f h", point.accepts.accepts, point.accepts.hours)
  }

  // MARK: - Proof

  private var proofText: String {
    let checks = result.verification.checks
    let steps = checks.filter { $0.unit == "streaming steps" }.map(\.compared).max() ?? 0
    return
      "Verified: \(checks.count) checks on \(Set(checks.map(\.artefact)).count) files read back "
      + "from disk; \(steps) streaming steps bit for bit. "
      + "Details: \(request.output)/\(request.name).report.html"
  }

  // MARK: - Files

  private var filesText: String {
    let (name, folder) = (request.name, request.output)
    return """
      In \(folder):
        ESPHome   copy \(name).tflite and \(name).json beside your device's YAML, paste \(name).yaml into it
        C / C++   add \(name)_model.c and \(name)_model.h to your firmware; \(name)_golden.h proves a board at boot
        Packages  esp-idf/\(name), arduino/\(name) (also PlatformIO), zephyr/\(name), each with a README
        ONNX      \(name).onnx (float), \(name)_int8.onnx (QDQ), \(name)_streaming*.onnx
      """
  }
}
