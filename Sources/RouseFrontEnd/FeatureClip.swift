/// One recording in a feature store.
public struct FeatureClip: Hashable, Sendable {
  /// What identifies the recording, such as its path inside the corpus.
  public var name: String
  /// What is said in it.
  public var label: String
  /// Who says it; empty when unknown.
  public var speaker: String
  /// What it is used for, such as `train` or `test`.
  public var role: String
  /// Its rows in the store.
  public var rows: Range<Int>

  public init(name: String, label: String, speaker: String, role: String, rows: Range<Int>) {
    self.name = name
    self.label = label
    self.speaker = speaker
    self.role = role
    self.rows = rows
  }
}

/// The clip table: per clip the number of rows (8 bytes), then name, label, speaker and role, each as a length (4 bytes) and
/// UTF-8. Clips lie one after another, so first rows follow from the counts.
enum FeatureClipTable {
  /// A row count and four lengths.
  static let smallestEntry = 8 + 4 * 4

  static func bytes(of clip: FeatureClip) -> [UInt8] {
    var result: [UInt8] = []
    result.append(number: UInt64(clip.rows.count))
    for text in [clip.name, clip.label, clip.speaker, clip.role] {
      result.append(number: UInt32(text.utf8.count))
      result += Array(text.utf8)
    }
    return result
  }

  /// - Throws: the offset inside `bytes` at which the table is malformed.
  static func clips(
    _ bytes: [UInt8], count: Int, rowCount: Int
  ) throws(MalformedEntry) -> [FeatureClip] {
    guard count <= bytes.count / smallestEntry else { throw MalformedEntry(offset: 0) }
    var clips: [FeatureClip] = []
    clips.reserveCapacity(count)
    var position = 0
    var row = 0
    for _ in 0..<count {
      let start = position
      guard bytes.count - position >= smallestEntry else { throw MalformedEntry(offset: start) }
      let rows: UInt64 = bytes.number(at: position)
      guard rows <= UInt64(rowCount - row) else { throw MalformedEntry(offset: start) }
      position += 8
      let name = try text(bytes, &position)
      let label = try text(bytes, &position)
      let speaker = try text(bytes, &position)
      let role = try text(bytes, &position)
      clips.append(
        FeatureClip(
          name: name, label: label, speaker: speaker, role: role, rows: row..<row + Int(rows)))
      row += Int(rows)
    }
    guard position == bytes.count, row == rowCount else { throw MalformedEntry(offset: position) }
    return clips
  }

  private static func text(
    _ bytes: [UInt8], _ position: inout Int
  ) throws(MalformedEntry) -> String {
    guard bytes.count - position >= 4 else { throw MalformedEntry(offset: position) }
    let length: UInt32 = bytes.number(at: position)
    guard bytes.count - position - 4 >= Int(length),
      let text = String(
        validating: bytes[(position + 4)..<(position + 4 + Int(length))], as: UTF8.self)
    else { throw MalformedEntry(offset: position) }
    position += 4 + Int(length)
    return text
  }

  struct MalformedEntry: Error {
    var offset: Int
  }
}
