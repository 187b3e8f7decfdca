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
    let sweep = try Scoring.sweep(
      model.streaming, positives: request.validation.positives,
      ambient: request.validation.ambient, stepMilliseconds: request.source.stepMilliseconds
    )
    let point = sweep.choose(
      targetFalseAcceptsPerHour: request.falseAcceptsPerHour * request.validation.temptation)
    // Code 255 can never be exceeded: a sum of bytes is at most 255 · window.
    return Detection(cutoff: min(point.cutoff, 254), window: point.window)
  }
}

/// The int8 streaming model on streams, as the device hears them.
public enum Scoring {
  /// Probabilities of one stream from a fresh state.
  public static func sweep(
    _ graph: Graph, positives: [[Int8]], ambient: [[Int8]], stepMilliseconds: Int
  ) throws(GraphError) -> DetectionSweep {
    var interpreter = try Interpreter(graph)
    func probabilities(_ rows: [Int8]) -> [UInt8] {
      interpreter.reset()
      return interpreter.runStream(rows)
    }
    return DetectionSweep(
      positives: positives.map(probabilities), ambient: ambient.map(probabilities),
      stride: graph[graph.inputs[0]].type.shape[1],
      featureSeconds: Double(stepMilliseconds) / 1000)
  }
}
