import RouseAudio
import RouseFrontEnd
import RouseNumerics
import RouseTraining

/// A clip as a device hears it: 1.5 s of quiet before, 0.6 s after, as recorded or with noise under all of it.
package struct ClipScenes: Sendable {
  /// What is done to the clips with the wake word.
  package enum Condition: Hashable, Sendable {
    case asRecorded
    /// Noise so many decibels below the word.
    case noise(decibels: Float)
  }

  /// 16 kHz; the first minutes of long recordings.
  package struct Noise: Sendable {
    package var name: String
    package var samples: [Float]

    package init(name: String, samples: [Float]) {
      self.name = name
      self.samples = samples
    }
  }

  package let noises: [Noise]
  package let seed: UInt64

  package init(noises: [Noise], seed: UInt64) {
    self.noises = noises
    self.seed = seed
  }

  /// Quiet before a clip: 1.5 s, as `SceneComposer.plain` has it.
  static let leadSamples = 24_000
  /// Longest part of a noise recording that is used, and how many of them: 60 MB together.
  static let longestNoiseSeconds = 60.0
  static let mostNoises = 16

  /// - Parameter index: of the clip; decides which noise lies under it and from where.
  /// - Returns: 16-bit samples, and which noise was mixed in.
  package func scene(
    _ samples: [Int16], _ condition: Condition, index: Int
  ) -> (samples: [Int16], noise: String?) {
    var quiet = SeededGenerator(seed: seed, stream: Self.quietStream + UInt64(index))
    let sound = samples.map { Float($0) / 32768 }
    let plain = SceneComposer.plain(sound, &quiet)
    guard case .noise(let decibels) = condition, !noises.isEmpty else {
      return (plain.map(AudioClip.int16), nil)
    }
    var generator = SeededGenerator(seed: seed, stream: Self.noiseStream + UInt64(index))
    let noise = noises[index % noises.count]
    let under = NoiseMixing.segment(
      of: noise.samples, from: generator.below(noise.samples.count), count: plain.count)
    let lead = Self.leadSamples
    let word = WordBounds.find(in: sound)
      .map { lead + $0.lowerBound..<lead + $0.upperBound }
    return (
      Self.mixed(plain, under, decibels: decibels, word: word).map(AudioClip.int16), noise.name
    )
  }

  private static let quietStream: UInt64 = 0x6_0000_0000
  private static let noiseStream: UInt64 = 0x8_0000_0000

  /// `x + g · noise` with `10 · log10(P(word) / P(g · noise under the word)) = decibels`.
  ///
  /// `P(word)` is `Level.activePower` of the samples in `word`, of the whole clip when no word was found. Without any
  /// power on one of the two sides there is no ratio, and the clip stays as it is.
  static func mixed(
    _ x: [Float], _ noise: [Float], decibels: Float, word: Range<Int>?
  ) -> [Float] {
    let range = word ?? 0..<x.count
    let (signal, disturbance) = (
      Level.activePower(Array(x[range])), Level.power(noise[range])
    )
    guard signal > 0, disturbance > 0 else { return x }
    let gain = Float((signal / disturbance).squareRoot())
    let scaled = Level.scaled(noise.map { gain * $0 }, decibels: -decibels)
    return zip(x, scaled).map { $0 + $1 }
  }

  /// Noise recordings that can be read, in order, and those that cannot.
  static func load(_ records: [ClipRecord]) -> (noises: [Noise], skipped: [SkippedClip]) {
    var result: (noises: [Noise], skipped: [SkippedClip]) = ([], [])
    for record in records where result.noises.count < mostNoises {
      do {
        let reader = try AudioFile.blocks(record.file)
        let limit = Int(longestNoiseSeconds * Double(AudioClip.standardSampleRate))
        var samples: [Float] = []
        while samples.count < limit, let block = try reader.next() { samples += block }
        samples.removeLast(max(0, samples.count - limit))
        guard samples.contains(where: { $0 != 0 }) else {
          result.skipped.append(SkippedClip(name: record.name, reason: .noSpeech))
          continue
        }
        result.noises.append(Noise(name: record.name, samples: samples))
      } catch {
        result.skipped.append(SkippedClip(name: record.name, reason: .audio(error)))
      }
    }
    return result
  }
}
