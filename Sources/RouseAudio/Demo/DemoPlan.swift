import RouseNumerics

/// Everything a demonstration corpus will hold, decided before anything is spoken.
struct DemoPlan: Sendable {
  /// One spoken text.
  struct Utterance: Hashable, Sendable {
    let text: String
    let voice: Voice
    let style: SpeechStyle
  }

  struct Clip: Hashable, Sendable {
    let path: String
    let label: String
    let split: DemoSplit
    let utterance: Utterance
  }

  /// Labels have underscores, which no phrase can hold.
  static let nearMissLabel = "near_miss"
  static let otherSpeechLabel = "other_speech"
  static let ambientLabel = "ambient_speech"

  let phrase: WakePhrase
  let seed: UInt64
  let counts: DemoCounts
  let speakers: DemoSpeakers
  /// Sentences without the phrase.
  let sentences: [String]
  let clips: [Clip]

  /// - Parameters:
  ///   - nearMisses: texts that do not sound like the phrase itself.
  ///   - words: short texts that do not sound like the phrase.
  init(
    _ phrase: WakePhrase, seed: UInt64, counts: DemoCounts, speakers: DemoSpeakers,
    nearMisses: [String], words: [String]
  ) {
    self.phrase = phrase
    self.seed = seed
    self.counts = counts
    self.speakers = speakers
    let free = NeutralSpeech.sentences.filter { !phrase.occurs(in: $0) }
    // A phrase such as "the" is in almost every sentence; words are left.
    let sentences = free.isEmpty ? words : free
    self.sentences = sentences
    // Sentences and words take turns.
    let other = (0..<max(sentences.count, words.count)).flatMap {
      [sentences[$0 % sentences.count]] + ($0 < words.count ? [words[$0]] : [])
    }
    // The same words asked, called and said: eSpeak NG and Flite change their melody with the mark.
    let called = ["", ".", "!", "?", ","].map { phrase.description + $0 }
    clips =
      Self.clips("positive", phrase.description, counts.positives, called, speakers, seed, 1)
      + Self.clips(
        "near_miss", Self.nearMissLabel, nearMisses.isEmpty ? 0 : counts.nearMisses, nearMisses,
        speakers, seed, 2)
      + Self.clips(
        "other_speech", Self.otherSpeechLabel, counts.otherSpeech, other, speakers, seed, 3)
  }

  private static func clips(
    _ folder: String, _ label: String, _ count: Int, _ texts: [String], _ speakers: DemoSpeakers,
    _ seed: UInt64, _ kind: UInt64
  ) -> [Clip] {
    var generator = SeededGenerator(seed: seed, stream: kind)
    var clips: [Clip] = []
    for split in DemoSplit.allCases {
      // A text and a speaker meet anew each round, since the lists are shuffled against each other.
      let order = texts.shuffled(using: &generator)
      for turn in 0..<Int((Double(count) * split.share).rounded()) {
        guard let voice = speakers.voice(split, turn: turn, &generator) else { break }
        let utterance = Utterance(
          text: order[(turn + turn / order.count) % order.count], voice: voice,
          style: style(&generator))
        let number = String(clips.count + 10_000).dropFirst()
        clips.append(
          Clip(
            path: "\(folder)/\(number).flac", label: label, split: split, utterance: utterance))
      }
    }
    return clips
  }

  /// A quarter slower to a third faster, up to a third of an octave lower or higher: what people do with a device.
  static func style(_ generator: inout SeededGenerator) -> SpeechStyle {
    SpeechStyle(speed: generator.uniform(0.75, 1.33), pitch: generator.uniform(0.8, 1.25))
  }
}
