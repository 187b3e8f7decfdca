import RouseFrontEnd
import RouseNumerics

/// Sound with the rhythm and the spectrum of speech, the same samples on every machine: vowels, hisses and pauses of a
/// fifth of a second. It says nothing; it moves every channel of the front-end and every buffer of a model.
enum GeneratedSound {
  static let seconds = 12
  private static let segmentSamples = MicroFrontEnd.sampleRate / 5

  /// Two-pole resonances `y[n] = x[n] + a · y[n−1] − r² · y[n−2]` with `r = 0.98`, 100 Hz wide. `a = 2r · cos(2πf / 16000)`
  /// is written out, because cosines of different libraries differ in their last digit.
  ///
  /// - Source: mean formants f of men's vowels in Peterson, Barney, "Control methods used in a study of the vowels", 1952.
  private static let vowels: [[Double]] = [
    [1.880014, 1.783169, 1.127010],  // 730, 1090, 2440 Hz
    [1.948993, 1.219459, 0.742943],  // 270, 2290, 3010 Hz
    [1.946414, 1.846719, 1.249351],  // 300, 870, 2240 Hz
    [1.917701, 1.470218, 1.101683],  // 530, 1840, 2480 Hz
    [1.911103, 1.854327, 1.145823],  // 570, 840, 2410 Hz
  ]
  private static let damping = 0.98 * 0.98

  static let samples: [Int16] = make()

  private static func make() -> [Int16] {
    var generator = SeededGenerator(seed: 0x726F_7573_65)
    var samples: [Int16] = []
    while samples.count < seconds * MicroFrontEnd.sampleRate {
      let kind = generator.below(4)
      let loudness = Double(1 + generator.below(16)) / 16
      if kind < 2 {
        samples += vowel(&generator, loudness)
      } else {
        // A hiss, or the noise of a quiet room.
        let level = Float(kind == 2 ? 2_000 * loudness : 12)
        samples += (0..<segmentSamples).map { _ in Int16(generator.uniform(-level, level)) }
      }
    }
    return samples
  }

  /// A train of pulses between 90 and 220 Hz through the resonances of one vowel, fading in and out.
  private static func vowel(_ generator: inout SeededGenerator, _ loudness: Double) -> [Int16] {
    let formants = vowels[generator.below(vowels.count)]
    let period = 73 + generator.below(105)
    var states = [(Double, Double)](repeating: (0, 0), count: formants.count)
    return (0..<segmentSamples).map { index in
      var x = index % period == 0 ? 1.0 : 0
      for (position, a) in formants.enumerated() {
        let y = x + a * states[position].0 - damping * states[position].1
        states[position] = (y, states[position].0)
        x = y
      }
      let edge = Double(min(index, segmentSamples - index, 800)) / 800
      return Int16(max(-32_767, min(32_767, x * 300 * loudness * edge)))
    }
  }

  /// The rows that a device makes of it.
  static func rows(stepMilliseconds: Int) -> [Int8] {
    var frontEnd = MicroFrontEnd(stepMilliseconds: stepMilliseconds)
    var rows: [UInt16] = []
    frontEnd.process(samples, into: &rows)
    return rows.map(FeatureQuantization.deviceInt8)
  }
}
