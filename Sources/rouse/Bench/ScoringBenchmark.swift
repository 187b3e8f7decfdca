import RouseCompiler

/// How fast recordings are scored: front end, int8 streaming network and detection codes, from samples in memory.
struct ScoringBenchmark: Benchmark {
  /// Ten hours in 6 s on two cores.
  private static let goal = 6000.0
  private static let blocks = 40

  let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  func measure() throws -> [BenchmarkFigure] {
    let workload = try ScoringWorkload(preset: "esphome-standard")
    let threads = options.threads
    func figure(
      _ name: String, goal: Double? = nil, per time: BenchmarkRounds.Time = .processor,
      _ body: () throws -> Void
    ) rethrows -> BenchmarkFigure {
      try BenchmarkRounds.figure(
        name, unit: "x real time", goal: goal,
        work: Double(Self.blocks * ScoringWorkload.blockSeconds), per: time, options: options, body)
    }
    return [
      try figure(
        "scoring, \(threads) threads", goal: threads == 2 ? Self.goal : nil, per: .wall
      ) { _ = try workload.score(blocks: Self.blocks, threads: threads) },
      try figure("scoring, one core") {
        _ = try workload.score(blocks: Self.blocks, threads: 1)
      },
      figure("of it the front end, one core") { _ = workload.features(blocks: Self.blocks) },
      figure("of it the network, one core") { _ = workload.network(blocks: Self.blocks) },
    ]
  }
}
