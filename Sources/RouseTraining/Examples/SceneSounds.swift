import Glibc
import RouseAudio
import RouseNumerics

/// The sounds that scenes are made of.
extension SceneComposer {
  /// Of a long recording, one piece of at most this length goes into a scene.
  private static let longestPiece = 6 * 16_000

  /// Noise of 1 to 32 steps of 16 bits: the quiet that recordings of a real microphone have.
  func roomTone(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    let decibels = generator.uniform(-90, -60)
    return Level.scaled((0..<count).map { _ in generator.uniform(-1, 1) }, decibels: decibels)
  }

  /// Other people's speech, half a second to two, about as loud as the word.
  func speech(level: Double, _ generator: inout SeededGenerator) -> [Float] {
    var sound = piece(of: negatives.draw(&generator), &generator)
    let length = Int(generator.uniform(0.5, 2) * Self.rate)
    if sound.count > length {
      let start = generator.below(sound.count - length)
      sound = faded(Array(sound[start..<start + length]))
    }
    let power = Level.activePower(sound)
    guard power > 0, level > 0 else { return sound }
    let factor = Float((level / power).squareRoot())
    let decibels = generator.uniform(-12, 3)
    return Level.scaled(sound.map { $0 * factor }, decibels: decibels)
  }

  /// A part of a wake word that is not the word: its beginning or its end, its parts in another order, or all of it
  /// backwards. They sound like the recordings of the word, so that nothing but the word tells them apart.
  func partialWord(_ generator: inout SeededGenerator) -> [Float] {
    let clip = positives.draw(&generator)
    let word = Array(clip.floats[clip.word])
    if generator.unit() < Float(settings.scrambledFraction) {
      return scrambled(word, &generator)
    }
    if generator.unit() < 0.5 {
      let kept = Int(generator.uniform(0.25, 0.5) * Float(word.count))
      return faded(Array(word.prefix(kept)))
    }
    let kept = Int(generator.uniform(0.25, 0.55) * Float(word.count))
    return faded(Array(word.suffix(kept)))
  }

  /// Pieces of 100 to 250 ms in a random order in which the first is not first, or the whole backwards.
  private func scrambled(_ word: [Float], _ generator: inout SeededGenerator) -> [Float] {
    let length = Int(generator.uniform(0.1, 0.25) * Self.rate)
    var pieces = stride(from: 0, to: word.count, by: length).map {
      faded(Array(word[$0..<min($0 + length, word.count)]))
    }
    guard pieces.count > 1, generator.unit() >= 0.3 else { return word.reversed() }
    pieces.swapAt(0, 1 + generator.below(pieces.count - 1))
    for index in 1..<pieces.count {
      pieces.swapAt(index, index + generator.below(pieces.count - index))
    }
    return pieces.flatMap { $0 }
  }

  /// A piece of speech without the wake word, often changed; sometimes another piece lies on top of it.
  func strangeSpeech(_ generator: inout SeededGenerator) -> [Float] {
    var sound = changedSpeech(&generator)
    if generator.unit() < Float(settings.strangeSpeech.overlapProbability) {
      let other = Level.scaled(changedSpeech(&generator), decibels: generator.uniform(-12, 0))
      Self.mix(other, into: &sound, at: 0)
    }
    return sound
  }

  /// `sound`, or mostly its beginning: as much as a word or a few.
  func utterance(_ sound: [Float], _ generator: inout SeededGenerator) -> [Float] {
    let length = Int(generator.uniform(0.3, 1.8) * Self.rate)
    guard sound.count > length, generator.unit() < 0.7 else { return sound }
    return faded(Array(sound.prefix(length)))
  }

  private func changedSpeech(_ generator: inout SeededGenerator) -> [Float] {
    let settings = settings.strangeSpeech
    var sound = piece(of: negatives.draw(&generator), &generator)
    if generator.unit() < Float(settings.reversedProbability) { sound.reverse() }
    if generator.unit() < Float(settings.speedProbability) {
      let octaves = generator.uniform(
        Float(log2(settings.speed.lowerBound)), Float(log2(settings.speed.upperBound)))
      sound = SpeedChange.applied(to: sound, factor: exp2(octaves))
    }
    return sound
  }

  func piece(of clip: Clip, _ generator: inout SeededGenerator) -> [Float] {
    guard clip.samples.count > Self.longestPiece else { return clip.floats }
    let start = generator.below(clip.samples.count - Self.longestPiece)
    return faded(clip.samples[start..<start + Self.longestPiece].floats)
  }

  func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    guard !noises.isEmpty, generator.unit() < 0.8 else {
      let colour = ColouredNoise.allCases[generator.below(ColouredNoise.allCases.count)]
      return Level.scaled(colour.samples(count, &generator), decibels: -30)
    }
    let recording = noises[generator.below(noises.count)].samples
    return NoiseMixing.segment(
      of: recording, from: generator.below(recording.count), count: count)
  }

  /// Five milliseconds of fade at both ends: a cut must not click.
  func faded(_ x: [Float]) -> [Float] {
    var y = x
    let length = min(80, y.count / 2)
    for i in 0..<length {
      let gain = Float(i) / Float(length)
      y[i] *= gain
      y[y.count - 1 - i] *= gain
    }
    return y
  }

  /// Adds `sound` to `scene` from `start` on, as far as it lies inside.
  static func mix(_ sound: [Float], into scene: inout [Float], at start: Int) {
    let first = max(0, -start)
    let last = min(sound.count, scene.count - start)
    guard first < last else { return }
    for i in first..<last { scene[start + i] += sound[i] }
  }

  /// Zeros in `range` of `scene`, as far as it lies inside: a gate closed over the room's noise.
  static func silence(_ scene: inout [Float], _ range: Range<Int>) {
    for index in range.clamped(to: 0..<scene.count) { scene[index] = 0 }
  }
}
