import Foundation
import RouseAudio
import RouseNumerics
import Testing

@Suite struct ConvolverTests {
  func noise(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.uniform(-1, 1) }
  }

  @Test(arguments: [
    (1, 1), (1, 700), (700, 1), (256, 256), (257, 255), (100, 900), (1500, 40), (5000, 2048),
    (2048, 4500),
  ])
  func equalsTheDirectSum(inputs: Int, taps: Int) {
    let x = noise(inputs, seed: 1)
    let h = noise(taps, seed: 2)
    var expected = [Double](repeating: 0, count: inputs + taps - 1)
    for (n, value) in x.enumerated() {
      for (k, tap) in h.enumerated() { expected[n + k] += Double(value) * Double(tap) }
    }
    let found = Convolver(h).convolve(x)
    #expect(found.count == expected.count)
    let peak = expected.reduce(0) { max($0, abs($1)) }
    let error = zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    // Single precision, transforms of 4096 points.
    #expect(error < 1e-6 * max(peak, 1))
  }

  /// Any part of the result is that part, whatever blocks it is computed in.
  @Test(arguments: [0..<1, 0..<2048, 1000..<4200, 2047..<2049, 4096..<5999])
  func partsEqualTheWhole(range: Range<Int>) {
    let convolver = Convolver(noise(3000, seed: 1))
    let x = noise(3000, seed: 2)
    #expect(convolver.convolve(x, range) == Array(convolver.convolve(x)[range]))
  }

  @Test func nothingConvolvesToNothing() {
    #expect(Convolver([1, 2]).convolve([]).isEmpty)
  }

  @Test func manyThreadsShareOneConvolver() async {
    let convolver = Convolver(noise(300, seed: 1))
    let x = noise(2000, seed: 2)
    let expected = convolver.convolve(x)
    await withTaskGroup(of: Bool.self) { group in
      for seed in 0..<16 {
        group.addTask {
          let other = Convolver([Float](repeating: 1, count: 10 + seed))
          return convolver.convolve(x) == expected && other.convolve([1]).count == 10 + seed
        }
      }
      for await equal in group { #expect(equal) }
    }
  }
}

@Suite struct RoomTests {
  @Test func wordsDoNotMove() throws {
    var response = [Float](repeating: 0, count: 900)
    response[300] = -0.5
    response[310] = 0.25
    let room = try #require(RoomImpulse(response))
    var x = [Float](repeating: 0, count: 1000)
    x[400] = 1
    let y = room.applied(to: x, preservingLevel: false)
    #expect(y.count == x.count)
    #expect(room.directIndex == 300)
    #expect(abs(y[400] + 1) < 1e-5)
    #expect(abs(y[410] - 0.5) < 1e-5)
    #expect(y.enumerated().allSatisfy { [400, 410].contains($0.offset) || abs($0.element) < 1e-5 })
  }

  @Test func levelIsPreserved() throws {
    var generator = SeededGenerator(seed: 3)
    let room = SimulatedRoom(t60: 0.2, &generator)
    let impulse = try #require(RoomImpulse(room.response(&generator)))
    let x = Timing.padded(sine(300, seconds: 0.2), before: 1600, after: 3200, &generator)
    let y = impulse.applied(to: x)
    #expect(abs(10 * log10(Level.activePower(y) / Level.activePower(x))) < 0.1)
    let silence = [Float](repeating: 0, count: 100)
    #expect(impulse.applied(to: silence) == silence)
    #expect(impulse.applied(to: []).isEmpty)
  }

  @Test func responsesWithoutSoundAreRefused() {
    #expect(RoomImpulse([]) == nil)
    #expect(RoomImpulse([0, 0]) == nil)
    #expect(RoomImpulse([0, .infinity]) == nil)
  }

  /// Schroeder's backward integral falls as the room was asked to: T60 from -5 to -25 dB within a tenth.
  @Test(arguments: [0.2, 0.4, 0.8])
  func decayIsT60(t60: Double) throws {
    var generator = SeededGenerator(seed: 11)
    let room = SimulatedRoom(t60: t60, &generator)
    let response = room.response(&generator)
    // The tail from the mixing time on: the direct sound is a step in the integral, not part of the decay.
    let mixing = Int((room.size.x * room.size.y * room.size.z).squareRoot() * 16)
    var remaining: [Double] = []
    for value in response.dropFirst(mixing).reversed() {
      remaining.append((remaining.last ?? 0) + Double(value) * Double(value))
    }
    remaining.reverse()
    let levels = remaining.map { 10 * log10($0 / remaining[0]) }
    let start = try #require(levels.firstIndex { $0 < -5 })
    let end = try #require(levels.firstIndex { $0 < -25 })
    let found = Double(end - start) / 16_000 * 3
    #expect(abs(found / t60 - 1) < 0.1)
  }

  /// Direct against reverberant energy is what the distance says, and the loudest sample is the direct sound.
  @Test func distanceDecidesTheDirectShare() throws {
    for seed in 0..<10 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let room = SimulatedRoom(t60: 0.5, &generator)
      let response = room.response(&generator)
      #expect(response.count == 8000)
      let ratio = Level.power(response.dropFirst()) * Double(response.count - 1)
      let expected = pow(room.distance / room.criticalDistance, 2)
      // One octave either way: images add to the tail in step or against it.
      #expect((0.5...2).contains(ratio / expected), "seed \(seed)")
      #expect(RoomImpulse(response)?.directIndex == 0)
    }
  }

  @Test func roomsAreSeeded() {
    func make(_ seed: UInt64) -> [Float] {
      var generator = SeededGenerator(seed: seed)
      return SimulatedRoom(t60: 0.1, &generator).response(&generator)
    }
    #expect(make(1) == make(1))
    #expect(make(1) != make(2))
  }
}
