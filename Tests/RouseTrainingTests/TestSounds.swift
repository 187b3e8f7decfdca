import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining

/// Recordings made of arithmetic.
enum TestSounds {
  /// A rising tone of `seconds` between two stretches of quiet: what a word looks like to an energy detector.
  static func word(_ seconds: Double = 0.4, seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    let chirp = (0..<Int(seconds * 16_000)).map { index -> Float in
      let t = Double(index) / 16_000
      return Float(0.4 * sin(2 * .pi * (500 * t + 1000 * t * t)))
    }
    return Timing.padded(chirp, before: 4800, after: 4800, &generator)
  }

  /// Noise whose samples are all different from 0.
  static func noise(_ count: Int, seed: UInt64 = 2) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.uniform(0.1, 0.2) }
  }
}

extension TemporaryFolder {
  /// Writes a WAV file, making the folders above it.
  func write(_ name: String, _ samples: [Float]) throws {
    try write(name, "")
    try AudioFile.write(AudioClip(samples: samples), to: "\(path)/\(name)", format: .wav)
  }

  /// A corpus file with these sources.
  func corpus(_ sources: [String], options: String = "") throws -> Corpus {
    let lines = sources.map { "  - {\($0)}\n" }.joined()
    return try Corpus(
      file: try write("c.yaml", "wake_word: w\nseed: 1\n\(options)sources:\n\(lines)"))
  }

  func listing(_ sources: [String], options: String = "") throws -> CorpusListing {
    try CorpusListing(try corpus(sources, options: options))
  }
}
