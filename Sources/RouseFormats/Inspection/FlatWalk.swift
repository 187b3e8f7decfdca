/// A table of a flatbuffer as plain values. Fields that the file does not have are not there.
struct FlatRecord {
  enum Value {
    case integer(Int)
    case real(Float)
    case text(String)
    case integers([Int])
    case reals([Float])
    /// Where bytes lie, which are not copied.
    case bytes(Range<Int>)
    case record(FlatRecord)
    case records([FlatRecord])
  }

  /// Byte offset of the table.
  let position: Int
  /// The name of the table in the schema.
  let table: String
  var values: [String: Value] = [:]

  func integer(_ name: String, default fallback: Int = 0) -> Int {
    if case .integer(let value) = values[name] { value } else { fallback }
  }

  func text(_ name: String) -> String {
    if case .text(let value) = values[name] { value } else { "" }
  }

  func integers(_ name: String) -> [Int]? {
    if case .integers(let value) = values[name] { value } else { nil }
  }

  func reals(_ name: String) -> [Float]? {
    if case .reals(let value) = values[name] { value } else { nil }
  }

  func bytes(_ name: String) -> Range<Int>? {
    if case .bytes(let value) = values[name] { value } else { nil }
  }

  func record(_ name: String) -> FlatRecord? {
    if case .record(let value) = values[name] { value } else { nil }
  }

  func records(_ name: String) -> [FlatRecord] {
    if case .records(let value) = values[name] { value } else { [] }
  }
}

/// Reads all tables of a `.tflite` file by the schema and claims their bytes in a ledger.
///
/// Wider than `TFLiteReader`, which takes only what Rouse can run: it decides nothing about values. The contents of
/// buffers are left to the caller, who knows what they are for.
///
/// The work is bounded by `FlatBufferReader`, the memory by `maximumTables`.
struct FlatWalk {
  /// Most tables in a file; the published wake-word models have below 1000.
  static let maximumTables = 1 << 18
  /// Most elements of a vector of tables.
  static let maximumVector = 1 << 16

  private(set) var reader: FlatBufferReader
  var ledger: ByteLedger
  private var tableCount = 0

  init(_ bytes: [UInt8], ledger: ByteLedger) {
    reader = FlatBufferReader(bytes, file: .tflite)
    self.ledger = ledger
  }

  mutating func model() throws(FormatError) -> FlatRecord {
    let root = try reader.root(identifier: "TFL3")
    ledger.claim(0..<8, .otherTables)
    return try record(root, TFLiteSchema.tables["Model"])
  }

  private mutating func record(
    _ table: FlatTable, _ schema: TFLiteSchema.Table?
  ) throws(FormatError) -> FlatRecord {
    guard let schema else { preconditionFailure("a table that is not in the schema") }
    tableCount += 1
    guard tableCount <= Self.maximumTables else {
      throw .tooLarge(
        .tflite, offset: table.position, what: "tables", limit: Self.maximumTables,
        found: tableCount)
    }
    ledger.claim(table.position..<table.position + table.size, Self.owner(of: schema.name))
    ledger.claim(table.vtable..<table.vtable + table.vtableSize, .vtables)
    var result = FlatRecord(position: table.position, table: schema.name)
    for field in schema.fields {
      result.values[field.name] = try value(table, field, schema.name, before: result)
    }
    return result
  }

  private mutating func value(
    _ table: FlatTable, _ field: TFLiteSchema.Field, _ name: String, before: FlatRecord
  ) throws(FormatError) -> FlatRecord.Value? {
    switch field.kind {
    case .scalar(let scalar):
      guard try reader.field(table, field.id, size: scalar.size) != nil else { return nil }
      return try self.scalar(table, field.id, scalar)
    case .text:
      guard let text = try vector(table, field.id, size: 1, field.name) else { return nil }
      ledger.claim(text.start - 4..<text.start + text.count + 1, .names)
      return .text(
        try reader.string(table, field.id, limit: reader.bytes.count, what: field.name))
    case .vector(let scalar):
      guard let vector = try vector(table, field.id, size: scalar.size, field.name) else {
        return nil
      }
      let owner = Self.owner(of: name, vector: field.name)
      ledger.claim(vector.start - 4..<vector.start, owner)
      let range = vector.start..<vector.start + vector.count * scalar.size
      // What a buffer holds depends on who refers to it.
      if name != "Buffer" { ledger.claim(range, owner) }
      return try elements(table, field, scalar, range)
    case .table(let type):
      guard let inner = try reader.table(table, field.id) else { return nil }
      return .record(try record(inner, TFLiteSchema.tables[type]))
    case .tables(let type):
      guard let vector = try vector(table, field.id, size: 4, field.name) else { return nil }
      ledger.claim(vector.start - 4..<vector.start + 4 * vector.count, Self.owner(of: type))
      var records: [FlatRecord] = []
      let tables = try reader.tables(
        table, field.id, limit: Self.maximumVector, what: field.name)
      for inner in tables { records.append(try record(inner, TFLiteSchema.tables[type])) }
      return .records(records)
    case .union:
      guard let inner = try reader.table(table, field.id) else { return nil }
      let number = before.integer("\(field.name)_type")
      return .record(try record(inner, TFLiteSchema.member(number, ofUnion: field.name)))
    }
  }

  private mutating func vector(
    _ table: FlatTable, _ id: Int, size: Int, _ what: String
  ) throws(FormatError) -> FlatVector? {
    try reader.vector(table, id, elementSize: size, limit: reader.bytes.count, what: what)
  }

  private mutating func scalar(
    _ table: FlatTable, _ id: Int, _ scalar: TFLiteSchema.Scalar
  ) throws(FormatError) -> FlatRecord.Value {
    switch scalar {
    case .bool, .u8: .integer(Int(try reader.value(table, id, default: UInt8(0))))
    case .i8, .padding, .activation, .element:
      .integer(Int(try reader.value(table, id, default: Int8(0))))
    case .u16: .integer(Int(try reader.value(table, id, default: UInt16(0))))
    case .i32: .integer(Int(try reader.value(table, id, default: Int32(0))))
    case .u32: .integer(Int(try reader.value(table, id, default: UInt32(0))))
    case .i64: .integer(Int(try reader.value(table, id, default: Int64(0))))
    case .u64: .integer(Int(clamping: try reader.value(table, id, default: UInt64(0))))
    case .f32: .real(try reader.float(table, id, default: 0))
    }
  }

  private mutating func elements(
    _ table: FlatTable, _ field: TFLiteSchema.Field, _ scalar: TFLiteSchema.Scalar,
    _ range: Range<Int>
  ) throws(FormatError) -> FlatRecord.Value {
    switch scalar {
    case .i32: .integers(try integers(table, field, Int32.self))
    case .i64: .integers(try integers(table, field, Int64.self))
    case .f32: .reals(try integers(table, field, UInt32.self).map { Float(bitPattern: UInt32($0)) })
    default: .bytes(range)
    }
  }

  private mutating func integers<Number: FixedWidthInteger>(
    _ table: FlatTable, _ field: TFLiteSchema.Field, _: Number.Type
  ) throws(FormatError) -> [Int] {
    let limit = reader.bytes.count
    let found = try reader.integers(
      table, field.id, of: Number.self, limit: limit, what: field.name)
    return (found ?? []).map { Int(clamping: $0) }
  }

  // MARK: - Owners

  /// Who owns the table itself and the vector of offsets to its like.
  private static func owner(of table: String) -> ByteKind {
    switch table {
    case "Tensor", "SparsityParameters", "DimensionMetadata", "VariantSubType": .tensorTables
    case "Operator", "OperatorCode", "Member": .operatorTables
    case _ where table.hasSuffix("Options"): .operatorTables
    case "Int32Vector", "Uint16Vector", "Uint8Vector": .tensorTables
    case _ where table.hasSuffix("Quantization"): .otherQuantization
    case "QuantizationParameters": .otherQuantization
    case "Buffer", "ExternalBuffer", "ExternalBufferGroup": .bufferTables
    case "Metadata": .metadata
    default: .otherTables
    }
  }

  private static func owner(of table: String, vector field: String) -> ByteKind {
    switch (table, field) {
    case ("QuantizationParameters", "scale"): .scales
    case ("QuantizationParameters", "zero_point"): .zeroPoints
    case ("Model", "metadata_buffer"): .metadata
    default: owner(of: table)
    }
  }
}
