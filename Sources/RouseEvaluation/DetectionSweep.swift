import RouseRuntime

/// How often ESPHome's detector misses and falsely accepts, for every cutoff and every window at once.
///
/// One pass over the probabilities replaces `cutoffs × windows` runs of `StreamingDetector`; the counts are the same.
public struct DetectionSweep: Hashable, Sendable {
  /// Cutoff codes as the firmware compares them, in steps of 1/255. Code 0 never detects: nothing is below it, so the
  /// detector never leaves its deaf second.
  public static let cutoffs = 1...255
  public static let windows = 1...10

  public let positives: Int
  public let ambientHours: Double
  private let counts: [Counts]

  private struct Counts: Hashable {
    var misses: Int
    var accepts: Int
  }

  /// - Parameters:
  ///   - positives: Probabilities of each clip with the wake word. A clip is missed when a fresh detector stays silent
  ///     from its first step to its last one, so it needs at least 1 s of lead-in; where in the clip the detector hits
  ///     does not matter.
  ///   - ambient: Probabilities of recordings without the wake word; each starts with a fresh detector.
  ///   - stride: Features between two probabilities.
  ///   - featureSeconds: Time between two features.
  public init(
    positives: [[UInt8]], ambient: [[UInt8]], stride: Int, featureSeconds: Double = 0.01
  ) {
    precondition(stride > 0 && featureSeconds > 0)
    self.positives = positives.count
    let steps = ambient.reduce(0) { $0 + $1.count }
    ambientHours = Double(steps) * Double(stride) * featureSeconds / 3600
    let empty = Counts(misses: 0, accepts: 0)
    var counts = [Counts](repeating: empty, count: Self.windows.count * Self.cutoffs.count)
    for index in counts.indices { counts[index].misses = positives.count }
    for clip in positives {
      Self.forEachPoint(in: clip, stride) { counts[$0].misses -= $1.hasHit(window: $2) ? 1 : 0 }
    }
    for stream in ambient {
      Self.forEachPoint(in: stream, stride) { counts[$0].accepts += $1.countHits(window: $2) }
    }
    self.counts = counts
  }

  /// Every point that could have a hit: the moving mean has to exceed the cutoff.
  private static func forEachPoint(
    in stream: [UInt8], _ stride: Int,
    _ body: (_ index: Int, _ search: HitSearch, _ window: Int) -> Void
  ) {
    var search = HitSearch(stream, stride: stride)
    for cutoff in cutoffs where cutoff < search.highest {
      search.setCutoff(cutoff)
      for window in windows { body(index(cutoff, window), search, window) }
    }
  }

  private static func index(_ cutoff: Int, _ window: Int) -> Int {
    precondition(cutoffs.contains(cutoff) && windows.contains(window))
    return (window - windows.lowerBound) * cutoffs.count + cutoff - cutoffs.lowerBound
  }

  // MARK: - Results

  /// Clips in which nothing was detected.
  public func misses(cutoff: Int, window: Int) -> Int { counts[Self.index(cutoff, window)].misses }

  /// Detections in the ambient recordings.
  public func accepts(cutoff: Int, window: Int) -> Int {
    counts[Self.index(cutoff, window)].accepts
  }

  public func point(cutoff: Int, window: Int) -> OperatingPoint {
    OperatingPoint(
      cutoff: cutoff, window: window,
      misses: MissRate(misses: misses(cutoff: cutoff, window: window), clips: positives),
      accepts: AcceptRate(
        accepts: accepts(cutoff: cutoff, window: window), hours: ambientHours))
  }

  /// Detection error trade-off: all cutoffs of one window, from the lowest.
  public func curve(window: Int) -> [OperatingPoint] {
    Self.cutoffs.map { point(cutoff: $0, window: window) }
  }
}
