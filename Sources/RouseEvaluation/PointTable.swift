/// Cutoff and window against misses and false accepts, as comma-separated values.
///
/// Columns: `cutoff_code`, `probability_cutoff`, `window`, then for each condition `misses`, `clips`, `miss_rate`, `miss_low`,
/// `miss_high` (Wilson, 95 %), then `accepts`, `hours`, `per_hour`, `per_hour_low`, `per_hour_high` (Garwood, 95 %, two-sided).
/// Fields about hours are empty when there are none.
public struct PointTable: Hashable, Sendable {
  private var lines: [String] = []

  /// - Parameter conditions: names for the columns, such as `noise_10db`; empty for one without a name.
  public init(conditions: [String]) {
    var columns = ["cutoff_code", "probability_cutoff", "window"]
    for condition in conditions {
      let end = condition.isEmpty ? "" : "_\(condition)"
      columns += ["misses", "clips", "miss_rate", "miss_low", "miss_high"].map { $0 + end }
    }
    columns += ["accepts", "hours", "per_hour", "per_hour_low", "per_hour_high"]
    lines.append(columns.joined(separator: ","))
  }

  public mutating func append(
    cutoff: Int, window: Int, misses: [MissRate], accepts: AcceptRate
  ) {
    let point = OperatingPoint(
      cutoff: cutoff, window: window, misses: MissRate(misses: 0, clips: 0), accepts: accepts)
    var fields = ["\(cutoff)", Self.decimal(point.probabilityCutoff, 3), "\(window)"]
    for rate in misses {
      fields += ["\(rate.misses)", "\(rate.clips)"]
      fields += [rate.value, rate.interval.lowerBound, rate.interval.upperBound].map {
        Self.decimal($0, 4)
      }
    }
    fields.append("\(accepts.accepts)")
    if accepts.hours > 0 {
      fields += [
        accepts.hours, accepts.perHour, accepts.interval.lowerBound, accepts.interval.upperBound,
      ].map { Self.decimal($0, 4) }
    } else {
      fields += ["", "", "", ""]
    }
    lines.append(fields.joined(separator: ","))
  }

  public var csv: String { lines.joined(separator: "\n") + "\n" }

  /// A number with so many digits after the point, half to even in binary.
  ///
  /// - Precondition: `value` is finite and below 10¹².
  package static func decimal(_ value: Double, _ digits: Int) -> String {
    var power = 1.0
    for _ in 0..<digits { power *= 10 }
    let scaled = Int((value * power).rounded(.toNearestOrEven))
    let (whole, rest) = (abs(scaled) / Int(power), abs(scaled) % Int(power))
    guard digits > 0 else { return "\(scaled)" }
    let fraction = String(rest)
    return (scaled < 0 ? "-" : "") + "\(whole)."
      + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}

extension PointTable {
  /// All cutoffs of all windows that were counted.
  public init(_ counts: ConditionCounts, conditions: [String]) {
    self.init(conditions: conditions)
    for window in counts.windows {
      for cutoff in ConditionCounts.cutoffs {
        append(
          cutoff: cutoff, window: window,
          misses: conditions.indices.map { counts.misses($0, cutoff: cutoff, window: window) },
          accepts: counts.accepts(cutoff: cutoff, window: window))
      }
    }
  }

  /// All cutoffs of all windows of one sweep.
  public init(_ sweep: DetectionSweep) {
    self.init(conditions: [""])
    for window in DetectionSweep.windows {
      for cutoff in RuleCurve.cutoffs {
        let point = sweep.point(cutoff: cutoff, window: window)
        append(cutoff: cutoff, window: window, misses: [point.misses], accepts: point.accepts)
      }
    }
  }
}
