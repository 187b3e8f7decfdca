import RouseEvaluation
import RouseFormats
import RouseIR

extension Emit {
  /// `NAME.operating_points.csv`: what every cutoff and window costs on the streams that the manifest's pair was chosen on.
  ///
  /// Hours and rates are those of the streams as they are; where they are other words instead of ambient sound, the choice
  /// has weighted them with `CompilationRequest.Streams.temptation`. Nothing without such streams.
  static func operatingPoints(_ emission: Emission) throws(GraphError) -> [Artefact] {
    let streams = emission.request.validation
    guard !streams.positives.isEmpty, !streams.ambient.isEmpty else { return [] }
    let sweep = try Scoring.validation(of: emission.planned.quantized, emission.request)
    return [
      Artefact(
        fileName: "\(emission.request.name).operating_points.csv", text: PointTable(sweep).csv)
    ]
  }
}

extension ChooseOperatingPoint {
  /// How finely the codes resolve the neighbourhood of the chosen cutoff; nil without streams to tell.
  public static func resolution(
    of planned: PlannedModel, _ request: CompilationRequest
  ) throws(GraphError) -> CutoffResolution? {
    let streams = request.validation
    guard !streams.positives.isEmpty, !streams.ambient.isEmpty else { return nil }
    let sweep = try Scoring.validation(of: planned.quantized, request)
    let window = planned.detection.window
    guard sweep.ambientHours > 0, DetectionSweep.windows.contains(window) else { return nil }
    return CutoffResolution(
      cutoff: planned.detection.cutoff, cutoffs: RuleCurve.cutoffs,
      limit: request.falseAcceptsPerHour * streams.temptation, hours: sweep.ambientHours,
      clips: sweep.positives, misses: { sweep.misses(cutoff: $0, window: window) },
      accepts: { sweep.accepts(cutoff: $0, window: window) })
  }
}
