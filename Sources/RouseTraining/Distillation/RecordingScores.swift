import Glibc
import RouseNumerics

/// How sure somebody is that recordings hold the wake word: a CSV with the columns `path`, as the corpus writes it, and
/// `score`, a probability from 0 to 1.
public struct RecordingScores: Sendable {
  let file: String
  /// SHA-256 of the file, in hexadecimal.
  let digest: String
  private let entries: [(name: String, line: Int)]
  private let logits: [String: Float]

  /// A score of 0 or 1 stands for a logit of this size: a probability of 1 in 8 million.
  private static let largestLogit: Float = 16

  /// - Throws: `.file`, `.missingColumn`, `.badRow` for what is no table, a score outside 0…1, and a path that was there before.
  public init(file: String) throws(TrainingError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(file, limit: SourceReader.largestIndex)
    } catch { throw .file(error) }
    let table = try CSVTable(bytes: bytes, file: file)
    let (path, score) = (try table.column("path"), try table.column("score"))
    var entries: [(name: String, line: Int)] = []
    var logits: [String: Float] = [:]
    try table.forEachRow { (row) throws(TrainingError) in
      let (name, text) = (row.fields[path], row.fields[score])
      guard let probability = Double(text), (0...1).contains(probability) else {
        throw .badRow(
          file: file, line: row.line, expected: "a score from 0 to 1", found: "`\(text)`")
      }
      guard logits[name] == nil else {
        throw .badRow(
          file: file, line: row.line, expected: "each path once", found: "`\(name)` again")
      }
      entries.append((name, row.line))
      logits[name] = Self.logit(probability)
    }
    self.file = file
    digest = SHA256.hex(SHA256.digest(bytes))
    self.entries = entries
    self.logits = logits
  }

  private static func logit(_ probability: Double) -> Float {
    let logit = Float(log(probability) - log1p(-probability))
    return min(max(logit, -largestLogit), largestLogit)
  }

  /// The logit of a recording, by its path as the corpus writes it.
  subscript(name: String) -> Float? { logits[name] }

  /// - Throws: `.unknownRecording` for a path that the corpus does not list as a recording of the word, `.noScores` when
  ///   there is none for the train split.
  func check(_ listing: CorpusListing) throws(TrainingError) {
    var names: [String] = []
    var known: Set<String> = []
    var isTrained = false
    for record in listing.records where record.role == .positive {
      names.append(record.name)
      known.insert(record.name)
      isTrained = isTrained || record.split == .train && logits[record.name] != nil
    }
    for entry in entries where !known.contains(entry.name) {
      throw .unknownRecording(
        file: file, line: entry.line, name: entry.name,
        nearest: EditDistance.nearest(to: entry.name, among: names))
    }
    guard isTrained else { throw .noScores(file: file) }
  }
}
