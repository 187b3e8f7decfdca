import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct ExampleTests {
  // MARK: - Weights

  @Test func clipsAreDrawnAsTheirSourcesWeigh() {
    let choice = WeightedChoice([1, 3, 0.5, 3])
    var counts = [0, 0, 0, 0]
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<15_000 { counts[choice.draw(&generator)] += 1 }
    for (count, weight) in zip(counts, [1, 3, 0.5, 3]) {
      #expect(abs(Double(count) - 2000 * weight) < 200)
    }
    var spread = [0, 0, 0, 0]
    for index in 0..<15 { spread[choice.spread(index, of: 15)] += 1 }
    #expect(spread == [2, 6, 1, 6])
  }

  @Test func equalWeightsAreDealtInTurn() {
    let choice = WeightedChoice([2, 2, 2])
    #expect((0..<7).map { choice.spread($0, of: 7) } == [0, 1, 2, 0, 1, 2, 0])
    var (a, b) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
    #expect((0..<9).map { _ in choice.draw(&a) } == (0..<9).map { _ in b.below(3) })
  }

  // MARK: - Hard negatives

  private func preset(count: Int, fraction: Double = 0.5) throws -> Preset {
    var preset = try TinyRun.preset()
    preset.examples.hardNegatives.count = count
    preset.examples.hardNegatives.fraction = fraction
    preset.examples.hardNegatives.searchEvery = 4
    preset.examples.partialWordFraction = 0
    return preset
  }

  /// Streams of random features, all of them without the wake word but the first.
  private func bank(rows: Int) -> FeatureBank {
    var generator = SeededGenerator(seed: 5)
    var streams = FeatureStreams()
    for _ in 0..<4 {
      streams.append((0..<40 * rows).map { _ in Int8(generator.below(256) - 128) })
    }
    return FeatureBank(
      streams: streams, positives: [.init(stream: 0, word: 2_000..<12_000)], negatives: [1, 2, 3])
  }

  /// A search finds the windows with the highest logits, and the sampler draws from them.
  @Test func hardNegativesAreTheHighestLogits() throws {
    let preset = try preset(count: 12, fraction: 1)
    let bank = bank(rows: 300)
    var generator = SeededGenerator(seed: 6)
    let graph = try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &generator)
    let layout = ParameterLayout(graph)
    let scanner = try StreamScanner(
      preset, layout: layout, values: layout.values(of: graph), threads: 2)
    let found = HardNegatives(bank, preset).search(scanner)

    let geometry = WindowGeometry(preset)
    var all: [(logit: Float, row: Int)] = []
    for (stream, logits) in scanner.logits(bank.streams).enumerated() where stream > 0 {
      for (window, logit) in logits.enumerated() where logit > -4 {
        all.append(
          (logit, bank.streams.ranges[stream].lowerBound + geometry.start(ofWindow: window)))
      }
    }
    all.sort { $0.logit > $1.logit }
    #expect(all.count > 12)
    #expect(Set(found.map(Int.init)) == Set(all.prefix(12).map(\.row)))

    let batch = preset.training.batch
    let input = FloatView(zeros: [batch, geometry.rows, 40])
    let (targets, weights) = (FloatView(zeros: [batch]), FloatView(zeros: [batch]))
    ExampleSampler(bank, preset, seed: 1).fill(
      step: 3, phase: preset.training.phases[0], hardNegatives: found, input: input,
      targets: targets, weights: weights, shards: Shards(batch: batch, threads: 1))
    let hardRows = found.map { row in
      (0..<geometry.rows * 40).map { index in
        Float(Int(bank.streams.values[Int(row) * 40 + index]) + 128)
      }
    }
    for example in 0..<batch where targets[example] < 0.5 {
      let window = input.slice(example * geometry.rows * 40, count: geometry.rows * 40).values
      // Features are the device's integers times one scale.
      let scale = FeatureQuantization.scale
      #expect(hardRows.contains { zip($0, window).allSatisfy { abs($0 * scale - $1) < 1e-4 } })
    }
  }

  @Test func searchesAreDueAtTheirSteps() throws {
    let bank = bank(rows: 200)
    let some = HardNegatives(bank, try preset(count: 1))
    #expect((1...9).filter(some.isDue) == [4, 8])
    let none = HardNegatives(bank, try preset(count: 1, fraction: 0))
    #expect((1...9).filter(none.isDue).isEmpty)
  }
}
