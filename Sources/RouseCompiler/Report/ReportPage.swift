import RouseFormats
import RouseResources

/// `NAME.report.html`: everything a reviewer asks about a bundle on one page, from the values of its compilation.
///
/// The page holds its drawings and its style; it has no script and refers to nothing outside. It is HTML5 that is XML as
/// well, reads in light, dark and on paper, and the same compilation gives the same bytes.
struct ReportPage {
  let planned: PlannedModel
  let proof: VerificationReport
  let request: CompilationRequest
  /// The model file, taken apart.
  let inspection: ModelInspection

  init(
    of planned: PlannedModel, _ proof: VerificationReport, _ request: CompilationRequest
  ) throws(FormatError) {
    self.planned = planned
    self.proof = proof
    self.request = request
    inspection = try ModelInspection.read(planned.tfliteBytes, as: .tflite)
  }

  /// The parts of the page in order. A pass that reports something adds its section here.
  private var sections: [ReportSection] {
    get throws(FormatError) {
      [
        provenance, files, checks, budget, arena, layers, fileBytes, detection, try graph,
      ]
    }
  }

  var artefact: Artefact {
    get throws(FormatError) {
      let page = HTMLPage(
        name: request.name, verdict: verdict, isGood: isGood, summary: summary, figures: figures,
        sections: try sections,
        footer:
          "The same facts for programs: \(request.name).verify.json and \(request.name).budget.json."
      )
      return Artefact(fileName: "\(request.name).report.html", text: page.html)
    }
  }

  // MARK: - Verdict

  private var isGood: Bool { proof.holds && planned.budget.fits }

  private var verdict: String {
    let fit = planned.budget.fits ? "fits" : "does not fit"
    return "\(proof.holds ? "Verified" : "Not verified"); \(fit) \(planned.budget.target)"
  }

  private var summary: String {
    let failed = proof.checks.count { !$0.holds }
    let outcome = failed == 0 ? "all hold" : "\(failed) fail"
    return
      "“\(request.source.wakeWord)” for \(planned.budget.firmware) with \(planned.arena.library.rawValue). "
      + "\(proof.checks.count) claims about \(proof.files.count) files read back from disk: \(outcome). "
      + "\(BudgetReport.grouped(proof.steps)) streaming steps of the int8 model ran in the memory plan of the device, "
      + "with outputs equal bit for bit."
  }

  private var figures: [(value: String, name: String)] {
    var figures = [
      ("\(BudgetReport.grouped(planned.tfliteBytes.count)) B", "model file"),
      ("\(BudgetReport.grouped(planned.arena.recommendedBytes)) B", "tensor arena"),
      ("\(proof.model.counts.operators)", "operators"),
      ("\(BudgetReport.grouped(proof.model.counts.macs))", "MACs a step"),
    ]
    if let time = planned.budget.time {
      figures.append(("\(BudgetReport.grouped(time.used)) µs", "a step, estimated"))
    }
    if let worst = proof.layers.worst {
      figures.append(
        (
          worst.signalToNoise == nil ? worst.decibelText : "\(worst.decibelText) dB",
          "noisiest layer"
        ))
    }
    return figures
  }
}
