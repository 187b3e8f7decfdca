/// The usable recordings of a corpus by what training does with them.
struct TrainingClips: Sendable {
  let positives: [Clip]
  let negatives: [Clip]
  let validationPositives: [Clip]
  let validationNegatives: [Clip]
  let testPositives: [Clip]
  let noises: [Clip]
  let impulses: [Clip]

  /// A corpus of one speaker has nobody to validate on; its train clips then stand in, with a warning.
  ///
  /// - Throws: `.noUsableClips` when there are no positives or no negatives to train on.
  init(
    _ store: ClipStore, _ listing: CorpusListing, warnings: inout [CorpusWarning]
  ) throws(TrainingError) {
    for role in [SourceRole.positive, .negative] where store.clips(role, .train).isEmpty {
      throw .noUsableClips(MissingRole(role, .train, skipped: store.skipped, listing))
    }
    positives = store.clips(.positive, .train)
    negatives = store.clips(.negative, .train)
    noises = store.clips(.noise, .train)
    let rooms = store.clips(.impulse, .train)
    impulses = Self.spread(rooms, upTo: Self.mostImpulseSamples)
    if impulses.count < rooms.count {
      warnings.append(.roomsLeftOut(used: impulses.count, of: rooms.count))
    }
    testPositives = store.clips(.positive, .test)
    warnings += CorpusWarning.missingParts { store.clips($0, $1).isEmpty }
    var held: [SourceRole: [Clip]] = [:]
    for role in [SourceRole.positive, .negative] {
      held[role] = store.clips(role, .validation)
      if held[role]?.isEmpty != false { held[role] = store.clips(role, .train) }
    }
    validationPositives = held[.positive] ?? []
    validationNegatives = held[.negative] ?? []
  }

  /// Rooms are held ready to convolve with: 500 responses of a second take 100 MB.
  private static let mostImpulseSamples = 500 * 16_000

  /// All of `clips`, or evenly spread ones that together have no more than `limit` samples; one at least.
  private static func spread(_ clips: [Clip], upTo limit: Int) -> [Clip] {
    let total = clips.reduce(0) { $0 + $1.samples.count }
    guard total > limit else { return clips }
    var count = clips.count * limit / total
    while count > 1 {
      let chosen = (0..<count).map { clips[$0 * clips.count / count] }
      if chosen.reduce(0, { $0 + $1.samples.count }) <= limit { return chosen }
      count -= 1
    }
    return Array(clips.prefix(1))
  }
}

extension MissingRole {
  package init(
    _ role: SourceRole, _ split: Split, skipped: [SkippedClip], _ listing: CorpusListing
  ) {
    var listed: [Split: Int] = [:]
    var names: Set<String> = []
    for record in listing.records where record.role == role {
      listed[record.split, default: 0] += 1
      if record.split == split { names.insert(record.name) }
    }
    self.init(
      role: role, split: split, file: listing.file,
      sources: listing.sources.filter { $0.source.role == role }, listed: listed,
      skipped: skipped.filter { names.contains($0.name) })
  }
}

extension ClipStore {
  /// Clips by role and split.
  var counts: [SourceRole: [Split: Int]] {
    var counts: [SourceRole: [Split: Int]] = [:]
    for clip in clips { counts[clip.record.role, default: [:]][clip.record.split, default: 0] += 1 }
    return counts
  }
}
