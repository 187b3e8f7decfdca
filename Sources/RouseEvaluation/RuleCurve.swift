import RouseRuntime

/// How often one rule detects in a set of streams, for every cutoff.
///
/// Each stream is heard by a rule that has just started. For ESPHome's rule this is one pass over the codes
/// (`HitSearch`); other rules are run once for each cutoff below the highest code.
public struct RuleCurve: Hashable, Sendable {
  /// Cutoffs that a manifest can state: code 0 never ends the deaf second, and nothing is above code 255.
  public static let cutoffs = 1...254

  public let rule: DetectionRule
  public let streams: Int
  /// Invocations in all streams.
  public let steps: Int
  private var streamsWithHit = [Int](repeating: 0, count: cutoffs.count)
  private var hits = [Int](repeating: 0, count: cutoffs.count)
  /// For each stream the highest cutoff at which something is detected; 0 for none.
  public private(set) var scores: [UInt8] = []

  /// - Parameters:
  ///   - codes: of each stream, one for each invocation.
  ///   - stride: features between two invocations.
  ///   - lockoutSteps: invocations after a detection that cannot be another one.
  public init(_ codes: [[UInt8]], rule: DetectionRule, stride: Int, lockoutSteps: Int = 0) {
    self.rule = rule
    streams = codes.count
    steps = codes.reduce(0) { $0 + $1.count }
    scores.reserveCapacity(codes.count)
    for stream in codes {
      var score: UInt8 = 0
      Self.forEachCutoff(stream, rule, stride, lockoutSteps) { cutoff, count in
        guard count > 0 else { return }
        streamsWithHit[cutoff - 1] += 1
        hits[cutoff - 1] += count
        score = UInt8(cutoff)
      }
      scores.append(score)
    }
  }

  private static func forEachCutoff(
    _ stream: [UInt8], _ rule: DetectionRule, _ stride: Int, _ lockoutSteps: Int,
    _ body: (_ cutoff: Int, _ count: Int) -> Void
  ) {
    if case .esphome(let window) = rule, lockoutSteps == 0 {
      var search = HitSearch(stream, stride: stride, windows: window...window)
      for cutoff in cutoffs where cutoff < search.highest {
        search.setCutoff(cutoff)
        body(cutoff, search.countHits(window: window))
      }
      return
    }
    let highest = Int(stream.max() ?? 0)
    for cutoff in cutoffs where cutoff < highest {
      let detector = rule.detector(
        cutoff: UInt8(cutoff), stride: stride, lockoutSteps: lockoutSteps)
      body(cutoff, detector.detections(in: stream).count)
    }
  }

  // MARK: - Results

  /// Streams in which nothing is detected.
  public func misses(cutoff: Int) -> Int { streams - streamsWithHit[cutoff - 1] }

  /// Streams in which something is detected.
  public func detected(cutoff: Int) -> Int { streamsWithHit[cutoff - 1] }

  /// Detections in all streams.
  public func accepts(cutoff: Int) -> Int { hits[cutoff - 1] }

  public func missRate(cutoff: Int) -> MissRate {
    MissRate(misses: misses(cutoff: cutoff), clips: streams)
  }

  /// - Parameter featureSeconds: time between two features.
  public func hours(stride: Int, featureSeconds: Double) -> Double {
    Double(steps) * Double(stride) * featureSeconds / 3600
  }
}
