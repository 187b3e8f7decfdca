/// What a source's clips are for.
public enum SourceRole: String, Hashable, Sendable, CaseIterable {
  /// Recordings of the wake word, one utterance each.
  case positive
  /// Other words, phrases and speech: anything the detector must not accept.
  case negative
  /// Long recordings without the wake word. Only scored, never trained on.
  case ambient
  /// Background noise, mixed under clips of both classes.
  case noise
  /// Impulse responses of rooms.
  case impulse
}

/// Which part of the work may see a clip.
public enum Split: String, Hashable, Sendable, CaseIterable {
  case train, validation, test
}

/// A corpus as its YAML file describes it: the wake word and where its recordings are.
///
/// ```yaml
/// wake_word: jarvis
/// seed: 1                      # of everything random
/// speakers: keep               # optional: `split` moves whoever an index puts into several splits into one
/// sources:
///   - role: positive           # positive, negative, ambient, noise or impulse
///     index: recordings.csv    # a table with at least the column `path`; or `folder: some/dir`
///     where: {label: [jarvis]} # optional, with an index: column -> accepted values, `*` stands for anything
///     weight: 2                # optional: its clips are drawn twice as often as others of the role
///     split: train             # optional: all of the source goes there, whatever the index says
///     speaker: folder          # optional: who speaks: the `folder`, the `file` or `none`
///   - role: negative
///     index: recordings.csv
///     where: {label: [computer, smart_mirror, view_glass, "hardneg:*"]}
///   - {role: negative, folder: false_accepts, split: train, weight: 4}
///   - {role: ambient, index: recordings.csv, where: {path: ["ambient/*"]}}
///   - {role: noise, index: recordings.csv, where: {path: ["noise/*"]}}
///   - {role: impulse, folder: rooms}
/// ```
///
/// Paths are relative to the YAML file; paths in an index are relative to the index. Columns `label`, `speaker` and
/// `split` are used when they are there. `docs/corpus.md` explains each field to users.
public struct Corpus: Hashable, Sendable {
  public struct Source: Hashable, Sendable {
    public enum Location: Hashable, Sendable {
      case index(String)
      case folder(String)
    }

    public struct Condition: Hashable, Sendable {
      public var column: String
      public var patterns: [String]
    }

    /// Where the name of a clip's speaker comes from.
    public enum SpeakerRule: String, Hashable, Sendable, CaseIterable {
      /// In a folder source, the first folder below it; in an index, the folder part of the path.
      case folder
      /// The file's name without its folders and ending: `kim` for `words/kim.wav`.
      case file
      /// Nobody is known; each file may go into any split.
      case nobody = "none"
    }

    public var role: SourceRole
    public var location: Location
    /// All of them must hold.
    public var conditions: [Condition]
    /// How often its clips are drawn, against 1 for those of other sources with the same role.
    public var weight: Double
    /// Where all of its clips go; nil to decide by the index and by speakers.
    public var split: Split?
    /// Nil for what is usual: the index's column `speaker`, or a folder's first level.
    public var speaker: SpeakerRule?
    /// Line of the YAML file.
    public var line: Int
  }

  /// What becomes of a speaker whom an index puts into several splits.
  public enum RepeatedSpeakers: String, Hashable, Sendable, CaseIterable {
    /// They stay there, with a warning.
    case keep
    /// All their clips go where most of them are.
    case split
  }

  public var file: String
  public var wakeWord: String
  public var seed: UInt64
  public var sources: [Source]
  public var speakers: RepeatedSpeakers

  public init(
    file: String, wakeWord: String, seed: UInt64, sources: [Source],
    speakers: RepeatedSpeakers = .keep
  ) {
    self.file = file
    self.wakeWord = wakeWord
    self.seed = seed
    self.sources = sources
    self.speakers = speakers
  }

  /// Reads a corpus file.
  public init(file: String) throws(TrainingError) {
    try self.init(yaml: try StrictYAML.text(of: file), file: file)
  }

  /// - Parameter file: where the text came from; paths in it are relative to that file's folder.
  public init(yaml: String, file: String) throws(TrainingError) {
    let root = try StrictYAML(
      text: yaml, file: file, keys: ["wake_word", "seed", "sources", "speakers"])
    let wakeWord = try root.text("wake_word")
    guard wakeWord.utf8.count <= Self.longestWakeWord else {
      throw root.wrong(
        "wake_word", expected: "at most \(Self.longestWakeWord) bytes",
        found: "\(wakeWord.utf8.count) bytes")
    }
    var sources: [Source] = []
    let keys = ["role", "index", "folder", "where", "weight", "split", "speaker"]
    for entry in try root.mappings("sources", count: 1...1000, keys: keys) {
      sources.append(try Source(entry))
    }
    self.init(
      file: file, wakeWord: wakeWord, seed: UInt64(try root.int("seed", 0...Int(Int32.max))),
      sources: sources,
      speakers: root.has("speakers")
        ? try root.choice("speakers", RepeatedSpeakers.self) : .keep)
  }

  /// Bytes; a manifest shows it to people, so more is a mistake.
  static let longestWakeWord = 100

  /// The folder that relative paths start from, with a final slash; empty for the current folder.
  var folder: String {
    guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(file[...slash])
  }

  func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }
}

extension Corpus.Source {
  fileprivate init(_ entry: StrictYAML) throws(TrainingError) {
    let location: Location
    switch (entry.has("index"), entry.has("folder")) {
    case (true, false): location = .index(try entry.text("index"))
    case (false, true): location = .folder(try entry.text("folder"))
    case (true, true):
      throw entry.wrong("folder", expected: "either `index` or `folder`", found: "both")
    case (false, false): throw .missingKey(file: entry.file, line: entry.line, key: "index")
    }
    var conditions: [Condition] = []
    if entry.has("where") {
      if case .folder = location {
        throw entry.wrong("where", expected: "`where` only with `index`", found: "a folder")
      }
      conditions = try entry.lists("where").map { Condition(column: $0.key, patterns: $0.values) }
    }
    let role = try entry.choice("role", SourceRole.self)
    self.init(
      role: role, location: location, conditions: conditions,
      weight: entry.has("weight") ? try entry.number("weight", Self.weights) : 1,
      split: try Self.split(entry, role),
      speaker: entry.has("speaker") ? try entry.choice("speaker", SpeakerRule.self) : nil,
      line: entry.line)
  }

  /// A source that is never drawn should not be listed.
  private static let weights = 0.001...1000.0

  private static func split(_ entry: StrictYAML, _ role: SourceRole) throws(TrainingError) -> Split?
  {
    guard entry.has("split") else { return nil }
    let split = try entry.choice("split", Split.self)
    let allowed: [Split] =
      switch role {
      case .positive, .negative: Split.allCases
      case .ambient: [.validation, .test]
      case .noise, .impulse: [.train]
      }
    guard allowed.contains(split) else {
      let names = allowed.map(\.rawValue).joined(separator: " or ")
      throw entry.wrong(
        "split", expected: "\(names) for the role \(role.rawValue)", found: "`\(split.rawValue)`")
    }
    return split
  }
}

extension Corpus.Source.Condition {
  func matches(_ value: String) -> Bool { patterns.contains { Self.matches($0, value) } }

  /// `*` in a pattern stands for any text, also none; everything else for itself.
  package static func matches(_ pattern: String, _ value: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let value = Array(value.utf8)
    var p = 0
    var v = 0
    var star: (p: Int, v: Int)?
    while v < value.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, v)
        p += 1
      } else if p < pattern.count, pattern[p] == value[v] {
        p += 1
        v += 1
      } else if let last = star {
        star = (last.p, last.v + 1)
        p = last.p + 1
        v = last.v + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
