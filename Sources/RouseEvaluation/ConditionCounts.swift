import RouseRuntime

/// Misses under several conditions and false accepts of one rule, for every cutoff and every window that it may have.
public struct ConditionCounts: Hashable, Sendable {
  /// Cutoffs that a manifest can state: code 0 never ends the deaf second, and nothing is above code 255.
  public static let cutoffs = RuleCurve.cutoffs

  public let rule: DetectionRule
  /// Windows that were counted; one without a meaning for rules that have no window of their own.
  public let windows: ClosedRange<Int>
  /// Clips with the wake word under each condition.
  public let clips: [Int]
  public let ambientHours: Double

  private enum Counts: Hashable, Sendable {
    /// One for each condition; the first one also has the ambient streams.
    case sweeps([DetectionSweep])
    case curves([RuleCurve], ambient: RuleCurve)
  }

  private let counts: Counts

  /// - Parameters:
  ///   - positives: For each condition, the codes of each clip.
  ///   - ambient: The codes of each stream without the word.
  ///   - stride: Features between two codes.
  ///   - lockoutSteps: Codes after a detection that cannot be another one.
  /// - Precondition: there is at least one condition.
  public init(
    _ rule: DetectionRule, positives: [[[UInt8]]], ambient: [[UInt8]], stride: Int,
    featureSeconds: Double, lockoutSteps: Int
  ) {
    precondition(!positives.isEmpty)
    self.rule = rule
    clips = positives.map(\.count)
    let steps = ambient.reduce(0) { $0 + $1.count }
    ambientHours = Double(steps) * Double(stride) * featureSeconds / 3600
    if case .esphome(let window) = rule, lockoutSteps == 0, DetectionSweep.windows.contains(window)
    {
      windows = DetectionSweep.windows
      counts = .sweeps(
        positives.enumerated().map { index, clips in
          DetectionSweep(
            positives: clips, ambient: index == 0 ? ambient : [], stride: stride,
            featureSeconds: featureSeconds)
        })
      return
    }
    if case .esphome(let window) = rule { windows = window...window } else { windows = 1...1 }
    func curve(_ streams: [[UInt8]]) -> RuleCurve {
      RuleCurve(streams, rule: rule, stride: stride, lockoutSteps: lockoutSteps)
    }
    counts = .curves(positives.map(curve), ambient: curve(ambient))
  }

  public func misses(_ condition: Int, cutoff: Int, window: Int) -> MissRate {
    let misses =
      switch counts {
      case .sweeps(let sweeps): sweeps[condition].misses(cutoff: cutoff, window: window)
      case .curves(let curves, _): curves[condition].misses(cutoff: cutoff)
      }
    return MissRate(misses: misses, clips: clips[condition])
  }

  public func accepts(cutoff: Int, window: Int) -> AcceptRate {
    let accepts =
      switch counts {
      case .sweeps(let sweeps): sweeps[0].accepts(cutoff: cutoff, window: window)
      case .curves(_, let ambient): ambient.accepts(cutoff: cutoff)
      }
    return AcceptRate(accepts: accepts, hours: ambientHours)
  }

  /// The point with the fewest misses under all conditions together: a device has one cutoff for quiet and for noise.
  ///
  /// Ties are broken as `DetectionSweep.choose` does.
  ///
  /// - Parameter window: the only one to look at; nil for all.
  /// - Returns: nil when no cutoff keeps the limit, or nothing was recorded that could tell.
  public func best(perHour limit: Double, window: Int?) -> (cutoff: Int, window: Int)? {
    guard ambientHours > 0 else { return nil }
    return PointSearch(
      windows: window.map { $0...$0 } ?? windows, cutoffs: Self.cutoffs,
      mostAccepts: limit * ambientHours,
      misses: { cutoff, window in
        clips.indices.reduce(0) { $0 + misses($1, cutoff: cutoff, window: window).misses }
      },
      accepts: { accepts(cutoff: $0, window: $1).accepts }
    ).best()
  }

  /// How finely the codes resolve the neighbourhood of a cutoff; nil without ambient recordings.
  public func resolution(cutoff: Int, window: Int, limit: Double) -> CutoffResolution? {
    guard ambientHours > 0 else { return nil }
    return CutoffResolution(
      cutoff: cutoff, cutoffs: Self.cutoffs, limit: limit, hours: ambientHours, clips: clips[0],
      misses: { misses(0, cutoff: $0, window: window).misses },
      accepts: { accepts(cutoff: $0, window: window).accepts })
  }

  /// `RecallArea.mean` of a condition over 0 to `limit` false accepts per hour.
  public func recallArea(_ condition: Int, window: Int, upTo limit: Double) -> Double {
    guard ambientHours > 0 else { return 0 }
    return RecallArea.mean(
      Self.cutoffs.map {
        (
          accepts(cutoff: $0, window: window).perHour,
          1 - misses(condition, cutoff: $0, window: window).value
        )
      }, upTo: limit)
  }
}
