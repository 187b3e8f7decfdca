import RouseFrontEnd
import RouseNumerics
import Testing

@Suite struct MicroFrontEndTests {
  @Test(arguments: goldenNames) func equalsThePeerBitForBit(_ name: String) throws {
    let features = MicroFrontEnd.features(of: try goldenSamples(name))
    let golden = try NPYArray(bytes: goldenBytes(name + ".esphome_i8.npy"))
    #expect(golden == NPYArray(shape: features.shape, .int8(features.deviceInt8)))
  }

  @Test(arguments: ["clipping", "speech_alexa_noisy"])
  func rawNumbersEqualThePeer(_ name: String) throws {
    let features = MicroFrontEnd.features(of: try goldenSamples(name))
    let golden = try NPYArray(bytes: goldenBytes(name + ".u16.npy"))
    #expect(golden == NPYArray(shape: features.shape, .uint16(features.values)))
  }

  /// Sixteen windows of 10 ms, which are computed together, take 2880 samples.
  @Test(arguments: [10, 20], [1, 7, 160, 161, 479, 480, 481, 1001, 2879, 2880, 2881, 6000])
  func cuttingSamplesChangesNothing(_ step: Int, _ chunk: Int) throws {
    let samples = Array(try goldenSamples("odd_length").prefix(6100))
    let whole = MicroFrontEnd.features(of: samples, stepMilliseconds: step)
    var frontEnd = MicroFrontEnd(stepMilliseconds: step)
    var rows: [UInt16] = []
    var start = 0
    while start < samples.count {
      let end = min(start + chunk, samples.count)
      frontEnd.process(samples.span.extracting(start..<end), into: &rows)
      start = end
    }
    #expect(rows == whole.values)
    #expect(whole.frames > 0)
  }

  @Test func resetForgetsEverything() throws {
    let samples = Array(try goldenSamples("speech_alexa_noisy").prefix(1500))
    var frontEnd = MicroFrontEnd()
    var rows: [UInt16] = []
    frontEnd.process(noise(1111, seed: 1).span, into: &rows)
    var carried: [UInt16] = []
    var continuing = frontEnd
    continuing.process(samples.span, into: &carried)
    frontEnd.reset()
    rows = []
    frontEnd.process(samples.span, into: &rows)
    let fresh = MicroFrontEnd.features(of: samples).values
    #expect(rows == fresh)
    #expect(carried.suffix(fresh.count) != fresh[...])
  }

  @Test func copiesAreIndependent() {
    let samples = noise(700, seed: 2)
    var first = MicroFrontEnd()
    var rows: [UInt16] = []
    first.process(samples.span.extracting(..<300), into: &rows)
    var second = first
    var secondRows: [UInt16] = []
    second.process(noise(400, seed: 3).span, into: &secondRows)
    first.process(samples.span.extracting(300...), into: &rows)
    #expect(rows == MicroFrontEnd.features(of: samples).values)
  }

  @Test(arguments: [
    (0, 0, 0), (479, 0, 0), (480, 1, 1), (639, 1, 1), (640, 2, 1), (800, 3, 2), (16000, 98, 49),
  ])
  func countsFrames(_ samples: Int, _ tenMilliseconds: Int, _ twentyMilliseconds: Int) {
    #expect(MicroFrontEnd.frames(samples: samples) == tenMilliseconds)
    #expect(MicroFrontEnd.frames(samples: samples, stepMilliseconds: 20) == twentyMilliseconds)
    let silence = [Int16](repeating: 0, count: min(samples, 1000))
    let features = MicroFrontEnd.features(of: silence)
    #expect(features.frames == MicroFrontEnd.frames(samples: silence.count))
  }

  /// No implementation of the 20 ms step can be installed to compare with. What must hold: the first row has seen the same
  /// samples and no earlier row, so it equals that of 10 ms; and a front-end of 20 ms that is fed one window has the
  /// state of one of 10 ms that is fed the same window.
  @Test func stepsAgreeOnTheFirstRow() throws {
    for name in ["speech_okay_nabu", "clipping", "chirp_100_8000"] {
      let samples = Array(try goldenSamples(name).prefix(2400))
      let ten = MicroFrontEnd.features(of: samples, stepMilliseconds: 10).values
      let twenty = MicroFrontEnd.features(of: samples, stepMilliseconds: 20).values
      #expect(twenty.prefix(40) == ten.prefix(40))
    }
  }

  /// With 20 ms steps the second window begins at sample 320. A front-end of 10 ms whose samples skip every second step
  /// sees the same windows when the signal repeats every 160 samples.
  @Test func stepsAgreeOnPeriodicSignals() {
    let period = noise(160, seed: 4)
    let samples = (0..<4000).map { period[$0 % 160] }
    let ten = MicroFrontEnd.features(of: samples, stepMilliseconds: 10)
    let twenty = MicroFrontEnd.features(of: samples, stepMilliseconds: 20)
    #expect(twenty.values[...] == ten.values.prefix(twenty.values.count))
    #expect(twenty.frames == 12)
  }

  @Test func silenceIsZero() {
    let features = MicroFrontEnd.features(of: [Int16](repeating: 0, count: 1600))
    #expect(features.frames == 8)
    #expect(features.values.allSatisfy { $0 == 0 })
  }

  /// Extremes that overflow if a wrap or a saturation of the original is missing: none may trap.
  @Test func survivesExtremes() {
    let extremes: [(Int) -> Int16] = [
      { _ in .min }, { _ in .max }, { $0 % 2 == 0 ? .min : .max },
      { $0 / 2 % 2 == 0 ? .min : .max },
      { $0 % 480 == 239 ? .min : 0 }, { $0 % 3 == 0 ? .min : 1 },
    ]
    for signal in extremes {
      let features = MicroFrontEnd.features(of: (0..<960).map(signal))
      #expect(features.frames == 4)
    }
  }

  /// A single −32768 under the top of the window is not seen as the largest sample, so it is shifted out whole.
  @Test func theMostNegativeSampleIsNoMaximum() {
    var samples = [Int16](repeating: 0, count: 480)
    samples[239] = .min
    #expect(MicroFrontEnd.features(of: samples).values.allSatisfy { $0 == 0 })
    samples[239] = .min + 1
    #expect(MicroFrontEnd.features(of: samples).values.contains { $0 > 0 })
  }
}
