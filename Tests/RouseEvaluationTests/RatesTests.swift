import RouseEvaluation
import Testing

@Suite struct RatesTests {
  static func close(_ a: Double, _ b: Double, _ tolerance: Double = 5e-5) -> Bool {
    abs(a - b) <= tolerance
  }

  /// Wilson score intervals for 95 %, computed apart in Python.
  @Test(arguments: [
    (0, 10, 0.0, 0.277533), (1, 10, 0.017876, 0.404150), (5, 100, 0.021543, 0.111751),
    (50, 100, 0.403832, 0.596168), (10, 10, 0.722467, 1.0),
  ])
  func wilsonIntervals(_ misses: Int, _ clips: Int, _ low: Double, _ high: Double) {
    let interval = MissRate(misses: misses, clips: clips).interval
    #expect(Self.close(interval.lowerBound, low))
    #expect(Self.close(interval.upperBound, high))
  }

  @Test func noClipsSayNothing() {
    #expect(MissRate(misses: 0, clips: 0).interval == 0...1)
  }

  /// Lower and upper 95 % bounds of a Poisson mean, computed apart in Python by summing all terms.
  @Test(arguments: [
    (0, 0.0, 2.995732), (1, 0.051293, 4.743865), (2, 0.355362, 6.295794), (3, 0.817691, 7.753657),
    (10, 5.425406, 16.962219), (100, 84.139277, 118.079273),
  ])
  func poissonBounds(_ accepts: Int, _ low: Double, _ high: Double) {
    let rate = AcceptRate(accepts: accepts, hours: 1)
    #expect(Self.close(rate.lowerPerHour, low))
    #expect(Self.close(rate.upperPerHour, high))
  }

  @Test func largeCountsDoNotUnderflow() {
    let rate = AcceptRate(accepts: 10_000, hours: 2)
    #expect(rate.lowerPerHour > 4_900 && rate.lowerPerHour < 5_000)
    #expect(rate.upperPerHour > 5_000 && rate.upperPerHour < 5_100)
  }

  @Test func fewHoursSupportFewClaims() {
    let rate = AcceptRate(accepts: 0, hours: 2.8)
    #expect(Self.close(rate.upperPerHour, 1.0699))
    #expect(rate.perHour == 0)
    #expect(!rate.supports(atMostPerHour: 1) && rate.supports(atMostPerHour: 1.1))
    #expect(Self.close(AcceptRate.hoursNeeded(forAtMostPerHour: 0.36), 8.3215))
  }
}
