import RouseNumerics

/// Writes a feature store clip by clip; the file appears under its name on `commit()` and not before.
///
/// The same clips in the same order give the same bytes.
public struct FeatureStoreWriter: ~Copyable {
  private var file: AtomicFileWriter
  private let stepMilliseconds: Int
  private let provenance: [UInt8]
  private var rowsHash = SHA256()
  private var rowCount = 0
  /// The first row of the recording that is not ended.
  private var clipStart = 0
  private var clipCount: UInt32 = 0
  private var table: [UInt8] = []

  /// - Parameter provenance: 32 bytes that `FeatureStore.provenance` gives back.
  public init(
    path: String, stepMilliseconds: Int, provenance: [UInt8]
  ) throws(FrontEndError) {
    precondition(provenance.count == SHA256.digestBytes, "provenance has 32 bytes")
    precondition(MicroFrontEnd.supportedStepMilliseconds.contains(stepMilliseconds))
    self.stepMilliseconds = stepMilliseconds
    self.provenance = provenance
    file = try Self.begin(path)
  }

  /// A new file with room for the header, which is known at the end.
  private static func begin(_ path: String) throws(FrontEndError) -> AtomicFileWriter {
    do {
      var file = try AtomicFileWriter(path: path)
      try file.append([UInt8](repeating: 0, count: FeatureStoreHeader.byteCount))
      return file
    } catch { throw .file(error) }
  }

  /// Adds one recording with its rows, 40 numbers each.
  public mutating func append(
    _ rows: [Int8], name: String, label: String, speaker: String, role: String
  ) throws(FrontEndError) {
    try append(rows)
    endClip(name: name, label: label, speaker: speaker, role: role)
  }

  /// Adds rows, 40 numbers each, of the recording that `endClip` is going to name.
  public mutating func append(_ rows: [Int8]) throws(FrontEndError) {
    precondition(rows.count % MicroFrontEnd.channels == 0, "a row has 40 numbers")
    rowsHash.update(rows.span.bytes)
    do { try file.append(rows.span.bytes) } catch { throw .file(error) }
    rowCount += rows.count / MicroFrontEnd.channels
  }

  /// All rows since the last end are one recording.
  public mutating func endClip(name: String, label: String, speaker: String, role: String) {
    table += FeatureClipTable.bytes(
      of: FeatureClip(
        name: name, label: label, speaker: speaker, role: role, rows: clipStart..<rowCount))
    clipStart = rowCount
    clipCount += 1
  }

  /// Writes table and header and puts the file in place.
  public consuming func commit() throws(FrontEndError) {
    let header = FeatureStoreHeader(
      stepMilliseconds: UInt32(stepMilliseconds), clipCount: clipCount, rowCount: UInt64(rowCount),
      tableBytes: UInt64(table.count), provenance: provenance, rowsDigest: rowsHash.finish(),
      tableDigest: SHA256.digest(table))
    do {
      try file.append(table)
      try file.overwrite(header.bytes, at: 0)
      try file.commit()
    } catch { throw .file(error) }
  }
}
