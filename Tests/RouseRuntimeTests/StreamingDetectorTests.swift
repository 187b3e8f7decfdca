import RouseNumerics
import RouseRuntime
import Testing

@Suite struct StreamingDetectorTests {
  private struct Case: Decodable {
    var model: String
    var stride: Int
    var cutoff: Double
    var window: Int
    var detections: [Int]
    var sensitive: [Int]
  }

  @Test func detectsWhereESPHomeDoes() throws {
    let cases = try Fixture.json("detector/detections.json", [Case].self)
    #expect(cases.count == 3)
    for item in cases {
      let probabilities = try Fixture.uint8s("detector/\(item.model).npy")
      func detections(_ cutoff: Double, _ window: Int) -> [Int] {
        StreamingDetector.detections(
          in: probabilities, cutoff: StreamingDetector.quantizedCutoff(cutoff), window: window,
          stride: item.stride)
      }
      #expect(detections(item.cutoff, item.window) == item.detections)
      #expect(detections(0.5, 3) == item.sensitive)
    }
  }

  /// The rule one feature at a time, as the firmware runs it.
  private func featureByFeature(
    _ probabilities: [UInt8], cutoff: Int, window: Int, stride: Int
  ) -> [Int] {
    var ring = [Int](repeating: 0, count: window)
    var (newest, ignore) = (0, -100)
    var hits: [Int] = []
    for (index, probability) in probabilities.enumerated() {
      for feature in 0..<stride {
        let isNew = feature == stride - 1
        if isNew {
          newest = (newest + 1) % window
          ring[newest] = Int(probability)
        }
        if ring[newest] < cutoff { ignore = min(ignore + 1, 0) }
        if isNew && ignore >= 0 && ring.reduce(0, +) > cutoff * window {
          hits.append(index)
          ring = [Int](repeating: 0, count: window)
          ignore = -100
        }
      }
    }
    return hits
  }

  @Test func equalsTheRuleOneFeatureAtATime() {
    var generator = SeededGenerator(seed: 3)
    var hits = 0
    for _ in 0..<300 {
      let cutoff = UInt8(generator.below(256))
      let window = generator.below(8) + 1
      let stride = generator.below(5) + 1
      // Plateaus, so that windows fill: steps of random length at a random level.
      var probabilities: [UInt8] = []
      while probabilities.count < 600 {
        let level = UInt8(generator.below(256))
        probabilities += [UInt8](repeating: level, count: generator.below(30) + 1)
      }
      let found = StreamingDetector.detections(
        in: probabilities, cutoff: cutoff, window: window, stride: stride)
      hits += found.count
      #expect(
        found
          == featureByFeature(
            probabilities, cutoff: Int(cutoff), window: window, stride: stride))
    }
    #expect(hits > 500)
  }

  @Test func firstSecondIsDeaf() {
    var quiet = [UInt8](repeating: 255, count: 99)
    #expect(
      StreamingDetector.detections(in: quiet, cutoff: 128, window: 1, stride: 1).isEmpty)
    quiet = [UInt8](repeating: 0, count: 100) + [255]
    #expect(StreamingDetector.detections(in: quiet, cutoff: 128, window: 1, stride: 1) == [100])
    quiet.removeFirst()
    #expect(StreamingDetector.detections(in: quiet, cutoff: 128, window: 1, stride: 1).isEmpty)
  }

  @Test(arguments: [(0.85, 216), (0.5, 127), (0.97, 247), (0.9, 229), (1.0, 255), (0.0, 0)])
  func cutoffIsCutOffNotRounded(probability: Double, expected: UInt8) {
    #expect(StreamingDetector.quantizedCutoff(probability) == expected)
  }
}
