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
  /// A teacher's score file says nothing of so many recordings of the wake word that train.
  case withoutScore(Int, of: Int)

  /// What training misses of the held-out parts.
  static func missingParts(_ isEmpty: (SourceRole, Split) -> Bool) -> [CorpusWarning] {
    let parts: [(SourceRole, Split)] = [
      (.positive, .test), (.positive, .validation), (.negative, .validation),
    ]
    return parts.filter(isEmpty).map { .nothingHeldOut(role: $0, split: $1) }
  }
}

/// What a warning says: run folders keep it as text.
extension CorpusWarning {
  public var text: String { "\(about): \(statement)" }

  /// Who or what it is about.
  public var about: String {
    switch self {
    case .speakerInSeveralSplits(let speaker, _), .speakerMoved(let speaker, _, _),
      .oneSpeaker(let speaker):
      "speaker \(speaker)"
    case .listedTwice(let name, _), .severalRoles(let name, _), .unreadableName(let name): name
    case .nothingHeldOut(let role, let split): "\(role.rawValue) clips for \(split.rawValue)"
    case .roomsLeftOut: "impulse responses"
    case .withoutScore: "the teacher's scores"
    }
  }

  /// What is the matter with it.
  public var statement: String {
    switch self {
    case .speakerInSeveralSplits(_, let splits):
      "in the splits \(Self.names(splits)): scores on the test split will look better than they are "
        + "(`speakers: split` in the corpus moves each to one)"
    case .speakerMoved(_, let splits, let target):
      "was in the splits \(Self.names(splits)), all clips are now in \(target.rawValue)"
    case .listedTwice(_, let role): "listed more than once as \(role.rawValue); once is used"
    case .severalRoles(_, let roles):
      "has several roles: \(roles.map(\.rawValue).joined(separator: ", "))"
    case .oneSpeaker:
      "the only one who speaks the wake word: others may not be heard; add recordings of more people"
    case .nothingHeldOut:
      "none could be held out; add recordings of more people"
    case .roomsLeftOut(let used, let total):
      "\(used) of \(total) are used, evenly spread; memory is set aside for no more"
    case .withoutScore(let count, let total):
      "there is none for \(count) of \(total) recordings; they are learned from their label alone"
    case .unreadableName: "the name is not UTF-8, the file is left out; rename it"
    }
  }

  private static func names(_ splits: [Split]) -> String {
    splits.map(\.rawValue).joined(separator: ", ")
  }
}
