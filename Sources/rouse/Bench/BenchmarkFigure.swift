/// One measured speed. More is faster, so that `value / goal` says how far a goal is exceeded.
struct BenchmarkFigure: Hashable, Sendable {
  var name: String
  /// What is counted, such as `clips/s` or `x real time`.
  var unit: String
  /// Of the best round: other work on the machine only ever makes a round slower.
  var value: Double
  /// CPU time of the whole program during all rounds.
  var cpuSeconds: Double
  var goal: Double?
  /// Of the middle round; nil when there was one.
  var median: Double?
}

/// How to measure.
struct BenchmarkOptions: Hashable, Sendable {
  /// Cores for figures that are not of one core.
  var threads: Int
  /// For each figure, at least; three rounds are always made.
  var seconds: Double
}

/// One of the program's own speed goals, on data that it generates.
protocol Benchmark: Sendable {
  init(_ options: BenchmarkOptions)
  func measure() throws -> [BenchmarkFigure]
}
