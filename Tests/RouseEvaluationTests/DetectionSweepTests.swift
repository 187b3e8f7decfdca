import RouseEvaluation
import RouseNumerics
import RouseRuntime
import Testing

@Suite struct DetectionSweepTests {
  /// Probabilities as a network gives them: mostly low, now and then a burst of high ones.
  static func stream(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var result: [UInt8] = []
    var level = 0
    while result.count < count {
      if generator.below(40) == 0 { level = generator.below(256) }
      level = level * 15 / 16
      result.append(UInt8(min(255, level + generator.below(12))))
    }
    return result
  }

  static func naive(_ stream: [UInt8], _ cutoff: Int, _ window: Int, _ stride: Int) -> Int {
    StreamingDetector.detections(
      in: stream, cutoff: UInt8(cutoff), window: window, stride: stride
    ).count
  }

  /// Cutoffs at the ends, in the middle, and where bursts lie.
  static let cutoffs = [1, 5, 11, 40, 77, 200, 255]

  @Test(arguments: [1, 3, 7, 20, 150])
  func countsEqualTheDetector(_ stride: Int) {
    let ambient = (0..<2).map { Self.stream(300 + 130 * $0, seed: UInt64($0)) }
    let positives = (0..<6).map { Self.stream(20 + 17 * $0, seed: UInt64(100 + $0)) }
    let sweep = DetectionSweep(positives: positives, ambient: ambient, stride: stride)
    for window in [1, 2, 5, 10] {
      for cutoff in Self.cutoffs {
        let accepts = ambient.reduce(0) { $0 + Self.naive($1, cutoff, window, stride) }
        let misses = positives.filter { Self.naive($0, cutoff, window, stride) == 0 }.count
        #expect(sweep.accepts(cutoff: cutoff, window: window) == accepts)
        #expect(sweep.misses(cutoff: cutoff, window: window) == misses)
      }
    }
  }

  @Test(arguments: [
    [UInt8](), [255], .init(repeating: 255, count: 300), .init(repeating: 0, count: 300),
  ])
  func extremeStreams(_ stream: [UInt8]) {
    let sweep = DetectionSweep(positives: [stream], ambient: [stream], stride: 3)
    for window in DetectionSweep.windows {
      for cutoff in Self.cutoffs {
        let hits = Self.naive(stream, cutoff, window, 3)
        #expect(sweep.accepts(cutoff: cutoff, window: window) == hits)
        #expect(sweep.misses(cutoff: cutoff, window: window) == (hits == 0 ? 1 : 0))
      }
    }
  }

  /// Silence, a word of 10 steps at 200, silence.
  static func clip(level: UInt8) -> [UInt8] {
    .init(repeating: 0, count: 40) + .init(repeating: level, count: 10)
      + .init(repeating: 0, count: 10)
  }

  @Test func hoursCountFeatures() {
    let sweep = DetectionSweep(
      positives: [], ambient: [.init(repeating: 0, count: 60_000)], stride: 3)
    #expect(abs(sweep.ambientHours - 0.5) < 1e-12)
    #expect(sweep.positives == 0)
  }

  // MARK: - Operating point

  @Test func chosenPointSeparatesWordsFromNoise() {
    let sweep = DetectionSweep(
      positives: (0..<20).map { _ in Self.clip(level: 200) },
      ambient: (0..<5).map { _ in Self.clip(level: 100) }, stride: 3)
    let point = sweep.choose(targetFalseAcceptsPerHour: 1)
    #expect(point.misses.misses == 0 && point.accepts.accepts == 0)
    // From 100 on the noise is not above the cutoff, up to 199 the word is: the middle of that.
    #expect(point.cutoff == 149)
    #expect(point.window == 1)
    #expect(sweep.choose(targetFalseAcceptsPerHour: 1) == point)
  }

  @Test func moreAcceptsAreTradedForFewerMisses() {
    // One word in five is as faint as the noise.
    let sweep = DetectionSweep(
      positives: (0..<20).map { Self.clip(level: $0 % 5 == 0 ? 90 : 200) },
      ambient: (0..<5).map { _ in Self.clip(level: 100) + .init(repeating: 0, count: 200) },
      stride: 3)
    let strict = sweep.choose(targetFalseAcceptsPerHour: 0.36)
    let loose = sweep.choose(targetFalseAcceptsPerHour: 10_000)
    #expect(strict.misses.misses == 4 && strict.accepts.accepts == 0)
    #expect(loose.misses.misses == 0 && loose.accepts.accepts == 5)
  }

  @Test func missesFallAsTheLimitRises() {
    let sweep = DetectionSweep(
      positives: (0..<10).map { Self.stream(80, seed: UInt64(500 + $0)) },
      ambient: [Self.stream(1_000, seed: 9)], stride: 3)
    let table = sweep.table()
    #expect(table.map(\.limit) == [0.36, 1, 2, 5, 10])
    for (before, after) in zip(table, table.dropFirst()) {
      #expect(after.point.misses.misses <= before.point.misses.misses)
    }
    for row in table { #expect(row.point.accepts.perHour <= row.limit) }
    // Thirty seconds support no claim at all.
    #expect(table.allSatisfy { !$0.isSupported })
  }

  @Test func withoutAmbientRecordingsNothingIsClaimed() {
    let sweep = DetectionSweep(positives: [Self.clip(level: 200)], ambient: [], stride: 3)
    let point = sweep.choose(targetFalseAcceptsPerHour: 10)
    #expect(point.cutoff == 255)
    #expect(point.accepts.perHour == .infinity && point.accepts.upperPerHour == .infinity)
    #expect(sweep.table().allSatisfy { !$0.isSupported })
  }

  @Test func manifestCutoffGivesTheSameCodeOnTheDevice() {
    for cutoff in DetectionSweep.cutoffs {
      let point = OperatingPoint(
        cutoff: cutoff, window: 5, misses: .init(misses: 0, clips: 0),
        accepts: .init(accepts: 0, hours: 0))
      #expect(Int(StreamingDetector.quantizedCutoff(point.probabilityCutoff)) == cutoff)
      #expect((0...1).contains(point.probabilityCutoff))
    }
  }

  @Test func curveRunsOverAllCutoffs() {
    let sweep = DetectionSweep(
      positives: [Self.clip(level: 200)], ambient: [Self.clip(level: 100)], stride: 3)
    let curve = sweep.curve(window: 5)
    #expect(curve.map(\.cutoff) == Array(1...255))
    #expect(curve[254].misses.value == 1 && curve[254].accepts.accepts == 0)
  }
}
