import RouseNumerics

/// Divides clips into train, validation and test so that no person is in two of them.
///
/// 1. A split that the index declares is kept, except that ambient clips are never trained on (`test` unless declared
///    `validation`), and noise and impulse responses are always `train`.
/// 2. Without a declared split, whole speakers go to `test` until it holds 15 % of a source's clips.
/// 3. If a source declares no validation clips, whole speakers of its train part go to validation until it holds
///    15 %.
///
/// A clip without a known speaker is a speaker of its own. Speakers are taken in the order of a hash of their name
/// and the seed, so adding one does not reshuffle the others. At least one speaker stays in train.
package enum SpeakerSplit {
  static let heldOutFraction = 0.15

  static func assign(
    _ records: inout [ClipRecord], seed: UInt64, warnings: inout [CorpusWarning]
  ) {
    var speakers = Speakers()
    for index in records.indices {
      switch records[index].role {
      case .ambient:
        records[index].split = records[index].declaredSplit == .validation ? .validation : .test
      case .noise, .impulse: records[index].split = .train
      case .positive, .negative:
        records[index].split = records[index].declaredSplit ?? .train
        speakers.note(records[index])
      }
    }
    warnings += speakersInSeveralSplits(records)
    let sources = Set(records.filter { $0.role == .positive || $0.role == .negative }.map(\.source))
    for target in [Split.test, .validation] {
      for source in sources.sorted() {
        let members = records.indices.filter { records[$0].source == source }
        // An index that declares anybody's split declares all its test people.
        let declares = members.contains {
          let declared = records[$0].declaredSplit
          return target == .test ? declared != nil : declared == target
        }
        if declares { continue }
        hold(members.filter { records[$0].split == .train }, target, &records, &speakers, seed)
      }
    }
  }

  /// Moves whole speakers of `members` to `target` until enough clips are there.
  private static func hold(
    _ members: [Int], _ target: Split, _ records: inout [ClipRecord], _ speakers: inout Speakers,
    _ seed: UInt64
  ) {
    let wanted = Int((Double(members.count) * heldOutFraction).rounded())
    var clips: [String: [Int]] = [:]
    for index in members { clips[key(records[index]), default: []].append(index) }
    let order = clips.keys.sorted { (hash($0, seed), $0) < (hash($1, seed), $1) }
    var held = 0
    func move(_ speaker: String) {
      for index in clips[speaker] ?? [] { records[index].split = target }
      held += clips[speaker]?.count ?? 0
      speakers.heldOut[speaker] = target
    }
    // People whom another source has put here already come first, wherever the hash has them.
    for speaker in order where speakers.heldOut[speaker] == target { move(speaker) }
    let free = order.filter { speakers.mayMove($0, to: target) }
    for speaker in free.dropLast() where held < wanted { move(speaker) }
    for speaker in free where speakers.heldOut[speaker] == nil {
      speakers.kept[target, default: []].insert(speaker)
    }
  }

  /// Decisions about people that later sources must respect.
  private struct Speakers {
    var heldOut: [String: Split] = [:]
    /// Who stays out of a split because an earlier source already left them in train.
    var kept: [Split: Set<String>] = [:]

    mutating func note(_ record: ClipRecord) {
      let speaker = key(record)
      switch record.declaredSplit {
      case .test: heldOut[speaker] = .test
      case .validation: if heldOut[speaker] == nil { heldOut[speaker] = .validation }
      case .train: kept[.test, default: []].insert(speaker)
      case nil: break
      }
    }

    func mayMove(_ speaker: String, to target: Split) -> Bool {
      heldOut[speaker] == nil && kept[target]?.contains(speaker) != true
    }
  }

  private static func speakersInSeveralSplits(_ records: [ClipRecord]) -> [CorpusWarning] {
    var splits: [String: Set<Split>] = [:]
    for record in records where record.role == .positive || record.role == .negative {
      guard let speaker = record.speaker, let split = record.declaredSplit else { continue }
      splits[speaker, default: []].insert(split)
    }
    return splits.filter { $0.value.count > 1 }.keys.sorted().map { speaker in
      .speakerInSeveralSplits(
        speaker: speaker, splits: Split.allCases.filter { splits[speaker]?.contains($0) == true })
    }
  }

  private static func key(_ record: ClipRecord) -> String {
    record.speaker.map { "speaker \($0)" } ?? "file \(record.name)"
  }

  /// FNV-1a of the bytes, finished by SplitMix64 so that every bit counts in the order.
  ///
  /// - Source: Fowler, Noll, Vo; offset basis and prime as in RFC 9923 for 64 bits.
  static func hash(_ text: String, _ seed: UInt64) -> UInt64 {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var generator = SeededGenerator(seed: state ^ seed)
    return generator.next()
  }
}
