import RouseFormats
import RouseFrontEnd
import RouseNumerics

/// `rouse diff`: what changed between two compiled models, and whether a device would notice.
///
/// `DiffModel + DiffModel -> DiffReport`. Operators are compared in `OperatorDiff`, what belongs to the operators that both
/// models have in `TensorDiff`, and both models on the same features in `OutputDiff`.
public enum Diff {
  /// - Parameters:
  ///   - profile: its kernel libraries decide the arenas.
  ///   - features: what both models hear; sound that the program generates when nil.
  public static func report(
    _ a: DiffModel, _ b: DiffModel, profile: TargetProfile, features: DiffFeatures? = nil
  ) -> DiffReport {
    let operators = OperatorDiff(a.inspection, b.inspection)
    let tensors = TensorDiff(a, b, operators)
    let manifest = ManifestDiff.fields(a.manifest, b.manifest)
    let outputs = OutputDiff.compare(
      a, b, over: features, stepMilliseconds: stepMilliseconds(a, b))
    var report = DiffReport(
      verdict: .unknown, target: profile.name, files: .init(file(a), file(b)),
      operatorCount: .init(operatorCount(a), operatorCount(b)),
      tensorCount: .init(tensorCount(a), tensorCount(b)),
      operatorKinds: figures(
        a.inspection.totals.operators, b.inspection.totals.operators
      ).filter { $0.a != $0.b },
      operatorEdits: operators.edits, sizes: sizes(a.inspection, b.inspection),
      quantization: tensors.quantization, constants: tensors.constants, arenas: [],
      arenaProblem: nil, manifest: manifest, outputs: try? outputs.get(), outputsProblem: nil)
    if case .failure(let problem) = outputs { report.outputsProblem = problem.text }
    compareArenas(a, b, profile, &report)
    report.verdict = verdict(a, b, report)
    return report
  }

  /// Milliseconds between two rows that the front-end makes for both: as the manifests say, if that is what devices use.
  public static func stepMilliseconds(_ a: DiffModel, _ b: DiffModel) -> Int {
    let stated = a.manifest?.featureStepSize?.value ?? b.manifest?.featureStepSize?.value
    return stated.flatMap { MicroFrontEnd.supportedStepMilliseconds.contains($0) ? $0 : nil } ?? 10
  }

  // MARK: - Verdict

  private static func verdict(
    _ a: DiffModel, _ b: DiffModel, _ report: DiffReport
  ) -> DiffReport.Verdict {
    if a.bytes == b.bytes && report.manifest.isEmpty { return .identical }
    if ManifestDiff.changesDetection(a.manifest, b.manifest) { return .differentBehaviour }
    if a.bytes == b.bytes { return .sameBehaviour }
    guard let outputs = report.outputs else { return .unknown }
    return outputs.differing == 0 ? .sameBehaviour : .differentBehaviour
  }

  // MARK: - Figures

  private static func file(_ model: DiffModel) -> DiffReport.File {
    .init(
      name: model.name, bytes: model.bytes.count,
      sha256: SHA256.hex(SHA256.digest(model.bytes)))
  }

  private static func operatorCount(_ model: DiffModel) -> Int {
    model.inspection.graphs.reduce(0) { $0 + $1.operators.count }
  }

  private static func tensorCount(_ model: DiffModel) -> Int {
    model.inspection.graphs.reduce(0) { $0 + $1.tensors.count }
  }

  private static func figures(_ a: [String: Int], _ b: [String: Int]) -> [DiffReport.Figure] {
    Set(a.keys).union(b.keys).sorted().map { .init(name: $0, a: a[$0] ?? 0, b: b[$0] ?? 0) }
  }

  /// In the order of the inspection, which lists the same kinds for every file.
  private static func sizes(_ a: ModelInspection, _ b: ModelInspection) -> [DiffReport.Size] {
    let bytes = Dictionary(b.sizes.map { ($0.kind, $0.bytes) }) { first, _ in first }
    return a.sizes.map {
      .init(kind: $0.kind, label: $0.label, a: $0.bytes, b: bytes[$0.kind] ?? 0)
    }
    .filter { $0.a > 0 || $0.b > 0 }
  }

  private static func compareArenas(
    _ a: DiffModel, _ b: DiffModel, _ profile: TargetProfile, _ report: inout DiffReport
  ) {
    for library in profile.kernelLibraries {
      let model = ArenaModel(library: library, for: profile)
      do {
        let (x, y) = (try model.report(for: a.model), try model.report(for: b.model))
        report.arenas.append(
          .init(
            library: library.rawValue, isCurrent: library == profile.currentFirmware.library,
            minimumBytes: .init(x.minimumBytes, y.minimumBytes),
            headBytes: .init(x.headBytes, y.headBytes),
            tailBytes: .init(x.tailBytes, y.tailBytes)))
      } catch {
        report.arenas = []
        if case .unplannable(_, _, _, let expected, let found) = error {
          report.arenaProblem = "found \(found), expected \(expected)"
        } else {
          report.arenaProblem = "the model is inconsistent"
        }
        return
      }
    }
  }
}
