import RouseAudio
import RouseNumerics
import Testing

@Suite struct AugmenterTests {
  var settings = AugmentationSettings()

  func augmented(_ x: [Float], seed: UInt64 = 1, rooms: [RoomImpulse] = []) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return Augmenter(settings, noises: [sine(77, seconds: 0.3)], rooms: rooms)
      .augment(x, keeping: x.count / 2, &generator)
  }

  @Test mutating func everythingAtOnceIsSeededAndWithinRange() throws {
    settings.speedProbability = 1
    settings.roomProbability = 1
    settings.noiseProbability = 1
    settings.shiftMilliseconds = -20...20
    settings.gainDecibels = 20...30
    var generator = SeededGenerator(seed: 3)
    let room = try #require(
      RoomImpulse(SimulatedRoom(t60: 0.1, &generator).response(&generator)))
    let x = sine(300, seconds: 0.2)
    let y = augmented(x, rooms: [room])
    #expect(y.count == x.count)
    #expect(y.allSatisfy { abs($0) <= 1 })
    #expect(y.contains(1))
    #expect(y == augmented(x, rooms: [room]))
    #expect(y != augmented(x, seed: 2, rooms: [room]))
  }

  @Test mutating func probabilityZeroChangesNothing() {
    settings.roomProbability = 0
    settings.noiseProbability = 0
    settings.gainDecibels = 0...0
    let x = sine(300, seconds: 0.1)
    #expect(augmented(x) == x)
    #expect(augmented([]).isEmpty)
  }

  /// A word's end stays where it is when the word becomes faster or slower.
  @Test(arguments: [0.8, 1.25] as [Float], [0, 3000, 8000, 15_000])
  func speedKeepsTheAnchor(factor: Float, anchor: Int) {
    var settings = AugmentationSettings()
    settings.speedProbability = 1
    settings.speed = factor...factor
    settings.roomProbability = 0
    settings.noiseProbability = 0
    settings.gainDecibels = 0...0
    var x = [Float](repeating: 0, count: 16_000)
    x[anchor] = 1
    var generator = SeededGenerator(seed: 1)
    let y = Augmenter(settings, noises: [], rooms: []).augment(x, keeping: anchor, &generator)
    #expect(y.count == x.count)
    let peak = y.indices.max { abs(y[$0]) < abs(y[$1]) }
    #expect(abs((peak ?? -99) - anchor) <= 1)
  }
}
