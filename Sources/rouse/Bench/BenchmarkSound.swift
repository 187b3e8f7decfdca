import Glibc
import RouseAudio
import RouseNumerics

/// Generated sound with the levels and pauses of speech; speed depends on nothing else of it.
enum BenchmarkSound {
  /// Buzzes of falling pitch with pauses between them, over faint noise.
  static func speech(seconds: Double, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var phase: Float = 0
    return (0..<Int(seconds * Double(AudioClip.standardSampleRate))).map { n in
      let time = Float(n) / Float(AudioClip.standardSampleRate)
      let syllable = max(0, sinf(2 * .pi * 3 * time) * sinf(2 * .pi * 0.4 * time))
      phase += (120 + 40 * sinf(5 * time)) / Float(AudioClip.standardSampleRate)
      phase -= phase.rounded(.down)
      return 0.4 * syllable * (phase - 0.5) + generator.uniform(-0.001, 0.001)
    }
  }

  /// Coloured noise at a tenth of full scale.
  static func noises(_ count: Int, seconds: Int) -> [[Float]] {
    (0..<count).map { index in
      var generator = SeededGenerator(seed: 7, stream: UInt64(index))
      let colours = ColouredNoise.allCases
      return Level.scaled(
        colours[index % colours.count].samples(
          seconds * AudioClip.standardSampleRate, &generator), decibels: -20)
    }
  }

  /// Simulated rooms whose reverberation lasts from 0.15 to 0.7 s.
  static func rooms(_ count: Int) -> [RoomImpulse] {
    (0..<count).compactMap { index in
      var generator = SeededGenerator(seed: 9, stream: UInt64(index))
      let room = SimulatedRoom(t60: Double(generator.uniform(0.15, 0.7)), &generator)
      return RoomImpulse(room.response(&generator))
    }
  }
}
