import RouseNumerics

/// The int8 device features of many recordings in one file, read without loading it: the file may be larger than memory.
///
/// Opening checks the header, the size and the clip table; `verifyRows()` checks the rows too, which reads the whole file.
///
/// ```swift
/// var writer = try FeatureStoreWriter(path: path, stepMilliseconds: 10, provenance: digest)
/// try writer.append(features.deviceInt8, name: "a.wav", label: "hey_rouse", speaker: "s1", role: "train")
/// try writer.commit()
/// let store = try FeatureStore(path: path)
/// store.withRows(store.clips[0].rows) { rows in /* Span<Int8>, 40 per row */ }
/// ```
/// The layout is described at `FeatureStoreHeader` and `FeatureClipTable`.
public final class FeatureStore: Sendable {
  public var path: String { file.path }
  public let stepMilliseconds: Int
  public let clips: [FeatureClip]
  public let rowCount: Int
  /// The 32 bytes that the writer was given: compare them to see whether the features are still those of the corpus.
  public let provenance: [UInt8]

  private let file: MappedFile
  private let header: FeatureStoreHeader

  public init(path: String) throws(FrontEndError) {
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let start = file.withBytes(0..<min(file.count, FeatureStoreHeader.byteCount), Self.copy)
    header = try FeatureStoreHeader(bytes: start, fileBytes: file.count, path: path)
    rowCount = Int(header.rowCount)
    stepMilliseconds = Int(header.stepMilliseconds)
    provenance = header.provenance
    let tableRange = header.tableOffset..<file.count
    let table = file.withBytes(tableRange, Self.copy)
    guard SHA256.digest(table) == header.tableDigest else {
      throw .corruptStore(
        path: path, part: .table, offset: header.tableOffset, count: table.count)
    }
    do {
      clips = try FeatureClipTable.clips(
        table, count: Int(header.clipCount), rowCount: rowCount)
    } catch {
      throw .malformedTable(path: path, offset: header.tableOffset + error.offset)
    }
  }

  /// Calls `body` with `rows`, 40 numbers each, straight from the file.
  public func withRows<Result, Failure: Error>(
    _ rows: Range<Int>, _ body: (Span<Int8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside the store")
    let start = FeatureStoreHeader.byteCount + rows.lowerBound * MicroFrontEnd.channels
    return try file.withBytes(start..<start + rows.count * MicroFrontEnd.channels) {
      bytes throws(Failure) in
      try bytes.withUnsafeBytes { raw throws(Failure) in
        try body(raw.bindMemory(to: Int8.self).span)
      }
    }
  }

  /// `rows`, copied.
  public func rows(_ rows: Range<Int>) -> [Int8] {
    withRows(rows) { span in
      [Int8](unsafeUninitializedCapacity: span.count) { buffer, count in
        for index in span.indices { buffer.initializeElement(at: index, to: span[index]) }
        count = span.count
      }
    }
  }

  /// Reads every row and compares its checksum.
  ///
  /// - Throws: `FrontEndError.corruptStore` when a row is not what was written.
  public func verifyRows() throws(FrontEndError) {
    let range = FeatureStoreHeader.byteCount..<header.tableOffset
    let digest = file.withBytes(range) { bytes in
      var hash = SHA256()
      hash.update(bytes)
      return hash.finish()
    }
    guard digest == header.rowsDigest else {
      throw .corruptStore(path: path, part: .rows, offset: range.lowerBound, count: range.count)
    }
  }

  private static func copy(_ bytes: RawSpan) -> [UInt8] {
    bytes.withUnsafeBytes { [UInt8]($0) }
  }
}
