import Foundation
import RouseAudio
import Testing

@Suite struct ResamplerTests {
  @Test(arguments: [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
  func lengthFollowsTheRate(rate: Int) {
    for count in [1, 100, 12_345] {
      let clip = AudioClip(samples: [Float](repeating: 0.1, count: count), sampleRate: rate)
      let expected = Double(count) * 16_000 / Double(rate)
      #expect(abs(Double(clip.resampled(to: 16_000).samples.count) - expected) <= 1)
    }
  }

  /// A 440 Hz tone stays in place: error of the waveform below -80 dB away from the edges.
  @Test(arguments: [8_000, 22_050, 44_100, 48_000])
  func waveformsDoNotMove(rate: Int) {
    let clip = AudioClip(samples: sine(440, seconds: 0.5, rate: rate), sampleRate: rate)
    let found = clip.resampled(to: 16_000).samples
    let expected = sine(440, seconds: 0.5)
    let difference = (1000..<7000).map { found[$0] - expected[$0] }
    #expect(decibels(rms(difference) / 0.5) < -80)
  }

  /// What lies above the new band is removed, not folded into it.
  @Test func aliasesAreBelowSixteenBits() {
    let clip = AudioClip(samples: sine(11_000, seconds: 0.5, rate: 48_000), sampleRate: 48_000)
    let found = clip.resampled(to: 16_000).samples
    #expect(decibels(rms(found[1000..<7000]) / 0.5) < -96)
  }

  @Test func sameRateIsTheSameClip() {
    let clip = AudioClip(samples: [0.1, 0.2])
    #expect(clip.resampled(to: 16_000) == clip)
  }
}
