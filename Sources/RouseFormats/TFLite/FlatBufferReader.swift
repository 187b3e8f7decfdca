/// Where a table of a flatbuffer and its vtable lie; both are known to be inside the file.
package struct FlatTable: Sendable {
  package let position: Int
  let vtable: Int
  let vtableSize: Int
  let size: Int
}

/// A vector of a flatbuffer; all of its elements are known to be inside the file.
package struct FlatVector: Sendable {
  /// Byte offset of the first element.
  package let start: Int
  package let count: Int
}

/// Reads tables, vectors and strings of a flatbuffer from bytes that nobody has checked.
///
/// Every offset, alignment, size and string is checked before it is followed; the error carries its byte offset.
/// Parts may overlap or refer to one part many times, so the work is paid from a budget that grows with the file:
/// a file of n bytes costs at most `16·n + 2^20` table visits, fields and copied bytes.
///
/// - Source: FlatBuffers internals, "Encoding details": little endian; a table starts with the signed distance back
///   to its vtable; the vtable is `[vtable bytes, table bytes, field offsets…]`, 16 bit each; a 32-bit offset counts
///   from its own position; vectors and strings start with a 32-bit count, strings end with a zero byte.
package struct FlatBufferReader: Sendable {
  package let file: FileKind
  package let bytes: [UInt8]
  private var budget: Int

  package init(_ bytes: [UInt8], file: FileKind) {
    self.file = file
    self.bytes = bytes
    budget = 16 * bytes.count + 1 << 20
  }

  // MARK: - Structure

  /// The root table of a file whose identifier, bytes 4 to 7, is `identifier`.
  package mutating func root(identifier: String) throws(FormatError) -> FlatTable {
    guard bytes.count >= 8 else {
      throw malformed(at: 0, "at least 8 bytes", "\(bytes.count)")
    }
    let found = bytes[4..<8]
    guard found.elementsEqual(identifier.utf8) else {
      throw malformed(at: 4, "identifier \(identifier)", "bytes \(Array(found))")
    }
    return try table(at: try target(of: 0))
  }

  /// The table at `position`.
  package mutating func table(at position: Int) throws(FormatError) -> FlatTable {
    try spend(4, at: position)
    try check(position, size: 4, what: "table")
    let vtable = position - Int(Int32(bitPattern: word(position)))
    guard vtable >= 0, vtable <= bytes.count - 4, vtable % 2 == 0 else {
      throw malformed(
        at: position, "a vtable inside the file at an even offset", "offset \(vtable)")
    }
    let vtableSize = Int(half(vtable))
    guard vtableSize >= 4, vtableSize % 2 == 0, vtableSize <= bytes.count - vtable else {
      throw malformed(at: vtable, "an even vtable size that fits the file", "\(vtableSize)")
    }
    let size = Int(half(vtable + 2))
    guard size >= 4, size <= bytes.count - position else {
      throw malformed(at: vtable + 2, "a table size that fits the file", "\(size)")
    }
    return FlatTable(position: position, vtable: vtable, vtableSize: vtableSize, size: size)
  }

  /// Byte offset of the field with id `id`, nil when the table does not have it.
  package mutating func field(_ table: FlatTable, _ id: Int, size: Int) throws(FormatError) -> Int?
  {
    try spend(1, at: table.position)
    let entry = 4 + 2 * id
    guard entry + 2 <= table.vtableSize else { return nil }
    let offset = Int(half(table.vtable + entry))
    if offset == 0 { return nil }
    guard offset >= 4, offset + size <= table.size else {
      throw malformed(
        at: table.vtable + entry, "field \(id) inside its table of \(table.size) bytes",
        "offset \(offset)")
    }
    let position = table.position + offset
    guard position % size == 0 else {
      throw malformed(at: position, "field \(id) at a multiple of \(size)", "offset \(position)")
    }
    return position
  }

  /// The table that field `id` refers to.
  package mutating func table(_ parent: FlatTable, _ id: Int) throws(FormatError) -> FlatTable? {
    guard let position = try field(parent, id, size: 4) else { return nil }
    return try table(at: try target(of: position))
  }

  /// The vector that field `id` refers to, of at most `limit` elements of `elementSize` bytes.
  package mutating func vector(
    _ parent: FlatTable, _ id: Int, elementSize: Int, limit: Int, what: String
  ) throws(FormatError) -> FlatVector? {
    guard let position = try field(parent, id, size: 4) else { return nil }
    let start = try target(of: position)
    try check(start, size: 4, what: what)
    let count = Int(word(start))
    guard count <= limit else {
      throw .tooLarge(file, offset: start, what: what, limit: limit, found: count)
    }
    guard count <= (bytes.count - start - 4) / elementSize else {
      throw malformed(at: start, "\(what) inside the file", "\(count) elements")
    }
    guard (start + 4) % elementSize == 0 || count == 0 else {
      throw malformed(at: start, "elements at a multiple of \(elementSize)", "offset \(start + 4)")
    }
    try spend(count * elementSize, at: start)
    return FlatVector(start: start + 4, count: count)
  }

  /// The tables of a vector of offsets.
  package mutating func tables(
    _ parent: FlatTable, _ id: Int, limit: Int, what: String
  ) throws(FormatError) -> [FlatTable] {
    guard let offsets = try vector(parent, id, elementSize: 4, limit: limit, what: what) else {
      return []
    }
    var result: [FlatTable] = []
    result.reserveCapacity(offsets.count)
    for index in 0..<offsets.count {
      result.append(try table(at: try target(of: offsets.start + 4 * index)))
    }
    return result
  }

  // MARK: - Values

  /// The little-endian value of field `id`, `fallback` when the table does not have it.
  package mutating func value<Number: FixedWidthInteger>(
    _ table: FlatTable, _ id: Int, default fallback: Number
  ) throws(FormatError) -> Number {
    guard let position = try field(table, id, size: MemoryLayout<Number>.size) else {
      return fallback
    }
    return load(position)
  }

  package mutating func float(
    _ table: FlatTable, _ id: Int, default fallback: Float
  ) throws(FormatError) -> Float {
    Float(bitPattern: try value(table, id, default: fallback.bitPattern))
  }

  package mutating func bool(_ table: FlatTable, _ id: Int) throws(FormatError) -> Bool {
    try value(table, id, default: UInt8(0)) != 0
  }

  /// Text without a zero byte in it; empty when the table does not have it.
  package mutating func string(
    _ table: FlatTable, _ id: Int, limit: Int, what: String
  ) throws(FormatError) -> String {
    guard let text = try vector(table, id, elementSize: 1, limit: limit, what: what) else {
      return ""
    }
    let end = text.start + text.count
    guard end < bytes.count, bytes[end] == 0 else {
      throw malformed(
        at: end, "a zero byte after \(what)", end < bytes.count ? "\(bytes[end])" : "end of file")
    }
    let slice = bytes[text.start..<end]
    guard !slice.contains(0), let result = String(validating: slice, as: UTF8.self) else {
      throw malformed(at: text.start, "\(what) in UTF-8 without zero bytes", "other bytes")
    }
    return result
  }

  /// The integers of a vector; nil when the table does not have it.
  package mutating func integers<Number: FixedWidthInteger>(
    _ table: FlatTable, _ id: Int, of _: Number.Type, limit: Int, what: String
  ) throws(FormatError) -> [Number]? {
    let size = MemoryLayout<Number>.size
    guard let vector = try vector(table, id, elementSize: size, limit: limit, what: what) else {
      return nil
    }
    return (0..<vector.count).map { load(vector.start + size * $0) }
  }

  /// The bytes of a vector, copied; empty when the table does not have it.
  package mutating func data(_ table: FlatTable, _ id: Int, what: String) throws(FormatError)
    -> [UInt8]
  {
    guard let vector = try vector(table, id, elementSize: 1, limit: bytes.count, what: what) else {
      return []
    }
    return Array(bytes[vector.start..<vector.start + vector.count])
  }

  /// Element `index` of a vector whose elements have the size of `Number`.
  package func element<Number: FixedWidthInteger>(_ vector: FlatVector, _ index: Int) -> Number {
    precondition((0..<vector.count).contains(index), "index outside the vector")
    return load(vector.start + MemoryLayout<Number>.size * index)
  }

  // MARK: - Checks

  func malformed(at offset: Int, _ expected: String, _ found: String) -> FormatError {
    .malformed(file, offset: offset, expected: expected, found: found)
  }

  /// What the 32-bit offset at `position` refers to; never before `position`.
  private mutating func target(of position: Int) throws(FormatError) -> Int {
    try spend(1, at: position)
    let distance = Int(word(position))
    guard distance >= 4, distance <= bytes.count - position - 4, (position + distance) % 4 == 0
    else {
      throw malformed(
        at: position, "an offset to a multiple of 4 inside the file", "distance \(distance)")
    }
    return position + distance
  }

  private func check(_ position: Int, size: Int, what: String) throws(FormatError) {
    guard position >= 0, position <= bytes.count - size, position % size == 0 else {
      throw malformed(
        at: position, "\(what) inside the file at a multiple of \(size)", "\(position)")
    }
  }

  private mutating func spend(_ cost: Int, at offset: Int) throws(FormatError) {
    budget -= cost
    guard budget >= 0 else {
      throw .tooLarge(
        file, offset: offset, what: "parts that refer to the same bytes",
        limit: 16 * bytes.count + 1 << 20, found: 16 * bytes.count + 1 << 20 - budget)
    }
  }

  /// - Precondition: the bytes are inside the file; callers have checked.
  private func load<Number: FixedWidthInteger>(_ position: Int) -> Number {
    var result: Number = 0
    for index in (0..<MemoryLayout<Number>.size).reversed() {
      result = result << 8 | Number(truncatingIfNeeded: bytes[position + index])
    }
    return result
  }

  private func word(_ position: Int) -> UInt32 { load(position) }
  private func half(_ position: Int) -> UInt16 { load(position) }
}
