import Foundation

/// The keys of `rouse corpus --json`. They are stable: keys may be added, none changes its name or meaning.
///
/// | key | value |
/// |---|---|
/// | `wakeWord` | the phrase |
/// | `parts[]` | `role`, `split`, `recordings`, `seconds`, `speakers`, `skipped` |
/// | `words` | `count`, and in ms `shortest`, `low` (5 %), `median`, `high` (95 %), `longest`; absent without words |
/// | `skipped[]` | `name`, `reason`: `audio`, `silent`, `tooShort` or `noSpeech` |
/// | `warnings[]` | `kind`: the name of the case of `CorpusWarning`; `about`: the speakers, files or roles |
/// | `missing[]` | roles that training cannot do without and that have nothing to train on |
/// | `scratchBytes` | disk for decoded sound |
extension CorpusReport {
  /// Keys in alphabetical order, two spaces of indentation, a newline at the end.
  public var json: String {
    let content = Content(
      wakeWord: wakeWord,
      parts: parts.map {
        .init(
          role: $0.role.rawValue, split: $0.split.rawValue, recordings: $0.recordings,
          seconds: Double($0.samples) / 16_000, speakers: $0.speakers, skipped: $0.skipped)
      },
      words: words.map {
        .init(
          count: $0.words, shortest: $0.shortest, low: $0.low, median: $0.median, high: $0.high,
          longest: $0.longest)
      },
      skipped: skipped.map { .init(name: $0.name, reason: $0.reason.key) },
      warnings: warnings.map { .init(kind: $0.key, about: $0.names) },
      missing: missing.map(\.role.rawValue), scratchBytes: scratchBytes)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(content) else {
      preconditionFailure("a report holds only text and finite numbers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Content: Encodable {
    struct Part: Encodable {
      var role: String
      var split: String
      var recordings: Int
      var seconds: Double
      var speakers: Int
      var skipped: Int
    }

    struct Words: Encodable {
      var count: Int
      var shortest: Int
      var low: Int
      var median: Int
      var high: Int
      var longest: Int
    }

    struct Skipped: Encodable {
      var name: String
      var reason: String
    }

    struct Warning: Encodable {
      var kind: String
      var about: [String]
    }

    var wakeWord: String
    var parts: [Part]
    var words: Words?
    var skipped: [Skipped]
    var warnings: [Warning]
    var missing: [String]
    var scratchBytes: Int
  }
}

extension SkippedClip.Reason {
  fileprivate var key: String {
    switch self {
    case .audio: "audio"
    case .silent: "silent"
    case .tooShort: "tooShort"
    case .noSpeech: "noSpeech"
    }
  }
}

extension CorpusWarning {
  fileprivate var key: String {
    switch self {
    case .speakerInSeveralSplits: "speakerInSeveralSplits"
    case .speakerMoved: "speakerMoved"
    case .listedTwice: "listedTwice"
    case .severalRoles: "severalRoles"
    case .oneSpeaker: "oneSpeaker"
    case .nothingHeldOut: "nothingHeldOut"
    case .roomsLeftOut: "roomsLeftOut"
    case .unreadableName: "unreadableName"
    case .withoutScore: "withoutScore"
    }
  }

  /// What the warning is about, then the splits or roles that it names.
  fileprivate var names: [String] {
    switch self {
    case .speakerInSeveralSplits(let speaker, let splits): [speaker] + splits.map(\.rawValue)
    case .speakerMoved(let speaker, _, let target): [speaker, target.rawValue]
    case .listedTwice(let name, let role): [name, role.rawValue]
    case .severalRoles(let name, let roles): [name] + roles.map(\.rawValue)
    case .oneSpeaker(let name), .unreadableName(let name): [name]
    case .nothingHeldOut(let role, let split): [role.rawValue, split.rawValue]
    case .roomsLeftOut, .withoutScore: []
    }
  }
}
