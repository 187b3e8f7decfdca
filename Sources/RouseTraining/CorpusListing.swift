import RouseAudio
import RouseNumerics

/// Every recording of a corpus with its role and split.
public struct CorpusListing: Hashable, Sendable {
  /// The corpus file.
  public var file: String
  public var records: [ClipRecord]
  public var warnings: [CorpusWarning]
  /// What each source of the corpus holds, in the order of the file.
  public var sources: [SourceSummary]

  /// Reads the indices and lists the folders; opens no recording.
  ///
  /// The order is that of the corpus file, then of the index or of the sorted folder.
  public init(_ corpus: Corpus) throws(TrainingError) {
    file = corpus.file
    var reader = SourceReader(corpus)
    for index in corpus.sources.indices { try reader.read(index) }
    records = reader.records
    warnings = reader.warnings
    Self.removeRepetitions(&records, &warnings)
    SpeakerSplit.assign(&records, corpus, warnings: &warnings)
    sources = reader.summaries
    warnings += Self.singleSpeakers(records)
  }

  public func records(_ role: SourceRole, _ split: Split) -> [ClipRecord] {
    records.filter { $0.role == role && $0.split == split }
  }

  private static func removeRepetitions(
    _ records: inout [ClipRecord], _ warnings: inout [CorpusWarning]
  ) {
    var roles: [String: [SourceRole]] = [:]
    var kept: [ClipRecord] = []
    kept.reserveCapacity(records.count)
    for record in records {
      let file = record.file
      let known = roles[file, default: []]
      if known.contains(record.role) {
        warnings.append(.listedTwice(name: record.name, role: record.role))
        continue
      }
      if !known.isEmpty {
        warnings.append(.severalRoles(name: record.name, roles: known + [record.role]))
      }
      roles[file] = known + [record.role]
      kept.append(record)
    }
    records = kept
  }

  /// A detector that has heard one person knows that person.
  private static func singleSpeakers(_ records: [ClipRecord]) -> [CorpusWarning] {
    let positives = records.filter { $0.role == .positive }
    guard positives.count > 1, let speaker = positives[0].speaker,
      positives.allSatisfy({ $0.speaker == speaker })
    else { return [] }
    return [.oneSpeaker(speaker)]
  }
}

/// What one source of a corpus holds.
public struct SourceSummary: Hashable, Sendable {
  /// A value of an index's column and how many rows have it.
  public struct ColumnValue: Hashable, Sendable {
    public var value: String
    public var rows: Int
  }

  public var source: Corpus.Source
  /// Sound files in the folder, or rows of the index.
  public var listed = 0
  /// Those of them that the conditions let through.
  public var selected = 0
  /// Files in the folder whose names do not end like those of sound files.
  public var otherFiles = 0
  /// When nothing was selected: what the column of the condition that nothing met holds, most frequent first, ten at
  /// most.
  public var values: [ColumnValue] = []
  /// The column of `values`.
  public var column: String?

  public var weight: Double { source.weight }
}

/// Nothing is left of a role that training cannot do without, and what there was.
public struct MissingRole: Hashable, Sendable {
  public var role: SourceRole
  /// Where clips are missing.
  public var split: Split
  /// The corpus file.
  public var file: String
  /// The sources with this role; none when the corpus has no such source.
  public var sources: [SourceSummary]
  /// Listed clips of the role by split.
  public var listed: [Split: Int]
  /// Those of `split` that cannot be used, and why.
  public var skipped: [SkippedClip]
}
