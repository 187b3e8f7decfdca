import RouseAudio
import RouseCompiler
import RouseFrontEnd
import RouseNumerics
import RouseRuntime
import Testing

/// A recording that several threads hear in sections gives the codes of one that hears it from its beginning.
@Suite struct StreamScorerTests {
  /// Bursts of noise and quiet, other ones for each seed.
  private func sound(seconds: Int, seed: UInt64) -> [Int16] {
    var generator = SeededGenerator(seed: seed)
    return (0..<seconds * 4).flatMap { _ -> [Int16] in
      let level = Float(1 + generator.below(30) * generator.below(200))
      return (0..<4000).map { _ in Int16(generator.uniform(-level, level)) }
    }
  }

  private func codes(
    _ scorer: StreamScorer, _ samples: [Int16], block: Int = 3777
  ) throws(AudioError) -> [UInt8] {
    var blocks = stride(from: 0, to: samples.count, by: block).map {
      Array(samples[$0..<min($0 + block, samples.count)])
    }[...]
    return try scorer.codes({ blocks.popFirst() }) ?? []
  }

  private func model() throws -> EvaluatedModel {
    try ScoringWorkload(preset: "esphome-small").model
  }

  @Test func sectionsChangeNothing() throws {
    let model = try model()
    let samples = sound(seconds: 24, seed: 5)
    let expected = try codes(StreamScorer(model, threads: 1), samples)
    let rows = MicroFrontEnd.features(of: samples)
    #expect(expected.count == rows.values.count / 40 / model.strideRows)
    var scorer = StreamScorer(model, threads: 3)
    scorer.sectionRows = 500
    // Long enough to settle, and so short that every section is computed again.
    for settling in [400, 3] {
      scorer.settlingRows = settling
      #expect(try codes(scorer, samples) == expected)
    }
    #expect(Set(expected).count > 3)
  }

  /// Ends inside the rows that the next section would only hear first, and everywhere near a section's end.
  @Test func anyLengthIsWhole() throws {
    let model = try model()
    let samples = sound(seconds: 9, seed: 6)
    var scorer = StreamScorer(model, threads: 2)
    scorer.sectionRows = 300
    scorer.settlingRows = 60
    for count in [0, 100, 480, 48_000, 48_321, 66_000, 96_480, 144_000] {
      let part = Array(samples[..<count])
      #expect(
        try codes(scorer, part) == codes(StreamScorer(model, threads: 1), part), "\(count)")
    }
  }

  @Test func errorsAndCancellationComeThrough() throws {
    let model = try model()
    var scorer = StreamScorer(model, threads: 2)
    scorer.sectionRows = 300
    #expect(throws: AudioError.emptyFile(path: "x")) {
      _ = try scorer.codes({ () throws(AudioError) -> [Int16]? in throw .emptyFile(path: "x") })
    }
    let block = sound(seconds: 5, seed: 1)
    #expect(try scorer.codes({ block }, isCancelled: { true }) == nil)
    #expect(
      try StreamScorer(model, threads: 1).codes({ block }, isCancelled: { true }) == nil)
  }
}
