import RouseAudio
import RouseNumerics

/// A recording, or a piece of a long one, that training can use.
///
/// Two words in memory: what there is to know about it stands in the table that all clips of a store share.
package struct Clip: Sendable {
  private let table: ClipTable
  private let index: Int

  fileprivate init(_ table: ClipTable, _ index: Int) {
    self.table = table
    self.index = index
  }

  package var record: ClipRecord { table.records[piece.record] }

  /// 16 kHz.
  package var samples: ClipSamples {
    ClipSamples(table.map, offset: piece.offset, count: piece.count)
  }

  /// Where the word is, for positives; all of it for others.
  package var word: Range<Int> { piece.word }

  /// How often the clip is drawn against others of its role; its source says so.
  package var weight: Double { table.weights[record.source] }

  /// `samples` in `-1…1`.
  package var floats: [Float] { samples.floats }

  /// SHA-256 of all that training takes from it.
  var digest: [UInt8] { piece.digest.bytes }

  private var piece: ClipPiece { table.pieces[index] }
}

/// What all clips of a store have in common.
private final class ClipTable: Sendable {
  let records: [ClipRecord]
  /// By source.
  let weights: [Double]
  let pieces: [ClipPiece]
  let map: ScratchMap

  init(_ listing: CorpusListing, _ pieces: [ClipPiece], _ map: ScratchMap) {
    records = listing.records
    weights = listing.sources.map(\.weight)
    self.pieces = pieces
    self.map = map
  }
}

/// Every recording that training uses.
///
/// Samples are decoded once, into a nameless file on the disk of the run folder: 115 MB for each hour of sound. Memory
/// does not follow the sound. It is
///
/// - for each listed file about 600 bytes at most, most of them its name, with what listing needs in passing and should
///   the file be unusable (59 MB for an index of 100,000 rows);
/// - for each thread that decodes, 6 MB, and at most 25 MB while a positive clip of the longest kind is searched for its
///   word (`CorpusCommandTests.memoryFollowsNeitherFilesNorSound`);
/// - pages of the file only while a clip is being copied out of it.
package struct ClipStore: Sendable {
  package var clips: [Clip]
  package var skipped: [SkippedClip]

  package func clips(_ role: SourceRole, _ split: Split) -> [Clip] {
    clips.filter { $0.record.role == role && $0.record.split == split }
  }

  /// Decodes all recordings except ambient ones, which are streamed where they are needed.
  ///
  /// Files that cannot be used are listed in `skipped`, in the order of the corpus. Clips are in that order too, and so
  /// are the pieces of a recording that `ClipReading` cut.
  ///
  /// - Parameters:
  ///   - path: a file or folder on the disk that takes the samples, see `ScratchFile`.
  ///   - calls: those of the system, except in tests.
  /// - Throws: `.diskFull`, `.file`.
  /// - Returns: nil when cancelled.
  package static func load(
    _ listing: CorpusListing, near path: String? = nil, threads: Int, observer: TrainingObserver,
    calls: FileCalls = .system
  ) throws(TrainingError) -> ClipStore? {
    let file = try ScratchFile(near: path, calls: calls)
    guard
      let read = try ClipReading.read(listing, into: file, threads: threads, observer: observer)
    else { return nil }
    let table = ClipTable(listing, read.pieces, try file.map())
    return ClipStore(
      clips: read.pieces.indices.map { Clip(table, $0) }, skipped: read.skipped)
  }
}
