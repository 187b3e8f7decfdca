import RouseIR

/// Makes the choices of the quantizer, each by the error that it measures: one optional pass after the other.
///
/// Scales of weights come first, because making channels alike changes ranges; then ranges, then biases, which make up
/// for both; the logit last, because its shape is chosen by what the finished network decides.
public enum Tune {
  public static func apply(
    to calibrated: CalibratedModel, _ request: CompilationRequest
  ) throws(GraphError) -> CalibratedModel {
    var model = calibrated
    let passes = request.passes
    if passes.contains(.equalize) { model = try EqualizeChannels.apply(to: model) }
    if passes.contains(.searchRanges) {
      model = try SearchRanges.apply(to: model, includingLogit: !passes.contains(.shapeLogit))
    }
    if passes.contains(.correctBias) { model = try CorrectBias.apply(to: model) }
    if passes.contains(.shapeLogit) { model = try ShapeLogit.apply(to: model, request) }
    return model
  }
}
