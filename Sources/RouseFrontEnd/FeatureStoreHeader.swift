import RouseNumerics

/// The first 192 bytes of a feature store.
///
/// | bytes | content |
/// |---|---|
/// | 0..<8 | `ROUSEFST` |
/// | 8..<12 | version, 1 |
/// | 12..<16 | channels, 40 |
/// | 16..<20 | milliseconds from row to row |
/// | 20..<24 | number of clips |
/// | 24..<32 | number of rows |
/// | 32..<40 | bytes of the clip table |
/// | 40..<64 | zero |
/// | 64..<96 | provenance: a digest chosen by the writer, such as that of all that the features depend on |
/// | 96..<128 | SHA-256 of the rows |
/// | 128..<160 | SHA-256 of the clip table |
/// | 160..<192 | SHA-256 of bytes 0..<160, in every version |
///
/// Numbers are unsigned and little-endian. The rows follow, 40 signed bytes each, then the clip table, then nothing.
struct FeatureStoreHeader: Hashable {
  static let byteCount = 192
  static let version: UInt32 = 1
  static let magic = Array("ROUSEFST".utf8)
  static let checkedBytes = 160

  var stepMilliseconds: UInt32
  var clipCount: UInt32
  var rowCount: UInt64
  var tableBytes: UInt64
  var provenance: [UInt8]
  var rowsDigest: [UInt8]
  var tableDigest: [UInt8]

  /// Where the table begins: right after the rows.
  var tableOffset: Int { Self.byteCount + Int(rowCount) * MicroFrontEnd.channels }

  var bytes: [UInt8] {
    var result = Self.magic
    result.append(number: Self.version)
    result.append(number: UInt32(MicroFrontEnd.channels))
    result.append(number: stepMilliseconds)
    result.append(number: clipCount)
    result.append(number: rowCount)
    result.append(number: tableBytes)
    result += [UInt8](repeating: 0, count: 24)
    result += provenance + rowsDigest + tableDigest
    precondition(result.count == Self.checkedBytes)
    return result + SHA256.digest(result)
  }

  /// Reads and checks the header of a file of `fileBytes` bytes that begins with `bytes`.
  init(bytes: [UInt8], fileBytes: Int, path: String) throws(FrontEndError) {
    guard bytes.starts(with: Self.magic) else { throw .notAFeatureStore(path: path) }
    guard bytes.count >= Self.byteCount else {
      throw .wrongStoreSize(path: path, foundBytes: fileBytes, expectedBytes: Self.byteCount)
    }
    guard SHA256.digest(Array(bytes[..<160])) == Array(bytes[160..<192]) else {
      throw .corruptStore(path: path, part: .header, offset: 0, count: Self.byteCount)
    }
    let version: UInt32 = bytes.number(at: 8)
    guard version == Self.version else {
      throw .unsupportedStoreVersion(path: path, found: version, supported: Self.version)
    }
    let channels: UInt32 = bytes.number(at: 12)
    guard channels == MicroFrontEnd.channels else {
      throw .wrongChannels(
        path: path, found: channels, expected: UInt32(MicroFrontEnd.channels))
    }
    stepMilliseconds = bytes.number(at: 16)
    clipCount = bytes.number(at: 20)
    rowCount = bytes.number(at: 24)
    tableBytes = bytes.number(at: 32)
    provenance = Array(bytes[64..<96])
    rowsDigest = Array(bytes[96..<128])
    tableDigest = Array(bytes[128..<160])
    // A header with a right checksum can still come from a program with a fault, so nothing may overflow.
    let (rowBytes, overflow) = rowCount.multipliedReportingOverflow(
      by: UInt64(MicroFrontEnd.channels))
    let (bodyBytes, carry) = rowBytes.addingReportingOverflow(tableBytes)
    let (expected, carryOut) = bodyBytes.addingReportingOverflow(UInt64(Self.byteCount))
    let isPossible = !overflow && !carry && !carryOut
    guard isPossible, expected == UInt64(fileBytes) else {
      throw .wrongStoreSize(
        path: path, foundBytes: fileBytes,
        expectedBytes: isPossible ? Int(clamping: expected) : .max)
    }
  }

  init(
    stepMilliseconds: UInt32, clipCount: UInt32, rowCount: UInt64, tableBytes: UInt64,
    provenance: [UInt8], rowsDigest: [UInt8], tableDigest: [UInt8]
  ) {
    self.stepMilliseconds = stepMilliseconds
    self.clipCount = clipCount
    self.rowCount = rowCount
    self.tableBytes = tableBytes
    self.provenance = provenance
    self.rowsDigest = rowsDigest
    self.tableDigest = tableDigest
  }
}

extension [UInt8] {
  /// Adds an unsigned number, least significant byte first.
  mutating func append<Number: FixedWidthInteger & UnsignedInteger>(number: Number) {
    for shift in 0..<Number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: number >> Number(shift * 8)))
    }
  }

  /// The unsigned number whose least significant byte is at `offset`.
  func number<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int) -> Number {
    (0..<Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(self[offset + $1]) }
  }
}
