import RouseNumerics
import RouseTraining
import Testing

@Suite struct WindowGeometryTests {
  private func geometry() throws -> WindowGeometry {
    WindowGeometry(try Preset(named: "esphome-standard"))
  }

  @Test func standardWindowsReadOneRowLessThanTheyHave() throws {
    let geometry = try geometry()
    #expect(geometry.rows == 204)
    #expect(geometry.usedRows == 203)
    #expect(geometry.phase == 1)
  }

  /// The streaming model's step `k` sees rows up to `3k + 2`; a window that ends there began at a row of 1 modulo 3.
  @Test func windowsEndWhereAStreamingStepEnds() throws {
    let geometry = try geometry()
    for sample in stride(from: 40_000, to: 60_000, by: 77) {
      let start = geometry.start(endingAt: sample)
      #expect(start % 3 == 1)
      #expect((start + geometry.usedRows - 1) % 3 == 2)
      // The nearest place is at most half a step of 30 ms away.
      #expect(abs(geometry.end(start: start) - sample) <= 240)
    }
  }

  @Test func everyWindowLiesInItsStream() throws {
    let geometry = try geometry()
    #expect(geometry.windows(inRows: 204) == 0)
    for rows in 205..<230 {
      let count = geometry.windows(inRows: rows)
      let last = geometry.start(ofWindow: count - 1)
      #expect(last % 3 == 1)
      #expect(last + 204 <= rows)
      #expect(last + 3 + 204 > rows)
    }
  }

  /// Positive windows end in the asked time after the word; negative ones of positive streams within its first half.
  @Test func samplesLieWhereTheyShould() throws {
    var preset = try Preset(named: "esphome-standard")
    preset.training.batch = 32
    preset.training.positiveFraction = 0.5
    preset.examples.partialWordFraction = 1
    // Row `r` of a stream holds the number `r % 100` in every channel, so a window tells where it came from.
    var streams = FeatureStreams()
    let rows = 420
    let row: (Int) -> [Int8] = { [Int8](repeating: Int8($0 % 100), count: 40) }
    streams.append((0..<rows).flatMap(row))
    streams.append((0..<rows).flatMap(row))
    let word = 40_000..<50_000
    let bank = FeatureBank(
      streams: streams, positives: [.init(stream: 1, word: word)], negatives: [0])
    let sampler = ExampleSampler(bank, preset, seed: 1)
    let input = FloatView(zeros: [32, 204, 40])
    let (targets, weights) = (FloatView(zeros: [32]), FloatView(zeros: [32]))
    let geometry = WindowGeometry(preset)
    var offsets = Set<Int>()
    for step in 0..<20 {
      sampler.fill(
        step: step, phase: preset.training.phases[0], hardNegatives: [], input: input,
        targets: targets, weights: weights, shards: Shards(batch: 32, threads: 2))
      for example in 0..<32 {
        let value = input[example * 204 * 40] / (1665 / 16384) - 128
        let mark = Int(value.rounded())
        // Windows begin between rows 0 and 216; the mark is the row modulo 100.
        let starts = stride(from: mark, through: 216, by: 100).filter { $0 % 3 == 1 }
        let start = try #require(starts.min { abs($0 - 110) < abs($1 - 110) })
        let end = geometry.end(start: start)
        if example < 16 {
          #expect(targets[example] > 0.9)
          let after = Double(end - word.upperBound) / 16
          #expect(after >= 60 - 15 && after <= 330 + 15)
          offsets.insert(start)
        } else {
          #expect(targets[example] < 0.1)
          #expect(end <= word.upperBound - word.count / 2 + 240)
          #expect(end > word.lowerBound)
        }
      }
    }
    #expect(offsets.count >= 8)
  }
}
