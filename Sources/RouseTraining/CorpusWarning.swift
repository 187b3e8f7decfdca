/// Something about a corpus that does not stop training and that its owner should know.
public enum CorpusWarning: Hashable, Sendable {
  /// The index puts one person into several splits: scores on the test split will look better than they are.
  case speakerInSeveralSplits(speaker: String, splits: [Split])
  /// The same, and all clips of the person that are free to move are now in one split, because the corpus asked for it.
  case speakerMoved(speaker: String, splits: [Split], to: Split)
  /// One file is listed more than once in a role; the repetitions are left out.
  case listedTwice(name: String, role: SourceRole)
  /// One file has two roles, such as positive and negative.
  case severalRoles(name: String, roles: [SourceRole])
  /// All recordings of the wake word are of one person: nobody can be held out, and others may not be heard.
  case oneSpeaker(String)
  /// No speaker could be held out: validation is done on training clips, or the test has no clips. Suggest recordings of
  /// more people.
  case nothingHeldOut(role: SourceRole, split: Split)
  /// More impulse responses than memory is set aside for; evenly spread ones are used.
  case roomsLeftOut(used: Int, of: Int)
  /// A file whose name is not UTF-8 (the broken bytes are replaced here) is left out. Suggest to rename it.
  case unreadableName(String)

  /// What training misses of the held-out parts.
  static func missingParts(_ isEmpty: (SourceRole, Split) -> Bool) -> [CorpusWarning] {
    let parts: [(SourceRole, Split)] = [
      (.positive, .test), (.positive, .validation), (.negative, .validation),
    ]
    return parts.filter(isEmpty).map { .nothingHeldOut(role: $0, split: $1) }
  }
}
