import RouseEvaluation
import RouseIR

/// The recall that int8 costs: the misses of the float and of the int8 streaming network over the same streams, at every
/// number of false accepts, each network with the cutoff and window that are best for it.
public struct RecallLoss: Hashable, Sendable, Codable {
  /// The fewest misses of points with at most so many false accepts.
  public struct Level: Hashable, Sendable, Codable {
    public var falseAccepts: Int
    public var floatMisses: Int
    public var int8Misses: Int

    public init(falseAccepts: Int, floatMisses: Int, int8Misses: Int) {
      self.falseAccepts = falseAccepts
      self.floatMisses = floatMisses
      self.int8Misses = int8Misses
    }
  }

  /// Clips with the wake word.
  public var clips: Int
  /// 0, 1, … false accepts, up to where neither network gets better.
  public var levels: [Level]

  /// Percentage points of recall that int8 loses at the level where it loses most; below 0 when it gains at all.
  public var largestLoss: Double {
    levels.map { points($0.int8Misses - $0.floatMisses) }.max() ?? 0
  }

  /// The mean over all levels.
  public var meanLoss: Double {
    let lost = levels.reduce(0) { $0 + $1.int8Misses - $1.floatMisses }
    return levels.isEmpty ? 0 : points(lost) / Double(levels.count)
  }

  private func points(_ misses: Int) -> Double { 100 * Double(misses) / Double(max(clips, 1)) }

  public init(float: DetectionSweep, int8: DetectionSweep) {
    clips = int8.positives
    let (float, int8) = (Self.fewestMisses(float), Self.fewestMisses(int8))
    levels = (0..<max(float.count, int8.count)).map { accepts in
      Level(
        falseAccepts: accepts, floatMisses: float[min(accepts, float.count - 1)],
        int8Misses: int8[min(accepts, int8.count - 1)])
    }
  }

  /// By the number of false accepts, up to where misses are fewest.
  static func fewestMisses(_ sweep: DetectionSweep) -> [Int] {
    var best: [Int: Int] = [:]
    for window in DetectionSweep.windows {
      for cutoff in DetectionSweep.cutoffs {
        let accepts = sweep.accepts(cutoff: cutoff, window: window)
        let misses = sweep.misses(cutoff: cutoff, window: window)
        best[accepts] = min(best[accepts] ?? misses, misses)
      }
    }
    var result: [Int] = []
    let fewest = best.values.min() ?? 0
    for accepts in 0...(best.keys.max() ?? 0) {
      let before = result.last ?? sweep.positives
      result.append(min(before, best[accepts] ?? before))
      if result[accepts] == fewest { break }
    }
    return result
  }
}

extension RecallLoss {
  /// - Parameters:
  ///   - float: the streaming network that the int8 one was made of.
  ///   - request: its validation streams.
  /// - Returns: nil without streams or without one probability to compare.
  static func onValidation(
    _ float: Graph, _ int8: QuantizedModel, _ request: CompilationRequest
  ) throws(GraphError) -> RecallLoss? {
    let streams = request.validation
    guard !streams.positives.isEmpty, !streams.ambient.isEmpty,
      let output = float.outputs.first, float[output].type.shape.count == 1
    else { return nil }
    let all = streams.positives + streams.ambient
    let counts = all.map(\.count)
    let steps = StreamBlocks.fittingSteps(
      counts: counts, stepCount: float[float.inputs[0]].type.shape.count,
      wanted: FloatStreams.wantedSteps)
    let codes = try FloatStreams(float, counts: counts, steps: steps)
      .perStep(float[output].name, over: all)
      .map { $0.map(code) }
    let sweep = Scoring.sweep(
      codes, positives: streams.positives.count,
      stride: float[float.inputs[0]].type.shape[1],
      stepMilliseconds: request.source.stepMilliseconds)
    return RecallLoss(float: sweep, int8: try Scoring.validation(of: int8, request))
  }

  /// A probability in steps of 1/256, as the int8 network says it.
  private static func code(_ probability: Float) -> UInt8 {
    UInt8(min(255, max(0, (probability * 256).rounded(.toNearestOrAwayFromZero))))
  }
}
