import RouseAudio
import RouseNumerics
import Testing

@Suite struct WordBoundsTests {
  var generator = SeededGenerator(seed: 4)

  /// Two syllables, 0.35 s long with a gap of 50 ms, that begin at 8000 and end at 13,600.
  let word =
    sine(220, seconds: 0.15, amplitude: 0.3)
    + [Float](repeating: 0, count: 800) + sine(330, seconds: 0.15, amplitude: 0.2)

  func clip(_ background: [Float]) -> [Float] {
    var x = background
    for (index, value) in word.enumerated() { x[8000 + index] += value }
    return x
  }

  func expectWord(_ x: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    let found = WordBounds.find(in: x)
    // Two frames: bounds are whole frames, and noise reaches into the neighbours of the word.
    #expect(abs((found?.lowerBound ?? -9999) - 8000) <= 320, sourceLocation: sourceLocation)
    #expect(abs((found?.upperBound ?? -9999) - 13_600) <= 320, sourceLocation: sourceLocation)
  }

  @Test func digitalSilence() {
    expectWord(clip([Float](repeating: 0, count: 32_000)))
  }

  @Test mutating func backgroundNoise() {
    expectWord(clip(Timing.quiet(32_000, &generator)))
    // 20 dB below the word.
    expectWord(clip(ColouredNoise.pink.samples(32_000, &generator).map { $0 * 0.02 }))
    expectWord(clip(ColouredNoise.white.samples(32_000, &generator).map { $0 * 0.02 }))
  }

  @Test mutating func noiseThatIsPartlyGatedToZero() {
    var background = Timing.quiet(32_000, &generator)
    for index in 0..<6000 { background[index] = 0 }
    for index in 20_000..<32_000 { background[index] = 0 }
    expectWord(clip(background))
  }

  @Test mutating func clicksAtTheEdges() {
    var x = clip(Timing.quiet(32_000, &generator))
    for index in 0..<160 { x[index] = 0.9 }
    for index in 31_800..<32_000 { x[index] = -0.9 }
    for index in 24_000..<24_100 { x[index] = 0.9 }
    expectWord(x)
  }

  @Test mutating func offsetOfTheConverter() {
    expectWord(clip(Timing.quiet(32_000, &generator).map { $0 + 0.05 }))
  }

  @Test mutating func theStrongerOfTwoWordsCounts() {
    var x = clip(Timing.quiet(48_000, &generator))
    for (index, value) in word.enumerated() { x[30_000 + index] += value * 0.3 }
    expectWord(x)
  }

  @Test mutating func noWord() {
    #expect(WordBounds.find(in: []) == nil)
    #expect(WordBounds.find(in: [Float](repeating: 0, count: 16_000)) == nil)
    #expect(WordBounds.find(in: [Float](repeating: 0.5, count: 16_000)) == nil)
    // Not brown: most of its power is below 20 Hz, so 10 ms of it vary as much as speech does.
    for colour in [ColouredNoise.white, .pink] {
      for _ in 0..<5 {
        let noise = colour.samples(32_000, &generator).map { $0 * 0.1 }
        #expect(WordBounds.find(in: noise) == nil, "\(colour)")
      }
    }
  }
}
