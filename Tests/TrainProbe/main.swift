import CAllocationCount
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining

// `train-probe run CORPUS PRESET OUTPUT THREADS`: trains, or goes on after it was killed.
// `train-probe allocations PRESET THREADS`: prints how often a step allocates, over 50 steps.
let arguments = CommandLine.arguments
switch arguments[1] {
case "run":
  _ = try TrainingRun.execute(
    preset: try Preset(named: arguments[3]), corpus: try Corpus(file: arguments[2]),
    output: arguments[4], threads: Int(arguments[5]) ?? 1, resume: true)
case "allocations":
  let preset = try Preset(named: arguments[2])
  var generator = SeededGenerator(seed: 1)
  var streams = FeatureStreams()
  for _ in 0..<4 {
    streams.append((0..<40 * 400).map { _ in Int8(generator.below(256) - 128) })
  }
  let bank = FeatureBank(
    streams: streams,
    positives: [.init(stream: 0, word: 16_000..<30_000), .init(stream: 1, word: 8_000..<20_000)],
    negatives: [2, 3])
  let graph = try preset.architecture.graph(
    stepMilliseconds: preset.stepMilliseconds, generator: &generator)
  let trainer = Trainer(
    graph, settings: preset.training, examples: ExampleSampler(bank, preset, seed: 1),
    state: TrainingState(graph, ParameterLayout(graph)), threads: Int(arguments[3]) ?? 1, seed: 1)
  for _ in 0..<5 { _ = try trainer.step() }
  let before = rouse_allocations()
  for _ in 0..<50 { _ = try trainer.step() }
  // Taken before `print`, which makes an array of what it prints.
  let count = rouse_allocations() - before
  print(count)
default: fatalError("run or allocations")
}
