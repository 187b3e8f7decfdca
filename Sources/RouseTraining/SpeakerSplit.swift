import RouseNumerics

/// Divides clips into train, validation and test so that no person is in two of them.
///
/// 1. A split that the index declares is kept, except that ambient clips are never trained on (`test` unless declared
///    `validation`), and noise and impulse responses are always `train`.
/// 2. Without a declared split, whole speakers go to `test` until it holds 15 % of a source's clips.
/// 3. If a source declares no validation clips and has no `split` of its own, whole speakers of its train part go to validation until it holds
///    15 %.
///
/// With `speakers: split`, a person whom indices put into several splits is first moved to one of them: to the split that a
/// source's own `split` sends them to, else to the one with most of their clips, train first when there are as many.
///
/// A clip without a known speaker is a speaker of its own. Speakers are taken in the order of a hash of their name
/// and the seed, so adding one does not reshuffle the others. At least one speaker stays in train.
package enum SpeakerSplit {
  static let heldOutFraction = 0.15

  static func assign(
    _ records: inout [ClipRecord], _ corpus: Corpus, warnings: inout [CorpusWarning]
  ) {
    if corpus.speakers == .split { gather(&records, corpus, &warnings) }
    var speakers = Speakers()
    for index in records.indices {
      switch records[index].role {
      case .ambient:
        records[index].split = records[index].declaredSplit == .validation ? .validation : .test
      case .noise, .impulse: records[index].split = .train
      case .positive, .negative:
        records[index].split = records[index].declaredSplit ?? .train
        speakers.note(records[index], isFixed: corpus.sources[records[index].source].split != nil)
      }
    }
    warnings += speakersInSeveralSplits(records)
    let seed = corpus.seed
    let sources = Set(records.filter { $0.role == .positive || $0.role == .negative }.map(\.source))
    for target in [Split.test, .validation] {
      for source in sources.sorted() {
        let members = records.indices.filter { records[$0].source == source }
        // An index that declares anybody's split declares all its test people.
        let declares = members.contains {
          let declared = records[$0].declaredSplit
          return target == .test ? declared != nil : declared == target
        }
        // A source that says where all of its clips go is not divided.
        if declares || corpus.sources[source].split != nil { continue }
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
    let order = clips.keys.map { (hash: hash($0, seed), key: $0) }.sorted {
      ($0.hash, $0.key) < ($1.hash, $1.key)
    }.map(\.key)
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

    /// - Parameter isFixed: the record's source may not be divided.
    mutating func note(_ record: ClipRecord, isFixed: Bool) {
      let speaker = key(record)
      switch record.declaredSplit {
      case .test: heldOut[speaker] = .test
      case .validation: if heldOut[speaker] == nil { heldOut[speaker] = .validation }
      case .train:
        kept[.test, default: []].insert(speaker)
        if isFixed { kept[.validation, default: []].insert(speaker) }
      case nil: break
      }
    }

    func mayMove(_ speaker: String, to target: Split) -> Bool {
      heldOut[speaker] == nil && kept[target]?.contains(speaker) != true
    }
  }

  private static func speakersInSeveralSplits(_ records: [ClipRecord]) -> [CorpusWarning] {
    let splits = declaredSplits(records) { _ in true }
    return splits.filter { $0.value.count > 1 }.keys.sorted().map { speaker in
      .speakerInSeveralSplits(speaker: speaker, splits: inOrder(splits[speaker] ?? [:]))
    }
  }

  /// Moves people in several splits to one.
  private static func gather(
    _ records: inout [ClipRecord], _ corpus: Corpus, _ warnings: inout [CorpusWarning]
  ) {
    let isFixed = { (record: ClipRecord) in corpus.sources[record.source].split != nil }
    let splits = declaredSplits(records) { _ in true }
    let fixed = declaredSplits(records, where: isFixed)
    var targets: [String: Split] = [:]
    for speaker in splits.filter({ $0.value.count > 1 }).keys.sorted() {
      let counts = fixed[speaker] ?? splits[speaker] ?? [:]
      let most = counts.values.max()
      guard let target = inOrder(counts).first(where: { counts[$0] == most }) else { continue }
      targets[speaker] = target
      warnings.append(
        .speakerMoved(speaker: speaker, splits: inOrder(splits[speaker] ?? [:]), to: target))
    }
    for index in records.indices where isSplit(records[index]) && !isFixed(records[index]) {
      guard let speaker = records[index].speaker, let target = targets[speaker] else { continue }
      records[index].declaredSplit = target
    }
  }

  /// Clips of each known speaker by the split they declare.
  private static func declaredSplits(
    _ records: [ClipRecord], where isWanted: (ClipRecord) -> Bool
  ) -> [String: [Split: Int]] {
    var counts: [String: [Split: Int]] = [:]
    for record in records where isSplit(record) && isWanted(record) {
      guard let speaker = record.speaker, let split = record.declaredSplit else { continue }
      counts[speaker, default: [:]][split, default: 0] += 1
    }
    return counts
  }

  private static func inOrder(_ counts: [Split: Int]) -> [Split] {
    Split.allCases.filter { counts[$0] != nil }
  }

  private static func isSplit(_ record: ClipRecord) -> Bool {
    record.role == .positive || record.role == .negative
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
