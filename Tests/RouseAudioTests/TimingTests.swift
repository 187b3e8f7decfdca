import RouseAudio
import RouseNumerics
import Testing

@Suite struct TimingTests {
  var generator = SeededGenerator(seed: 1)

  @Test mutating func quietIsWithinTenSteps() {
    let steps = AudioClip(samples: Timing.quiet(5000, &generator)).int16
    #expect(steps.min() == -10)
    #expect(steps.max() == 10)
  }

  @Test mutating func paddingSurroundsTheClip() {
    let y = Timing.padded([0.5, 0.25], before: 3, after: 4, &generator)
    #expect(y.count == 9)
    #expect(Array(y[3..<5]) == [0.5, 0.25])
    #expect((y[..<3] + y[5...]).allSatisfy { abs($0) <= Timing.quietPeak })
  }

  @Test(arguments: [-9, -3, 0, 2, 5, 9])
  func shiftMovesTheClip(offset: Int) {
    var generator = SeededGenerator(seed: 1)
    let x = [0.1, 0.2, 0.3, 0.4, 0.5] as [Float]
    let y = Timing.shifted(x, by: offset, &generator)
    #expect(y.count == x.count)
    for n in y.indices {
      if x.indices.contains(n - offset) {
        #expect(y[n] == x[n - offset])
      } else {
        #expect(abs(y[n]) <= Timing.quietPeak)
      }
    }
  }
}
