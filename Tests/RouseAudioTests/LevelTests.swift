import Foundation
import RouseAudio
import RouseNumerics
import Testing

@Suite struct LevelTests {
  @Test func powerIsTheMeanSquare() {
    #expect(Level.power([1, -1, 0, 0] as [Float]) == 0.5)
    #expect(Level.power([] as [Float]) == 0)
  }

  @Test(arguments: [-40, -6, 0, 12] as [Float])
  func gainIsInDecibels(gain: Float) {
    let x = sine(500, seconds: 0.1)
    let y = Level.scaled(x, decibels: gain)
    #expect(abs(decibels(rms(y) / rms(x)) - Double(gain)) < 1e-4)
  }

  @Test func clippingKeepsWhatIsInside() {
    #expect(Level.clipped([-2, -0.5, 0, 0.5, 2], limit: 0.75) == [-0.75, -0.5, 0, 0.5, 0.75])
  }

  @Test func limitingScalesTheWhole() {
    #expect(Level.limited([0.5, -2, 1], peak: 0.5) == [0.125, -0.5, 0.25])
    #expect(Level.limited([0.5, -0.25], peak: 0.5) == [0.5, -0.25])
    let limited = Level.limited((1...1000).map { Float($0) * 0.1 }, peak: 0.7)
    #expect(limited.allSatisfy { abs($0) <= 0.7 })
  }

  /// A word has the same active level alone and between pauses of near-silence.
  @Test(arguments: [0, 800, 16_000, 160_000])
  func pausesDoNotCount(pause: Int) {
    var generator = SeededGenerator(seed: 1)
    let word = sine(300, seconds: 0.4)
    let padded = Timing.padded(word, before: pause, after: pause, &generator)
    let ratio = Level.activePower(padded) / Level.power(word)
    #expect(abs(10 * log10(ratio)) < 0.05)
  }

  @Test func silenceHasNoActivePower() {
    #expect(Level.activePower([]) == 0)
    #expect(Level.activePower([Float](repeating: 0, count: 999)) == 0)
    #expect(Level.activePower([0.5, 0.5]) == 0.25)
  }
}
