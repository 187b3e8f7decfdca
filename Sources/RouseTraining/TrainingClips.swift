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
      let names = Set(listing.records(role, .train).map(\.name))
      throw .noUsableClips(
        role: role, split: .train, listed: names.count,
        skipped: store.skipped.filter { names.contains($0.name) })
    }
    positives = store.clips(.positive, .train)
    negatives = store.clips(.negative, .train)
    noises = store.clips(.noise, .train)
    impulses = store.clips(.impulse, .train)
    testPositives = store.clips(.positive, .test)
    if testPositives.isEmpty { warnings.append(.nothingHeldOut(role: .positive, split: .test)) }
    var held: [SourceRole: [Clip]] = [:]
    for role in [SourceRole.positive, .negative] {
      held[role] = store.clips(role, .validation)
      if held[role]?.isEmpty != false {
        warnings.append(.nothingHeldOut(role: role, split: .validation))
        held[role] = store.clips(role, .train)
      }
    }
    validationPositives = held[.positive] ?? []
    validationNegatives = held[.negative] ?? []
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
