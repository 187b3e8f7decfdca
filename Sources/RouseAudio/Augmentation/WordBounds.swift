import Glibc

/// Where the word is in a clip, by energy alone.
///
/// Short-time power in frames of 10 ms, after removing the mean, is compared with a threshold between the noise floor and
/// the loudest frames. Frames above it form runs; a run too short and too far from others to be part of a word is a click.
/// Runs that pauses within a word separate are joined, and the joined run of most energy is the word.
package enum WordBounds {
  /// Below the quietest 16-bit recording: all digital silence counts as this, so gated clips have a floor like others.
  private static let silenceDecibels: Float = -80
  /// The floor is exceeded by all but this share of the frames, so a word may fill most of the clip.
  private static let floorShare = 0.1
  /// The loudest frames, without a click of one or two.
  private static let peakShare = 0.97
  /// Speech varies by more than this between a vowel and a pause; anything less is noise.
  private static let leastRange: Float = 10
  /// How far above the floor a frame must be: three deviations of the power of 10 ms of white noise are 1.5 dB, of
  /// household noise several times that.
  private static let floorMargin: Float = 8
  /// Unstressed syllables and final fricatives are up to 30 dB below the loudest vowel.
  private static let peakMargin: Float = 30
  /// Frames: a stop's release lasts 2 to 4 and follows its closure of up to 12; a click is as short and stands alone.
  private static let clickFrames = 4
  private static let closureFrames = 12
  /// Frames of pause that still belong to a phrase of several words.
  private static let pauseFrames = 25

  /// Samples from the word's beginning to its end, in whole frames; nil when nothing stands out of the background.
  package static func find(
    in x: [Float], sampleRate: Int = AudioClip.standardSampleRate
  ) -> Range<Int>? {
    let length = FramePower.samplesPerFrame(sampleRate: sampleRate)
    guard x.count >= length else { return nil }
    let mean = Float(x.reduce(0.0) { $0 + Double($1) } / Double(x.count))
    let powers = FramePower.powers(x.map { $0 - mean }, sampleRate: sampleRate)
    let levels = powers.map { max(silenceDecibels, 10 * log10($0)) }
    let sorted = levels.sorted()
    let floor = sorted[Int(floorShare * Double(sorted.count - 1))]
    let peak = sorted[Int(peakShare * Double(sorted.count - 1))]
    guard peak - floor >= leastRange else { return nil }
    let threshold = max(floor + floorMargin, peak - peakMargin)

    let runs = joined(
      withoutClicks(runs(of: levels, from: threshold)), pause: pauseFrames)
    func energy(_ run: Range<Int>) -> Float { powers[run].reduce(0, +) }
    guard let word = runs.max(by: { energy($0) < energy($1) }) else { return nil }
    return word.lowerBound * length..<word.upperBound * length
  }

  /// Ranges of consecutive frames that reach `threshold`.
  private static func runs(of levels: [Float], from threshold: Float) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (frame, level) in levels.enumerated() where level >= threshold {
      if let last = runs.last, last.upperBound == frame {
        runs[runs.count - 1] = last.lowerBound..<frame + 1
      } else {
        runs.append(frame..<frame + 1)
      }
    }
    return runs
  }

  private static func withoutClicks(_ runs: [Range<Int>]) -> [Range<Int>] {
    runs.indices.filter { index in
      let run = runs[index]
      guard run.count <= clickFrames else { return true }
      // A neighbour that is a click itself keeps nothing alive.
      let isNearSpeech = runs.contains { other in
        other.count > clickFrames
          && max(other.lowerBound - run.upperBound, run.lowerBound - other.upperBound)
            <= closureFrames
      }
      return isNearSpeech
    }.map { runs[$0] }
  }

  private static func joined(_ runs: [Range<Int>], pause: Int) -> [Range<Int>] {
    runs.reduce(into: []) { joined, run in
      if let last = joined.last, run.lowerBound - last.upperBound <= pause {
        joined[joined.count - 1] = last.lowerBound..<run.upperBound
      } else {
        joined.append(run)
      }
    }
  }
}
