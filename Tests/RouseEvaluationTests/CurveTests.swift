import RouseEvaluation
import RouseRuntime
import Testing

/// Curves of a few clips, worked out by hand.
@Suite struct CurveTests {
  private func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    abs(a - b) <= tolerance
  }

  @Test func aPerfectDetectorHasNoErrors() throws {
    let curve = try #require(ScoreCurve(positives: [200, 210, 220], negatives: [0, 10, 20]))
    #expect(curve.equalErrorRate == 0)
    #expect(close(curve.partialArea(), 1))
    #expect(close(curve.partialArea(upTo: 0.1), 1))
  }

  @Test func anInvertedDetectorHasOnlyErrors() throws {
    let curve = try #require(ScoreCurve(positives: [0, 10], negatives: [200, 210]))
    #expect(curve.equalErrorRate == 1)
    #expect(curve.partialArea() == 0)
  }

  /// Equal scores are one straight line from corner to corner: a guess.
  @Test func guessingIsHalf() throws {
    let curve = try #require(ScoreCurve(positives: [7, 7], negatives: [7, 7, 7]))
    #expect(curve.points.count == 2)
    #expect(close(curve.equalErrorRate, 0.5))
    #expect(close(curve.partialArea(), 0.5))
    #expect(close(curve.partialArea(upTo: 0.1), 0.05))
  }

  /// Positives 10, 20, 30, 40; negatives 5, 15, 25, 35, 1: at threshold 26 … 30 two of four are missed and one of five is
  /// accepted; at 16 … 20 one is missed and two are accepted. Ranked pairs: 4 + 4 + … give an area of 14 of 20.
  @Test func handCountedPoints() throws {
    let curve = try #require(
      ScoreCurve(positives: [10, 20, 30, 40], negatives: [5, 15, 25, 35, 1]))
    let at26 = try #require(curve.points.first { $0.threshold == 26 })
    #expect(at26.miss == 0.5 && at26.falsePositive == 0.2)
    // Between (0.4 accepted, 0.25 missed) and (0.4, 0.5): both are 0.4 at 60 % of the way.
    #expect(close(curve.equalErrorRate, 0.4))
    #expect(close(curve.partialArea(), 14.0 / 20))
    // Of the part up to 0.2 only the highest positive lies above all negatives: a recall of 0.25.
    #expect(close(curve.partialArea(upTo: 0.2), 0.25))
    #expect(close(curve.partialArea(upTo: 0.1), 0.25))
  }

  @Test func withoutOneKindThereIsNoCurve() {
    #expect(ScoreCurve(positives: [], negatives: [1]) == nil)
    #expect(ScoreCurve(positives: [1], negatives: []) == nil)
  }

  @Test func recallAreaIsAStair() {
    // Recall 0.5 without accepts, 0.8 from 1 per hour on, 1 only at 3.
    let points = [(3.0, 1.0), (0, 0.5), (1, 0.8), (1, 0.7)]
      .map { (acceptsPerHour: $0.0, recall: $0.1) }
    #expect(close(RecallArea.mean(points, upTo: 2), (0.5 + 0.8) / 2))
    #expect(close(RecallArea.mean(points, upTo: 4), (0.5 + 0.8 * 2 + 1) / 4))
    #expect(RecallArea.mean([(acceptsPerHour: 5, recall: 1)], upTo: 2) == 0)
    // Before the first reachable budget nothing is recalled.
    #expect(close(RecallArea.mean([(acceptsPerHour: 1, recall: 1)], upTo: 2), 0.5))
  }

  // MARK: - Intervals

  /// χ² quantiles from tables: `χ²(0.975; 2)/2 = 3.6889`, `χ²(0.025; 2)/2 = 0.0253`, `χ²(0.975; 4)/2 = 5.5716`,
  /// `χ²(0.025; 20)/2 = 4.7954`, `χ²(0.975; 22)/2 = 18.3904`.
  @Test(arguments: [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
  func garwood(_ accepts: Int, _ low: Double, _ high: Double) {
    let one = AcceptRate(accepts: accepts, hours: 1).interval
    #expect(close(one.lowerBound, low, 6e-5) && close(one.upperBound, high, 6e-5))
    let four = AcceptRate(accepts: accepts, hours: 4).interval
    #expect(close(four.lowerBound, low / 4, 2e-5) && close(four.upperBound, high / 4, 2e-5))
  }

  @Test func noHoursSayNothing() {
    #expect(AcceptRate(accepts: 0, hours: 0).interval == 0...(.infinity))
  }

  // MARK: - Resolution

  private func resolution(
    _ cutoff: Int, accepts: [Int], misses: [Int], limit: Double
  ) -> CutoffResolution {
    CutoffResolution(
      cutoff: cutoff, cutoffs: 1...accepts.count, limit: limit, hours: 1, clips: 10,
      misses: { misses[$0 - 1] }, accepts: { accepts[$0 - 1] })
  }

  @Test func codesThatJumpOverTheTargetAreCoarse() {
    let jump = resolution(
      4, accepts: [90, 40, 9, 0, 0, 0, 0], misses: [0, 0, 1, 3, 4, 5, 6], limit: 1)
    #expect(jump.jumpsOverTarget && jump.isCoarse)
    #expect(jump.perHourBelow == 9 && jump.perHour == 0 && jump.pointsFromHere == 4)
    let smooth = resolution(
      4, accepts: [90, 40, 2, 1, 0, 0, 0], misses: [0, 0, 1, 3, 4, 5, 6], limit: 1)
    #expect(!smooth.isCoarse)
  }

  @Test func fewPointsLeftAreCoarse() {
    let few = resolution(5, accepts: [90, 40, 2, 1, 1], misses: [0, 0, 1, 3, 4], limit: 1)
    #expect(!few.jumpsOverTarget && few.pointsFromHere == 1 && few.isCoarse)
    // What misses everything is no point to choose.
    let lost = resolution(
      2, accepts: [9, 1, 1, 0, 0], misses: [0, 1, 1, 10, 10], limit: 1)
    #expect(lost.pointsFromHere == 1)
  }
}
