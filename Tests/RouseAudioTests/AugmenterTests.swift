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

  /// Nothing but what is asked for.
  static var plain: AugmentationSettings {
    var settings = AugmentationSettings()
    settings.roomProbability = 0
    settings.noiseProbability = 0
    settings.gainDecibels = 0...0
    return settings
  }

  @Test(arguments: [0.8, 1.25] as [Float])
  func stretchKeepsTheAnchor(factor: Float) {
    var settings = Self.plain
    settings.stretchProbability = 1
    settings.stretch = factor...factor
    var generator = SeededGenerator(seed: 1)
    var x = Timing.quiet(16_000, &generator)
    for n in 7900..<8000 { x[n] = 0.5 }
    let y = Augmenter(settings, noises: [], rooms: []).augment(x, keeping: 8000, &generator)
    #expect(y.count == x.count)
    let last = y.lastIndex { abs($0) > 0.2 } ?? 0
    #expect(abs(last - 8000) < 160 + 256)
  }

  /// Gain is exact in decibels, from the settings to the samples.
  @Test(arguments: [-30, -7.3, 0, 5] as [Float])
  func gainIsExact(gain: Float) {
    var settings = Self.plain
    settings.gainDecibels = gain...gain
    var generator = SeededGenerator(seed: 1)
    let x = sine(300, seconds: 0.1)
    let y = Augmenter(settings, noises: [], rooms: []).augment(x, &generator)
    #expect(abs(decibels(rms(y) / rms(x)) - Double(gain)) < 1e-4)
  }

  /// Recorded noise, coloured noise and hiss are as far below the active word as was asked, within 0.1 dB.
  @Test(arguments: [-5, 3, 20] as [Float], ["recorded", "coloured", "hiss"])
  func noiseIsAtTheRatioThatWasAsked(snr: Float, kind: String) {
    var settings = Self.plain
    settings.noiseProbability = kind == "hiss" ? 0 : 1
    settings.hissProbability = kind == "hiss" ? 1 : 0
    settings.colouredNoiseShare = kind == "coloured" ? 1 : 0
    settings.snrDecibels = snr...snr
    settings.hissDecibels = snr...snr
    // Low enough that nothing clips.
    settings.gainDecibels = -20 ... -20
    var generator = SeededGenerator(seed: 1)
    let word = sine(300, seconds: 0.5)
    let x = Timing.padded(word, before: 8000, after: 8000, &generator)
    let recording = (0..<9000).map { _ in generator.uniform(-0.2, 0.2) }
    let y = Augmenter(settings, noises: [recording], rooms: []).augment(x, &generator)
    let added = zip(y, x).map { $0 - $1 / 10 }
    #expect(abs(decibels(rms(word) / 10 / rms(added)) - Double(snr)) < 0.1)
  }

  @Test func fullScaleReplacesTheGain() {
    var settings = Self.plain
    settings.gainDecibels = -30 ... -30
    settings.fullScaleProbability = 1
    settings.fullScaleDecibels = -6.0206 ... -6.0206
    var generator = SeededGenerator(seed: 1)
    let x = sine(300, seconds: 0.1)
    let augmenter = Augmenter(settings, noises: [], rooms: [])
    let y = augmenter.augment(x, &generator)
    #expect(abs((y.max() ?? 0) - 0.5) < 1e-4)
    #expect(zip(x, y).allSatisfy { abs($0 * (0.5 / (x.max() ?? 1)) - $1) < 1e-4 })
    settings.fullScaleDecibels = 6...6
    let clipped = Augmenter(settings, noises: [], rooms: []).augment(x, &generator)
    #expect(clipped.filter { $0 == 1 }.count > 100)
    let silence = [Float](repeating: 0, count: 100)
    #expect(augmenter.augment(silence, &generator) == silence)
    // A pause stays a pause.
    let pause = augmenter.augment(Timing.quiet(100, &generator), &generator)
    #expect(pause.allSatisfy { abs($0) <= 100 * Timing.quietPeak })
  }

  /// Every stage at once on clips of every length, on many threads: no crash, the same length, the same numbers.
  @Test func threadsAndLengthsChangeNothing() async throws {
    var settings = AugmentationSettings()
    settings.speedProbability = 0.5
    settings.stretchProbability = 0.5
    settings.pitchProbability = 0.5
    settings.shiftMilliseconds = -5...5
    settings.hissProbability = 0.5
    settings.equaliserProbability = 0.5
    settings.bandStopProbability = 0.5
    settings.softClipProbability = 0.5
    settings.fullScaleProbability = 0.5
    var generator = SeededGenerator(seed: 3)
    let room = try #require(
      RoomImpulse(SimulatedRoom(t60: 0.2, &generator).response(&generator)))
    let augmenter = Augmenter(settings, noises: [sine(77, seconds: 0.3)], rooms: [room])
    let lengths = [1, 2, 100, 159, 160, 161, 2047, 2048, 2049, 9000]
    let work = lengths.flatMap { length in (0..<4).map { (length, UInt64($0)) } }
    @Sendable func made(_ item: (Int, UInt64)) -> [Float] {
      var generator = SeededGenerator(seed: item.1, stream: UInt64(item.0))
      let x = (0..<item.0).map { _ in generator.uniform(-0.5, 0.5) }
      return augmenter.augment(x, keeping: item.0 / 2, &generator)
    }
    let expected = work.map(made)
    #expect(zip(work, expected).allSatisfy { $0.0.0 == $0.1.count })
    #expect(expected.allSatisfy { $0.allSatisfy { abs($0) <= 1 } })
    await withTaskGroup(of: (Int, [Float]).self) { group in
      for index in work.indices { group.addTask { (index, made(work[index])) } }
      for await (index, result) in group { #expect(result == expected[index]) }
    }
  }
}
