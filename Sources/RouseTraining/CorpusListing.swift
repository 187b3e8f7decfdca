import RouseAudio
import RouseNumerics

/// One recording that a corpus names, before it is opened.
public struct ClipRecord: Hashable, Sendable {
  /// Where the file is.
  public var file: String
  /// The path as the corpus writes it: what people recognise, the same on every machine.
  public var name: String
  public var role: SourceRole
  /// Index into the corpus's sources.
  public var source: Int
  public var label: String?
  public var speaker: String?
  /// The split that the index asks for.
  public var declaredSplit: Split?
  public var split: Split

  package init(
    file: String, name: String, role: SourceRole, source: Int, label: String?, speaker: String?,
    declaredSplit: Split?, split: Split
  ) {
    self.file = file
    self.name = name
    self.role = role
    self.source = source
    self.label = label
    self.speaker = speaker
    self.declaredSplit = declaredSplit
    self.split = split
  }
}

/// Something about a corpus that does not stop training and that its owner should know.
public enum CorpusWarning: Hashable, Sendable {
  /// The index puts one person into several splits: scores on the test split will look better than they are.
  case speakerInSeveralSplits(speaker: String, splits: [Split])
  /// One file is listed more than once in a role; the repetitions are left out.
  case listedTwice(name: String, role: SourceRole)
  /// One file has two roles, such as positive and negative.
  case severalRoles(name: String, roles: [SourceRole])
  /// No speaker could be held out: validation is done on training clips, or the test has no clips. Suggest recordings of
  /// more people.
  case nothingHeldOut(role: SourceRole, split: Split)
}

/// Every recording of a corpus with its role and split.
public struct CorpusListing: Hashable, Sendable {
  public var records: [ClipRecord]
  public var warnings: [CorpusWarning]

  /// Reads the indices and lists the folders; opens no recording.
  ///
  /// The order is that of the corpus file, then of the index or of the sorted folder.
  public init(_ corpus: Corpus) throws(TrainingError) {
    var records: [ClipRecord] = []
    var tables: [String: CSVTable] = [:]
    for (index, source) in corpus.sources.enumerated() {
      switch source.location {
      case .index(let path):
        let file = corpus.resolve(path)
        let table: CSVTable
        if let known = tables[file] {
          table = known
        } else {
          let bytes: [UInt8]
          do {
            bytes = try InputFile.read(file, limit: Self.largestIndex)
          } catch {
            throw .file(error)
          }
          table = try CSVTable(bytes: bytes, file: file)
          tables[file] = table
        }
        records += try Self.records(of: source, index, table)
      case .folder(let path):
        records += try Self.records(of: source, index, folder: path, in: corpus)
      }
    }
    var warnings: [CorpusWarning] = []
    Self.removeRepetitions(&records, &warnings)
    SpeakerSplit.assign(&records, seed: corpus.seed, warnings: &warnings)
    self.records = records
    self.warnings = warnings
  }

  /// Bytes: two million rows of ordinary length.
  static let largestIndex = 256 << 20

  public func records(_ role: SourceRole, _ split: Split) -> [ClipRecord] {
    records.filter { $0.role == role && $0.split == split }
  }

  // MARK: - Sources

  private static func records(
    of source: Corpus.Source, _ index: Int, _ table: CSVTable
  ) throws(TrainingError) -> [ClipRecord] {
    let path = try table.column("path")
    var filters: [(column: Int, condition: Corpus.Source.Condition)] = []
    for condition in source.conditions {
      filters.append((try table.column(condition.column), condition))
    }
    let label = table.columns.firstIndex(of: "label")
    let speaker = table.columns.firstIndex(of: "speaker")
    let split = table.columns.firstIndex(of: "split")
    let folder = table.file.utf8.lastIndex(of: UInt8(ascii: "/")).map { table.file[...$0] } ?? ""
    var records: [ClipRecord] = []
    for row in table.rows where filters.allSatisfy({ $1.matches(row.fields[$0]) }) {
      let name = row.fields[path]
      guard !name.isEmpty else {
        throw .badRow(file: table.file, line: row.line, expected: "a path", found: "an empty field")
      }
      records.append(
        ClipRecord(
          file: name.hasPrefix("/") ? name : folder + name, name: name, role: source.role,
          source: index, label: known(label.map { row.fields[$0] }),
          speaker: known(speaker.map { row.fields[$0] }),
          declaredSplit: try Self.split(known(split.map { row.fields[$0] }), table.file, row.line),
          split: .train))
    }
    return records
  }

  /// Files directly in the folder have no known speaker; the first folder below it names one.
  private static func records(
    of source: Corpus.Source, _ index: Int, folder: String, in corpus: Corpus
  ) throws(TrainingError) -> [ClipRecord] {
    let root = corpus.resolve(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)
    let files: [String]
    do {
      files = try AudioFolder.files(in: root)
    } catch {
      throw .folderMissing(file: corpus.file, line: source.line, folder: root)
    }
    return files.map { file in
      let inside = file.dropFirst(root.count + 1)
      let parts = inside.split(separator: "/")
      return ClipRecord(
        file: file, name: "\(folder)/\(inside)", role: source.role, source: index, label: nil,
        speaker: parts.count > 1 ? String(parts[0]) : nil, declaredSplit: nil, split: .train)
    }
  }

  /// An empty field and a dash both mean that the value is not known.
  private static func known(_ field: String?) -> String? {
    field == "" || field == "-" ? nil : field
  }

  private static func split(
    _ text: String?, _ file: String, _ line: Int
  ) throws(TrainingError) -> Split? {
    switch text {
    case nil: return nil
    case "train", "training": return .train
    case "validation", "valid", "val", "dev": return .validation
    case "test", "testing": return .test
    case .some(let other):
      throw .badRow(
        file: file, line: line, expected: "split train, validation or test", found: other)
    }
  }

  private static func removeRepetitions(
    _ records: inout [ClipRecord], _ warnings: inout [CorpusWarning]
  ) {
    var roles: [String: [SourceRole]] = [:]
    var kept: [ClipRecord] = []
    for record in records {
      let known = roles[record.file, default: []]
      if known.contains(record.role) {
        warnings.append(.listedTwice(name: record.name, role: record.role))
        continue
      }
      if !known.isEmpty {
        warnings.append(.severalRoles(name: record.name, roles: known + [record.role]))
      }
      roles[record.file] = known + [record.role]
      kept.append(record)
    }
    records = kept
  }
}
