import Foundation
import RouseAudio
import RouseNumerics
import Testing

@Suite struct PitchAndPaceTests {
  /// Two semitones move 440 Hz to 493.9 Hz; the length stays.
  @Test(arguments: [-12, -3, -0.5, 0, 1, 2, 7, 12] as [Float])
  func pitchShiftMovesTones(semitones: Float) {
    let x = sine(440, seconds: 3)
    let y = PitchShift.shifted(x, semitones: semitones)
    #expect(y.count == x.count)
    let wanted = 440 * exp2(Double(semitones) / 12)
    #expect(abs(frequency(y) / wanted - 1) < 1e-3)
    #expect(abs(decibels(rms(y[2000..<40_000]) / rms(x[2000..<40_000]))) < 0.5)
  }

  @Test(arguments: [0.5, 0.8, 0.93, 1.1, 1.3, 2], [110.0, 440, 1234])
  func stretchKeepsPitch(factor: Double, hertz: Double) {
    let x = (0..<48_000).map { Float(0.5 * sin(2 * .pi * hertz * Double($0) / 16_000)) }
    let count = Int(48_000 * factor)
    let y = TimeStretch.stretched(x, to: count)
    #expect(y.count == count)
    #expect(abs(frequency(y) / hertz - 1) < 1e-3)
    #expect(abs(decibels(rms(y) / rms(x))) < 0.5)
  }

  /// A burst in noise is where it should be within 10 ms and a crossfade.
  @Test(arguments: [0.75, 1.4])
  func stretchMovesEventsInProportion(factor: Double) {
    var generator = SeededGenerator(seed: 5)
    var x = (0..<32_000).map { _ in generator.uniform(-0.01, 0.01) }
    for n in 20_000..<20_200 { x[n] = generator.uniform(-0.9, 0.9) }
    let y = TimeStretch.stretched(x, to: Int(32_000 * factor))
    let first = y.firstIndex { abs($0) > 0.2 } ?? 0
    #expect(abs(Double(first) - 20_000 * factor) < 160 + 256)
  }

  @Test func anyLengthIsStretched() {
    for count in [1, 2, 15, 255, 256, 257, 700] {
      let x = [Float](repeating: 0.5, count: count)
      for factor in [0.5, 1.5] {
        let wanted = max(1, Int(Double(count) * factor))
        #expect(TimeStretch.stretched(x, to: wanted).count == wanted)
      }
      #expect(PitchShift.shifted(x, semitones: 5).count == count)
    }
    #expect(TimeStretch.stretched([], to: 5).isEmpty)
    #expect(PitchShift.shifted([], semitones: 2).isEmpty)
  }
}
