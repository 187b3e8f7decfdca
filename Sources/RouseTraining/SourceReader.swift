import Glibc
import RouseAudio
import RouseNumerics

/// Turns the sources of a corpus into records, one source after the other.
struct SourceReader {
  private(set) var records: [ClipRecord] = []
  private(set) var warnings: [CorpusWarning] = []
  private(set) var summaries: [SourceSummary] = []
  private let corpus: Corpus
  /// An index is often used by several sources.
  private var tables: [String: CSVTable] = [:]
  /// Speakers and labels repeat: one copy of each serves all records.
  private var known: [String: String] = [:]

  /// Bytes: two million rows of ordinary length.
  static let largestIndex = 256 << 20

  init(_ corpus: Corpus) { self.corpus = corpus }

  mutating func read(_ index: Int) throws(TrainingError) {
    let source = corpus.sources[index]
    switch source.location {
    case .index(let path): try read(source, index, try table(path, source))
    case .folder(let path): try read(source, index, folder: path)
    }
  }

  // MARK: - Indices

  private mutating func table(
    _ path: String, _ source: Corpus.Source
  ) throws(TrainingError) -> CSVTable {
    let file = corpus.resolve(path)
    if let known = tables[file] { return known }
    var status = stat()
    if stat(file, &status) != 0 {
      let code = errno
      guard code != ENOENT else { throw missing(file, source) }
      throw .file(FileError(path: file, operation: .open, code: code))
    }
    // Opening a pipe that nobody writes would wait for ever.
    guard status.st_mode & S_IFMT == S_IFREG else {
      let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP
      throw .file(FileError(path: file, operation: .status, code: code))
    }
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(file, limit: Self.largestIndex)
    } catch {
      throw .file(error)
    }
    let table = try CSVTable(bytes: bytes, file: file)
    tables[file] = table
    return table
  }

  private mutating func read(
    _ source: Corpus.Source, _ index: Int, _ table: CSVTable
  ) throws(TrainingError) {
    let path = try table.column("path")
    var filters: [(column: Int, condition: Corpus.Source.Condition)] = []
    for condition in source.conditions {
      filters.append((try table.column(condition.column), condition))
    }
    let label = table.columns.firstIndex(of: "label")
    let speaker = table.columns.firstIndex(of: "speaker")
    let split = table.columns.firstIndex(of: "split")
    let base = table.file.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(table.file[...$0]) }
    var summary = SourceSummary(source: source)
    /// Rows that meet the first conditions up to each.
    var passed = [Int](repeating: 0, count: filters.count)
    try table.forEachRow { (row) throws(TrainingError) in
      summary.listed += 1
      for (position, filter) in filters.enumerated() {
        guard filter.condition.matches(row.fields[filter.column]) else { return }
        passed[position] += 1
      }
      summary.selected += 1
      let name = row.fields[path]
      guard !name.isEmpty else {
        throw .badRow(file: table.file, line: row.line, expected: "a path", found: "an empty field")
      }
      let declared = try Self.split(Self.value(split.map { row.fields[$0] }), table.file, row.line)
      let inIndex = Self.value(speaker.map { row.fields[$0] })
      let record = ClipRecord(
        base: base ?? "", name: name, role: source.role, source: index,
        label: shared(Self.value(label.map { row.fields[$0] })),
        speaker: shared(self.speaker(name, source.speaker, usual: inIndex)),
        declaredSplit: source.split ?? declared, split: .train)
      records.append(record)
    }
    if let unmet = passed.firstIndex(of: 0), summary.listed > 0 {
      summary.column = filters[unmet].condition.column
      summary.values = try Self.values(of: filters[unmet].column, in: table)
    }
    summaries.append(summary)
  }

  private static func values(
    of column: Int, in table: CSVTable
  ) throws(TrainingError) -> [SourceSummary.ColumnValue] {
    var counts: [String: Int] = [:]
    try table.forEachRow { (row) throws(TrainingError) in
      counts[row.fields[column], default: 0] += 1
    }
    let ordered = counts.sorted {
      ($1.value, $0.key) < ($0.value, $1.key)
    }
    return ordered.prefix(10).map { SourceSummary.ColumnValue(value: $0.key, rows: $0.value) }
  }

  /// An empty field and a dash both mean that the value is not known.
  private static func value(_ field: String?) -> String? {
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

  // MARK: - Folders

  private mutating func read(
    _ source: Corpus.Source, _ index: Int, folder: String
  ) throws(TrainingError) {
    let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    let root = corpus.resolve(trimmed)
    let contents: AudioFolder.Contents
    do {
      contents = try AudioFolder.contents(of: root)
    } catch {
      var status = stat()
      if stat(root, &status) != 0, errno == ENOENT { throw missing(root, source) }
      throw .folderUnreadable(file: corpus.file, line: source.line, cause: error)
    }
    let start = root.utf8.count + (root.hasSuffix("/") ? 0 : 1)
    for file in contents.files {
      let inside = String(decoding: file.utf8.dropFirst(start), as: UTF8.self)
      // Files directly in the folder have no known speaker; the first folder below it names one.
      let parts = inside.split(separator: "/", maxSplits: 1)
      let usual = parts.count > 1 ? String(parts[0]) : nil
      let rule = source.speaker == .folder ? nil : source.speaker
      let record = ClipRecord(
        base: corpus.folder, name: trimmed == "/" ? file : "\(trimmed)/\(inside)",
        role: source.role, source: index, label: nil,
        speaker: shared(speaker(inside, rule, usual: usual)), declaredSplit: source.split,
        split: .train)
      records.append(record)
    }
    warnings += contents.unreadableNames.map { name in
      .unreadableName("\(trimmed)/" + String(decoding: name.utf8.dropFirst(start), as: UTF8.self))
    }
    var summary = SourceSummary(source: source)
    summary.listed = contents.files.count
    summary.selected = contents.files.count
    summary.otherFiles = contents.otherFiles
    summaries.append(summary)
  }

  // MARK: - Parts

  private func speaker(
    _ path: String, _ rule: Corpus.Source.SpeakerRule?, usual: String?
  ) -> String? {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    switch rule {
    case nil: return usual
    case .nobody: return nil
    case .folder: return slash.map { String(path[..<$0]) }
    case .file:
      let name = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
      let dot = name.utf8.lastIndex(of: UInt8(ascii: "."))
      return String(dot.map { $0 == name.startIndex ? name : name[..<$0] } ?? name)
    }
  }

  private mutating func shared(_ text: String?) -> String? {
    guard let text else { return nil }
    if let known = known[text] { return known }
    known[text] = text
    return text
  }

  /// A path that does not exist, with what its folder holds instead.
  private func missing(_ path: String, _ source: Corpus.Source) -> TrainingError {
    // The first part that does not exist is where the mistake is.
    var existing = ""
    var status = stat()
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      let next = existing.isEmpty && !path.hasPrefix("/") ? String(part) : "\(existing)/\(part)"
      let name = next.isEmpty ? "/" : next
      if stat(name, &status) == 0 {
        existing = next == "/" ? "" : next
        continue
      }
      let folder = existing.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : existing
      let nearest = EditDistance.nearest(to: String(part), among: Self.names(in: folder))
      return .sourceMissing(
        file: corpus.file, line: source.line, path: path,
        nearest: nearest.map { existing.isEmpty && !path.hasPrefix("/") ? $0 : "\(existing)/\($0)" }
      )
    }
    return .sourceMissing(file: corpus.file, line: source.line, path: path, nearest: nil)
  }

  /// At most 10,000 of the names in a folder, sorted.
  private static func names(in folder: String) -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while names.count < 10_000, let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      if let name, !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted(by: AudioFolder.bytesBefore)
  }
}
