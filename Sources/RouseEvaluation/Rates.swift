import Glibc

/// A rate of misses among independent clips.
public struct MissRate: Hashable, Sendable {
  public var misses: Int
  public var clips: Int

  public init(misses: Int, clips: Int) {
    precondition(misses >= 0 && misses <= clips)
    self.misses = misses
    self.clips = clips
  }

  /// 0 without clips.
  public var value: Double { clips == 0 ? 0 : Double(misses) / Double(clips) }

  /// The interval that holds the true rate with 95 % confidence: `[0, 1]` without clips.
  ///
  /// - Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
  public var interval: ClosedRange<Double> {
    guard clips > 0 else { return 0...1 }
    /// 97.5th percentile of the normal distribution.
    let z = 1.959963984540054
    let n = Double(clips)
    let denominator = 1 + z * z / n
    let centre = (value + z * z / (2 * n)) / denominator
    let half = z / denominator * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
    let low = misses == 0 ? 0 : max(0, centre - half)
    let high = misses == clips ? 1 : min(1, centre + half)
    return low...high
  }
}

/// A rate of false accepts in recordings without the wake word.
public struct AcceptRate: Hashable, Sendable {
  public var accepts: Int
  public var hours: Double

  public init(accepts: Int, hours: Double) {
    precondition(accepts >= 0 && hours >= 0)
    self.accepts = accepts
    self.hours = hours
  }

  /// Infinite without any hours: nothing was tried.
  public var perHour: Double { hours > 0 ? Double(accepts) / hours : .infinity }

  /// The true rate is below this with 95 % confidence, if accepts come independently: 1.07 per hour after none in
  /// 2.8 hours. Infinite without hours.
  ///
  /// The largest mean for which so few accepts still have a probability of 5 %.
  /// - Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936.
  public var upperPerHour: Double {
    hours > 0 ? Poisson.mean(below: accepts, probability: 0.05) / hours : .infinity
  }

  /// The true rate is above this with 95 % confidence.
  public var lowerPerHour: Double {
    guard hours > 0, accepts > 0 else { return 0 }
    return Poisson.mean(below: accepts - 1, probability: 0.95) / hours
  }

  /// The exact two-sided interval that holds the true rate with at least 95 % confidence: `[0, ∞)` without hours.
  ///
  /// `lower = χ²(0.025; 2n) / 2T`, `upper = χ²(0.975; 2n + 2) / 2T` for `n` accepts in `T` hours, computed as the means for
  /// which `n` or more, `n` or fewer accepts have a probability of 2.5 %.
  /// - Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936.
  public var interval: ClosedRange<Double> {
    guard hours > 0 else { return 0...(.infinity) }
    let low = accepts == 0 ? 0 : Poisson.mean(below: accepts - 1, probability: 0.975)
    return low / hours...Poisson.mean(below: accepts, probability: 0.025) / hours
  }

  /// True when the recordings are long enough to claim at most `limit` per hour with 95 % confidence.
  public func supports(atMostPerHour limit: Double) -> Bool { upperPerHour <= limit }

  /// Hours without a single accept that would support a claim of at most `limit` per hour with 95 % confidence.
  public static func hoursNeeded(forAtMostPerHour limit: Double) -> Double {
    Poisson.mean(below: 0, probability: 0.05) / limit
  }
}

enum Poisson {
  /// The mean for which `count` or fewer events have the given probability.
  static func mean(below count: Int, probability: Double) -> Double {
    var low = 0.0
    var high = Double(count) + 10 * (Double(count) + 10).squareRoot() + 10
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if cumulative(count, mean: middle) > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// `P(X <= count)`, summed down from the largest term so that large means do not underflow.
  static func cumulative(_ count: Int, mean: Double) -> Double {
    guard mean > 0 else { return 1 }
    let mode = min(count, Int(mean))
    let peak = exp(Double(mode) * log(mean) - mean - lgamma(Double(mode) + 1))
    var sum = peak
    var term = peak
    for k in Swift.stride(from: mode, to: 0, by: -1) {
      term *= Double(k) / mean
      sum += term
      if term < sum * 1e-18 { break }
    }
    term = peak
    var k = mode + 1
    while k <= count {
      term *= mean / Double(k)
      sum += term
      k += 1
    }
    return min(1, sum)
  }
}
