import RouseRuntime
import Testing

/// Small streams, counted by hand.
@Suite struct StreamingRuleTests {
  @Test func hysteresisCountsAWaveringWordOnce() {
    let rule = HysteresisDetector(upper: 200, lower: 90)
    //                             hit       held      below 90  hit again
    #expect(rule.detections(in: [0, 201, 150, 220, 199, 255, 89, 200, 201]) == [1, 8])
    // The lower threshold itself does not arm, the upper one does not hit.
    #expect(rule.detections(in: [200, 201, 90, 255]) == [1])
    #expect(rule.detections(in: [255, 0, 255]) == [0, 2])
  }

  @Test func votesNeedKOfN() {
    let rule = VoteDetector(cutoff: 100, needed: 3, window: 5)
    #expect(rule.detections(in: [101, 0, 101, 0, 101]) == [4])
    // The first vote has left the window when the third one comes.
    #expect(rule.detections(in: [101, 0, 101, 0, 0, 101, 0]) == [])
    // After a hit the votes begin anew.
    #expect(rule.detections(in: .init(repeating: 255, count: 9)) == [2, 5, 8])
    #expect(rule.detections(in: .init(repeating: 100, count: 9)) == [])
    let inARow = VoteDetector(cutoff: 9, needed: 2, window: 2)
    #expect(inARow.detections(in: [10, 0, 10, 10, 10, 10]) == [3, 5])
  }

  @Test func lockoutHidesWhatComesTooSoon() {
    let rule = Lockout(HysteresisDetector(upper: 200, lower: 90), steps: 3)
    // Hits of the inner rule are at 0, 2 and 4; the second one is hidden and does not prolong the time.
    #expect(rule.detections(in: [255, 0, 255, 0, 255]) == [0, 4])
    let none = Lockout(HysteresisDetector(upper: 200, lower: 90), steps: 0)
    #expect(none.detections(in: [255, 0, 255, 0, 255]) == [0, 2, 4])
  }

  @Test func theESPHomeRuleIsStreamingDetector() {
    let codes = [UInt8](repeating: 0, count: 40) + [250, 250, 250, 250, 250, 250]
    let rule = DetectionRule.esphome(window: 5)
      .detector(cutoff: 200, stride: 3, lockoutSteps: 0)
    #expect(
      rule.detections(in: codes)
        == StreamingDetector.detections(in: codes, cutoff: 200, window: 5, stride: 3))
    #expect(rule.detections(in: codes) == [44])
  }

  @Test func aSweptHysteresisKeepsItsProportion() {
    let rule = DetectionRule.hysteresis(upper: 200, lower: 100)
    #expect(rule.text(cutoff: 150) == "above 150/255 after below 75/255")
    let detector = rule.detector(cutoff: 150, stride: 3, lockoutSteps: 0)
    #expect(detector.detections(in: [151, 75, 151, 74, 151]) == [0, 4])
  }

  @Test(
    arguments: [
      ("esphome", DetectionRule.esphome(window: 7), nil),
      ("hysteresis:0.85,0.35", .hysteresis(upper: 216, lower: 89), 216),
      ("votes:3/5", .votes(needed: 3, window: 5), nil),
      ("votes:3/5:0.8", .votes(needed: 3, window: 5), 204),
    ] as [(String, DetectionRule, UInt8?)])
  func rulesAreRead(_ text: String, _ rule: DetectionRule, _ cutoff: UInt8?) throws {
    let parsed = try #require(DetectionRule.parse(text, window: 7))
    #expect(parsed.rule == rule)
    #expect(parsed.cutoff == cutoff)
  }

  @Test(arguments: [
    "", "esphome:5", "hysteresis", "hysteresis:0.85", "hysteresis:0.35,0.85", "hysteresis:2,1",
    "hysteresis:0,0", "hysteresis:0.9,0.5,0.1", "votes", "votes:3", "votes:6/5", "votes:0/5",
    "votes:3/5:0", "votes:3/5:1.5", "votes:3/999", "votes:a/b", "majority",
  ])
  func otherRulesAreRefused(_ text: String) {
    #expect(DetectionRule.parse(text, window: 5) == nil)
  }
}
