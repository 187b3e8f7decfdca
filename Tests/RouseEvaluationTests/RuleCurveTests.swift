import RouseEvaluation
import RouseRuntime
import Testing

/// Counts for every cutoff against the rules themselves.
@Suite struct RuleCurveTests {
  private static let rules: [DetectionRule] = [
    .esphome(window: 5), .esphome(window: 12), .hysteresis(upper: 200, lower: 80),
    .votes(needed: 2, window: 4),
  ]

  @Test(arguments: rules, [0, 25])
  func countsEqualTheRule(_ rule: DetectionRule, _ lockout: Int) {
    let streams = (0..<5).map { DetectionSweepTests.stream(150 + 60 * $0, seed: UInt64($0)) }
    let curve = RuleCurve(streams, rule: rule, stride: 3, lockoutSteps: lockout)
    for cutoff in [1, 9, 40, 111, 200, 254] {
      let detector = rule.detector(cutoff: UInt8(cutoff), stride: 3, lockoutSteps: lockout)
      let hits = streams.map { detector.detections(in: $0).count }
      #expect(curve.accepts(cutoff: cutoff) == hits.reduce(0, +))
      #expect(curve.misses(cutoff: cutoff) == hits.count { $0 == 0 })
    }
    for (stream, score) in zip(streams, curve.scores) where score > 0 {
      let detector = rule.detector(cutoff: score, stride: 3, lockoutSteps: lockout)
      #expect(!detector.detections(in: stream).isEmpty)
    }
  }

  @Test func oneCutoffServesAllConditions() throws {
    let clips = (0..<10).map { _ in DetectionSweepTests.clip(level: 200) }
    let faint = (0..<10).map { DetectionSweepTests.clip(level: $0 < 5 ? 120 : 200) }
    let ambient = [DetectionSweepTests.clip(level: 100)]
    let counts = ConditionCounts(
      .esphome(window: 5), positives: [clips, faint], ambient: ambient, stride: 3,
      featureSeconds: 0.01, lockoutSteps: 0)
    let best = try #require(counts.best(perHour: 1, window: 5))
    // Above the room at 100, below the faint half at 120.
    #expect((100..<120).contains(best.cutoff) && best.window == 5)
    #expect(counts.misses(1, cutoff: best.cutoff, window: 5).misses == 0)
    #expect(counts.misses(1, cutoff: 150, window: 5).misses == 5)
    #expect(counts.misses(0, cutoff: 150, window: 5).misses == 0)
    let table = PointTable(counts, conditions: ["clean", "noise_10db"]).csv
    #expect(table.split(separator: "\n").count == 1 + 10 * 254)
    #expect(
      table.hasPrefix(
        "cutoff_code,probability_cutoff,window,misses_clean,clips_clean,miss_rate_clean,"))
    #expect(table.contains("\n216,0.849,5,10,10,1.0000,0.7225,1.0000,10,10,"))
  }

  @Test func withoutAmbientRecordingsNoPointKeepsALimit() {
    let counts = ConditionCounts(
      .votes(needed: 1, window: 1), positives: [[DetectionSweepTests.clip(level: 200)]],
      ambient: [], stride: 3, featureSeconds: 0.01, lockoutSteps: 0)
    #expect(counts.best(perHour: 100, window: nil) == nil)
    #expect(counts.windows == 1...1)
    #expect(counts.misses(0, cutoff: 199, window: 1).misses == 0)
    #expect(counts.resolution(cutoff: 9, window: 1, limit: 1) == nil)
  }

  @Test(arguments: [
    (0.0, 4, "0.0000"), (0.0625, 3, "0.062"), (1.0 / 3, 3, "0.333"), (-1.25, 1, "-1.2"),
    (12.999, 2, "13.00"), (7, 0, "7"),
  ])
  func decimals(_ value: Double, _ digits: Int, _ text: String) {
    #expect(PointTable.decimal(value, digits) == text)
  }
}
