import Foundation
import RouseAudio
import RouseNumerics
import Testing

@Suite struct NoiseTests {
  @Test(arguments: [-5, 0, 10, 40] as [Float], ColouredNoise.allCases)
  func ratiosAreExact(snr: Float, colour: ColouredNoise) {
    var generator = SeededGenerator(seed: 7)
    let word = sine(300, seconds: 0.5)
    let x = Timing.padded(word, before: 8000, after: 8000, &generator)
    let noise = colour.samples(x.count, &generator)
    var y = x
    NoiseMixing.mix(noise, into: &y, snrDecibels: snr)
    let added = zip(y, x).map { $0 - $1 }
    // The word alone, without the pauses around it, is the signal.
    #expect(abs(decibels(rms(word) / rms(added)) - Double(snr)) < 0.1)
  }

  @Test func silenceHasNoRatio() {
    let zeros = [Float](repeating: 0, count: 1000)
    let tone = sine(300, seconds: 1000.0 / 16_000)
    var y = zeros
    NoiseMixing.mix(tone, into: &y, snrDecibels: 0)
    #expect(y == zeros)
    y = tone
    NoiseMixing.mix(zeros, into: &y, snrDecibels: 0)
    #expect(y == tone)
  }

  /// Noise shorter than the clip begins again, and its power is that of what lies under the clip.
  @Test func shortNoiseRepeatsUnderTheClip() {
    let x = sine(300, seconds: 0.5)
    let noise = (0..<3000).map { Float($0 % 7) - 3 }
    var y = x
    NoiseMixing.mix(noise, from: 2500, into: &y, snrDecibels: 6)
    let added = zip(y, x).map { $0 - $1 }
    #expect(abs(decibels(rms(x) / rms(added)) - 6) < 0.01)
    let segment = NoiseMixing.segment(of: noise, from: 2500, count: x.count)
    let gain = rms(added) / rms(segment)
    #expect(zip(added, segment).allSatisfy { abs(Double($0) - gain * Double($1)) < 1e-6 })
  }

  @Test func segmentsStartAgain() {
    #expect(
      NoiseMixing.segment(of: [1, 2, 3] as [Float], from: 1, count: 7) == [2, 3, 1, 2, 3, 1, 2])
    #expect(NoiseMixing.segment(of: [1, 2, 3] as [Float], from: 2, count: 1) == [3])
  }

  /// Slope of the spectrum in decibels per octave, by power in octaves around 80, 160, ... 2560 Hz.
  @Test(arguments: [(ColouredNoise.white, 0.0), (.pink, -3.01), (.brown, -6.02)])
  func slopesAreThoseOfTheName(colour: ColouredNoise, slope: Double) {
    var generator = SeededGenerator(seed: 5)
    let size = 1 << 16
    let transform = RealTransform(size: size)
    let workspace = transform.makeWorkspace()
    for (index, value) in colour.samples(size, &generator).enumerated() {
      workspace.samples[index] = value
    }
    transform.forward(workspace)
    let densities = (0..<6).map { octave -> Double in
      let center = 80 * pow(2, Double(octave)) * Double(size) / 16_000
      let bins = Int(center / 2.0.squareRoot())..<Int(center * 2.0.squareRoot())
      let power = bins.reduce(0.0) {
        let (re, im) = workspace.spectrum[$1]
        return $0 + Double(re * re + im * im)
      }
      return 10 * log10(power / Double(bins.count))
    }
    // 370 bins in the lowest octave: a deviation of 0.23 dB; three of them over five octaves.
    #expect(abs((densities[5] - densities[0]) / 5 - slope) < 0.15)
    for (low, high) in zip(densities, densities.dropFirst()) {
      #expect(abs(high - low - slope) < 1)
    }
  }

  @Test(arguments: ColouredNoise.allCases)
  func noiseIsSeededAndOfPowerOne(colour: ColouredNoise) {
    func make(_ seed: UInt64) -> [Float] {
      var generator = SeededGenerator(seed: seed)
      return colour.samples(4000, &generator)
    }
    #expect(make(1) == make(1))
    #expect(make(1) != make(2))
    #expect(abs(Level.power(make(1)) - 1) < 1e-5)
    var generator = SeededGenerator(seed: 1)
    #expect(colour.samples(0, &generator).isEmpty)
  }
}
