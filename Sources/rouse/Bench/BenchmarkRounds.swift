import Glibc

/// Rounds of the same work, until there are three and the time is up.
enum BenchmarkRounds {
  /// What the rate of a round is taken over.
  enum Time {
    /// CPU time of the program, for work on one core: what else the machine does counts little.
    case processor
    /// The time on the wall, for work on several cores.
    case wall
  }

  /// - Parameters:
  ///   - work: how much of `unit`, less its "per second", a round does.
  ///   - body: a round; the first one is not counted, it fills caches.
  static func figure(
    _ name: String, unit: String, goal: Double?, work: Double, per time: Time,
    options: BenchmarkOptions, _ body: () throws -> Void
  ) rethrows -> BenchmarkFigure {
    try body()
    var rates: [Double] = []
    let began = seconds(CLOCK_MONOTONIC)
    let cpuBegan = seconds(CLOCK_PROCESS_CPUTIME_ID)
    let clock = time == .processor ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
    while rates.count < 3 || seconds(CLOCK_MONOTONIC) - began < options.seconds {
      let start = seconds(clock)
      try body()
      rates.append(work / max(seconds(clock) - start, 1e-9))
    }
    rates.sort()
    return BenchmarkFigure(
      name: name, unit: unit, value: rates[rates.count - 1],
      cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuBegan, goal: goal,
      median: rates[rates.count / 2])
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
