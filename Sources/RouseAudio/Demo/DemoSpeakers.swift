import RouseNumerics

/// Speakers divided among the splits: a voice that is tested was never trained on, in no accent and no variant.
struct DemoSpeakers: Sendable {
  /// Voices of one program that are one speaker in different accents.
  struct Speaker: Hashable, Sendable {
    let name: String
    let voices: [Voice]
  }

  private let espeak: [DemoSplit: [Speaker]]
  private let flite: [DemoSplit: [Speaker]]

  init(_ catalog: VoiceCatalog, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: 0x5B3A_6E25)
    func speakers(_ program: Voice.Program) -> [Speaker] {
      let groups = Dictionary(
        grouping: catalog.voices.filter { $0.program == program }, by: \.speaker)
      return groups.keys.sorted(by: AudioFolder.bytesBefore)
        .map { Speaker(name: $0, voices: groups[$0] ?? []) }
        .shuffled(using: &generator)
    }
    espeak = Self.divided(speakers(.espeak))
    flite = Self.divided(speakers(.flite))
  }

  /// Test first: a split that would get nobody of a few speakers should be validation.
  private static func divided(_ speakers: [Speaker]) -> [DemoSplit: [Speaker]] {
    guard speakers.count >= 3 else { return [.train: speakers] }
    let test = max(1, Int(Double(speakers.count) * DemoSplit.test.share))
    let validation = max(1, Int(Double(speakers.count) * DemoSplit.validation.share))
    return [
      .test: Array(speakers[..<test]),
      .validation: Array(speakers[test..<test + validation]),
      .train: Array(speakers[(test + validation)...]),
    ]
  }

  func speakers(of split: DemoSplit) -> [Speaker] { (espeak[split] ?? []) + (flite[split] ?? []) }

  /// The speaker whose turn it is, with an accent drawn for this time.
  ///
  /// Every fifth turn is Flite's: its few voices are made of recordings and sound more like people.
  func voice(_ split: DemoSplit, turn: Int, _ generator: inout SeededGenerator) -> Voice? {
    let recorded = flite[split] ?? []
    let formant = espeak[split] ?? []
    let useFlite = turn % 5 == 4 && !recorded.isEmpty || formant.isEmpty
    let group = useFlite ? recorded : formant
    guard !group.isEmpty else { return nil }
    let speaker = group[(useFlite ? turn / 5 : turn - (turn + 1) / 5) % group.count]
    return speaker.voices[generator.below(speaker.voices.count)]
  }
}
