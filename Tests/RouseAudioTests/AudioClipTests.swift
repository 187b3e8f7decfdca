import RouseAudio
import Testing

@Suite struct AudioClipTests {
  @Test func every16BitNumberSurvives() {
    let all = (Int16.min...Int16.max).map { $0 }
    #expect(AudioClip(int16: all).int16 == all)
  }

  @Test(
    arguments: [
      (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2), (2.4999, 2),
      (32766.5, 32766),
      (32767, 32767), (32767.5, 32767), (32768, 32767), (1e9, 32767), (-32768, -32768),
      (-32768.5, -32768), (-1e9, -32768), (.infinity, 32767), (-.infinity, -32768), (.nan, 0),
    ] as [(Float, Int16)])
  func roundsHalfToEvenAndSaturates(steps: Float, expected: Int16) {
    #expect(AudioClip.int16(steps / 32768) == expected)
    #expect(AudioClip(samples: [steps / 32768]).int16 == [expected])
  }

  @Test func secondsFollowTheRate() {
    #expect(AudioClip(samples: [Float](repeating: 0, count: 4000), sampleRate: 8000).seconds == 0.5)
  }
}
