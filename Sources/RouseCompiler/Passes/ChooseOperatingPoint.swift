import RouseEvaluation
import RouseIR
import RouseRuntime

/// The detection settings that go into the manifest.
public struct Detection: Hashable, Sendable {
  /// What the firmware compares with, in steps of 1/255.
  public var cutoff: Int
  /// Probabilities in the moving sum.
  public var window: Int

  public init(cutoff: Int, window: Int) {
    self.cutoff = cutoff
    self.window = window
  }
}

/// Picks cutoff and window from data that is neither trained on nor tested on: the int8 streaming model runs over the
/// validation streams and the point with the fewest misses within the wanted false accepts per hour is taken.
public enum ChooseOperatingPoint {
  public static func apply(
    to model: QuantizedModel, _ request: CompilationRequest
  ) throws(GraphError) -> Detection {
    if let fixed = request.detection { return fixed }
    let point = point(on: try Scoring.validation(of: model, request), request)
    return Detection(cutoff: point.cutoff, window: point.window)
  }

  /// The point that the request asks for.
  static func point(on sweep: DetectionSweep, _ request: CompilationRequest) -> OperatingPoint {
    var point = sweep.choose(
      targetFalseAcceptsPerHour: request.falseAcceptsPerHour * request.validation.temptation)
    // Code 255 can never be exceeded: a sum of bytes is at most 255 · window.
    point.cutoff = min(point.cutoff, 254)
    return point
  }
}

/// The int8 streaming model on streams, as the device hears them.
public enum Scoring {
  /// Each stream is heard from a fresh state.
  public static func sweep(
    _ graph: Graph, positives: [[Int8]], ambient: [[Int8]], stepMilliseconds: Int
  ) throws(GraphError) -> DetectionSweep {
    let codes = try StagedStreams(graph, positives + ambient, upTo: nil).outputs(of: graph)
    return sweep(
      codes, positives: positives.count, stride: graph[graph.inputs[0]].type.shape[1],
      stepMilliseconds: stepMilliseconds)
  }

  /// - Parameter codes: of each stream; those of `positives` clips come first.
  static func sweep(
    _ codes: [[UInt8]], positives: Int, stride: Int, stepMilliseconds: Int
  ) -> DetectionSweep {
    DetectionSweep(
      positives: Array(codes[..<positives]), ambient: Array(codes[positives...]), stride: stride,
      featureSeconds: Double(stepMilliseconds) / 1000)
  }

  /// The validation streams, which are run unless a pass has already done so.
  static func validation(
    of model: QuantizedModel, _ request: CompilationRequest
  ) throws(GraphError) -> DetectionSweep {
    if let known = model.validation { return known }
    let streams = request.validation
    return try sweep(
      model.streaming, positives: streams.positives, ambient: streams.ambient,
      stepMilliseconds: request.source.stepMilliseconds)
  }
}
