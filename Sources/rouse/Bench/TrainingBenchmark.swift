import RouseNumerics
import RouseTraining

/// Training steps of `esphome-standard`'s network in a second: batches of 128 windows of random features that lie ready,
/// so that forward, loss, backward, the optimizer and the moving average are timed and nothing else.
struct TrainingBenchmark: Benchmark {
  /// What the project set out to reach on one core and on two.
  private static let goals = [1: 80.0, 2: 145.0]
  private static let steps = 20

  let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  func measure() throws -> [BenchmarkFigure] {
    try Set([1, options.threads]).sorted().map { threads in
      let trainer = try trainer(threads: threads)
      return try BenchmarkRounds.figure(
        "training, esphome-standard, \(threads == 1 ? "one core" : "\(threads) threads")",
        unit: "steps/s", goal: Self.goals[threads], work: Double(Self.steps),
        per: threads == 1 ? .processor : .wall, options: options
      ) {
        for _ in 0..<Self.steps { _ = try trainer.step() }
      }
    }
  }

  private func trainer(threads: Int) throws -> Trainer {
    var preset = try Preset(named: "esphome-standard")
    preset.training.phases[0].steps = 1_000_000
    var generator = SeededGenerator(seed: 1)
    let graph = try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &generator)
    return Trainer(
      graph, settings: preset.training, examples: RandomExamples(),
      state: TrainingState(graph, ParameterLayout(graph)), threads: threads)
  }
}

/// The same random windows in every step, a third of them positives.
private struct RandomExamples: ExampleSource {
  func fill(
    step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
    targets: FloatView, weights: FloatView, shards: Shards
  ) {
    guard step == 0 else { return }
    var generator = SeededGenerator(seed: 2)
    for index in 0..<input.count { input[index] = max(0, generator.uniform(-20, 26)) }
    for index in 0..<targets.count {
      targets[index] = index % 3 == 0 ? 0.99 : 0.01
      weights[index] = 1
    }
  }
}
