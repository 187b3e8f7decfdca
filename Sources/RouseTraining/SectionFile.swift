import RouseNumerics

/// Named texts, numbers and floats in one checked binary file: checkpoints and trained models.
///
/// | bytes | content |
/// |---|---|
/// | 0..<8 | `ROUSERUN` |
/// | 8..<12 | version, 1 |
/// | 12..<16 | kind: 1 checkpoint, 2 trained model |
/// | 16..<20 | number of sections |
/// | 20..<24 | zero |
/// | … | the sections |
/// | last 32 | SHA-256 of everything before |
///
/// A section is the length of its name (2 bytes), the name in UTF-8, its type (1 byte: 0 text in UTF-8, 1 float32, 2
/// unsigned 64-bit numbers), the length of its content in bytes (8 bytes) and the content. Numbers are little-endian.
/// Nothing in such a file is executed or names a path; reading allocates no more than the file holds.
package struct SectionFile: Hashable, Sendable {
  package enum Kind: UInt32, Hashable, Sendable {
    case checkpoint = 1
    case model = 2
  }

  package enum Content: Hashable, Sendable {
    case text(String)
    case floats([Float])
    case numbers([UInt64])
  }

  package struct Section: Hashable, Sendable {
    package var name: String
    package var content: Content

    package init(_ name: String, _ content: Content) {
      self.name = name
      self.content = content
    }
  }

  package var kind: Kind
  package var sections: [Section]

  package init(_ kind: Kind, _ sections: [Section]) {
    self.kind = kind
    self.sections = sections
  }

  private static let magic = Array("ROUSERUN".utf8)
  private static let version: UInt32 = 1
  private static let headerBytes = 24
  /// Hundreds of times the checkpoint of the standard network.
  private static let largestBytes = 1 << 30

  // MARK: - Writing

  package var bytes: [UInt8] {
    var result = Self.magic
    result.add(Self.version)
    result.add(kind.rawValue)
    result.add(UInt32(sections.count))
    result.add(UInt32(0))
    for section in sections {
      let name = Array(section.name.utf8)
      result.add(UInt16(name.count))
      result += name
      switch section.content {
      case .text(let text):
        result.append(0)
        result.add(UInt64(text.utf8.count))
        result += Array(text.utf8)
      case .floats(let values):
        result.append(1)
        result.add(UInt64(4 * values.count))
        for value in values { result.add(value.bitPattern) }
      case .numbers(let values):
        result.append(2)
        result.add(UInt64(8 * values.count))
        for value in values { result.add(value) }
      }
    }
    return result + SHA256.digest(result)
  }

  package func write(to path: String) throws(TrainingError) {
    do { try AtomicFile.write(bytes, to: path) } catch { throw .file(error) }
  }

  // MARK: - Reading

  package init(path: String, kind: Kind) throws(TrainingError) {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(path, limit: Self.largestBytes) } catch { throw .file(error) }
    try self.init(bytes: bytes, kind: kind, path: path)
  }

  /// - Throws: `.corrupt` with the offset of what is wrong.
  package init(bytes: [UInt8], kind: Kind, path: String) throws(TrainingError) {
    var reader = SectionReader(bytes: bytes, path: path)
    try reader.expect(Self.magic, "the mark ROUSERUN")
    let end = bytes.count - SHA256.digestBytes
    guard end >= Self.headerBytes, SHA256.digest(Array(bytes[..<end])) == Array(bytes[end...])
    else {
      throw .corrupt(
        file: path, offset: max(0, end), expected: "the checksum of what comes before",
        found: "another one")
    }
    reader.end = end
    let version: UInt32 = try reader.number("version")
    guard version == Self.version else {
      throw .corrupt(
        file: path, offset: 8, expected: "version \(Self.version)", found: "\(version)")
    }
    let found: UInt32 = try reader.number("kind")
    guard found == kind.rawValue else {
      throw .corrupt(file: path, offset: 12, expected: "a file of kind \(kind)", found: "\(found)")
    }
    let count: UInt32 = try reader.number("number of sections")
    let _: UInt32 = try reader.number("zero")
    var sections: [Section] = []
    for _ in 0..<count { sections.append(try reader.section()) }
    guard reader.at == end else {
      throw .corrupt(
        file: path, offset: reader.at, expected: "the end of the sections",
        found: "\(end - reader.at) more bytes")
    }
    self.init(kind, sections)
  }
}

// MARK: - Sections by name

extension SectionFile {
  func text(_ name: String, path: String) throws(TrainingError) -> String {
    guard case .text(let text) = content(name) else { throw missing(name, "text", path) }
    return text
  }

  /// - Throws: `.corrupt` unless there are exactly `count` floats, all finite.
  func floats(_ name: String, count: Int, path: String) throws(TrainingError) -> [Float] {
    guard case .floats(let values) = content(name), values.count == count,
      values.allSatisfy(\.isFinite)
    else { throw missing(name, "\(count) finite float32", path) }
    return values
  }

  func number(_ name: String, path: String) throws(TrainingError) -> UInt64 {
    guard case .numbers(let values) = content(name), values.count == 1 else {
      throw missing(name, "one number", path)
    }
    return values[0]
  }

  /// Floats in a section, 0 when there is none of the name.
  func floatCount(_ name: String) -> Int {
    guard case .floats(let values) = content(name) else { return 0 }
    return values.count
  }

  func numbers(_ name: String, count: Int, path: String) throws(TrainingError) -> [UInt64] {
    guard case .numbers(let values) = content(name), values.count == count else {
      throw missing(name, "\(count) numbers", path)
    }
    return values
  }

  /// As many numbers as there are.
  func numbers(_ name: String, path: String) throws(TrainingError) -> [UInt64] {
    guard case .numbers(let values) = content(name) else { throw missing(name, "numbers", path) }
    return values
  }

  /// Numbers that count something.
  func counts(_ name: String, count: Int, path: String) throws(TrainingError) -> [Int] {
    let counts = try numbers(name, count: count, path: path).compactMap { Int(exactly: $0) }
    guard counts.count == count else { throw missing(name, "\(count) counts", path) }
    return counts
  }

  func has(_ name: String) -> Bool { content(name) != nil }

  /// A number that counts something.
  func count(_ name: String, path: String) throws(TrainingError) -> Int {
    guard let value = Int(exactly: try number(name, path: path)) else {
      throw missing(name, "a count", path)
    }
    return value
  }

  private func content(_ name: String) -> Content? { sections.first { $0.name == name }?.content }

  private func missing(_ name: String, _ what: String, _ path: String) -> TrainingError {
    .corrupt(
      file: path, offset: 0, expected: "a section `\(name)` of \(what)",
      found: content(name) == nil ? "none" : "something else")
  }
}

/// Takes sections from bytes, never reading beyond `end`.
private struct SectionReader {
  let bytes: [UInt8]
  let path: String
  var at = 0
  var end: Int

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
    end = bytes.count
  }

  mutating func section() throws(TrainingError) -> SectionFile.Section {
    let length: UInt16 = try number("length of a name")
    let name = try text(Int(length), "a name")
    let type: UInt8 = try number("type of section `\(name)`")
    let size: UInt64 = try number("size of section `\(name)`")
    guard let count = Int(exactly: size), count <= end - at else {
      throw corrupt("at most \(end - at) bytes in section `\(name)`", "\(size)")
    }
    switch type {
    case 0: return SectionFile.Section(name, .text(try text(count, "section `\(name)`")))
    case 1 where count % 4 == 0:
      var values: [Float] = []
      values.reserveCapacity(count / 4)
      for _ in 0..<count / 4 { values.append(Float(bitPattern: try number("a float32"))) }
      return SectionFile.Section(name, .floats(values))
    case 2 where count % 8 == 0:
      var values: [UInt64] = []
      for _ in 0..<count / 8 { values.append(try number("a number")) }
      return SectionFile.Section(name, .numbers(values))
    default:
      throw corrupt(
        "a known type and whole numbers in section `\(name)`", "type \(type), \(count) bytes")
    }
  }

  mutating func expect(_ expected: [UInt8], _ what: String) throws(TrainingError) {
    guard end - at >= expected.count, bytes[at..<at + expected.count].elementsEqual(expected) else {
      throw corrupt(what, "something else")
    }
    at += expected.count
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ what: String
  ) throws(TrainingError) -> Number {
    let size = Number.bitWidth / 8
    guard end - at >= size else { throw corrupt(what, "the end of the file") }
    var value: Number = 0
    for index in 0..<size {
      value |= Number(truncatingIfNeeded: UInt64(bytes[at + index]) << UInt64(8 * index))
    }
    at += size
    return value
  }

  private mutating func text(_ count: Int, _ what: String) throws(TrainingError) -> String {
    guard end - at >= count else { throw corrupt(what, "the end of the file") }
    guard let text = String(validating: bytes[at..<at + count], as: UTF8.self) else {
      throw corrupt("UTF-8 in \(what)", "other bytes")
    }
    at += count
    return text
  }

  private func corrupt(_ expected: String, _ found: String) -> TrainingError {
    .corrupt(file: path, offset: at, expected: expected, found: found)
  }
}

extension [UInt8] {
  /// Appends a number, least significant byte first.
  fileprivate mutating func add<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
    for index in 0..<Number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: UInt64(number) >> UInt64(8 * index)))
    }
  }
}
