import RouseFormats
import RouseResources

/// Where the bundle comes from and what was proven of it.
extension ReportPage {
  /// What was made from what.
  var provenance: ReportSection {
    var rows = planned.provenance.entries.map { [$0.name, $0.value] }
    rows += [
      ["target", "\(planned.budget.target) (\(planned.budget.profile))"],
      ["firmware", planned.budget.firmware],
      ["kernel_library", planned.arena.library.rawValue],
      ["tflite_sha256", proof.files.first { $0.name == "\(request.name).tflite" }?.sha256 ?? ""],
    ]
    return ReportSection(
      "Provenance",
      [
        HTMLText.paragraph(
          "Made by Rouse \(Version.current). The same network, calibration and options give the same bytes."
        ),
        HTMLTable(columns: [.text("what"), .code("value")], rows: rows).html,
      ])
  }

  /// Which bytes were decoded by which reader.
  var files: ReportSection {
    ReportSection(
      "Files read back",
      [
        HTMLText.paragraph(
          "Every file was written, read back from disk and decoded by Rouse's own readers before it got its name."
        ),
        HTMLTable(
          columns: [.code("file"), .number("bytes"), .text("decoded by"), .code("SHA-256")],
          rows: proof.files.map {
            [
              $0.name, BudgetReport.grouped($0.bytes), $0.readers.joined(separator: "; "),
              $0.sha256,
            ]
          }
        ).html,
      ])
  }

  /// Every claim with what was compared and what may differ.
  var checks: ReportSection {
    ReportSection(
      "Claims",
      [
        HTMLTable(
          columns: [
            .text("holds"), .code("file"), .text("claim"), .number("compared"), .text("of"),
            .number("largest difference"), .number("allowed"),
          ],
          rows: proof.checks.map {
            [
              $0.holds ? "yes" : "NO", $0.artefact, $0.claim, BudgetReport.grouped($0.compared),
              $0.unit, Self.difference($0.largestDifference), Self.difference($0.tolerance),
            ]
          }
        ).html,
        HTMLText.paragraph("Allowed 0 means equal bit for bit."),
      ])
  }

  /// `0`, or three significant digits.
  private static func difference(_ value: Double) -> String {
    value == 0 ? "0" : LayerReport.short(Float(value))
  }

  /// The detection settings and how finely the model can say a probability.
  var detection: ReportSection {
    let detection = planned.detection
    let cutoff = ESPHomeManifest.cutoff(forCode: detection.cutoff)
    var rows = [
      ["cutoff", "\(detection.cutoff)/255 (\(cutoff) in the manifest)"],
      ["sliding window", "\(detection.window) probabilities"],
      ["feature step", "\(request.source.stepMilliseconds) ms"],
      [
        "chosen by",
        request.detection == nil
          ? "the validation part, at most \(request.falseAcceptsPerHour) false accepts per hour"
          : "the user",
      ],
    ]
    if let codes = proof.model.detection.codes, let above = proof.model.detection.codesAboveCutoff {
      rows.append([
        "probabilities the model can output", "\(codes), \(above) of them above the cutoff",
      ])
    }
    return ReportSection(
      "Detection", [HTMLTable(columns: [.text("setting"), .text("value")], rows: rows).html])
  }
}
