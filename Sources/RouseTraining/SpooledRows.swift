import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// Feature rows of recordings that may be hours long, computed block by block from a fresh front end.
enum RecordingRows {
  enum End {
    case whole
    case skipped(SkippedClip)
    case stopped
  }

  /// Calls `take` with the rows of each block, 40 numbers a row.
  static func forEachBlock<Failure: Error>(
    of record: ClipRecord, stepMilliseconds: Int, isCancelled: () -> Bool,
    _ take: ([Int8]) throws(Failure) -> Void
  ) throws(Failure) -> End {
    let reader: AudioBlockReader
    do { reader = try AudioFile.blocks(record.file) } catch {
      return .skipped(SkippedClip(name: record.name, reason: .audio(error)))
    }
    var frontEnd = MicroFrontEnd(stepMilliseconds: stepMilliseconds)
    while true {
      let block: [Float]?
      do { block = try reader.next() } catch {
        return .skipped(SkippedClip(name: record.name, reason: .audio(error)))
      }
      guard let block else { return .whole }
      guard !isCancelled() else { return .stopped }
      var rows: [UInt16] = []
      frontEnd.process(block.map(AudioClip.int16), into: &rows)
      try take(rows.map(FeatureQuantization.deviceInt8))
    }
  }
}

/// Feature rows of a recording that wait on disk until a feature store takes them.
struct SpooledRows: Sendable {
  enum Outcome: Sendable {
    case rows(SpooledRows)
    case skipped(SkippedClip)
    case failed(TrainingError)
    case stopped
  }

  private let record: ClipRecord
  private let map: ScratchMap

  /// - Parameter path: a file on the disk that takes the rows.
  static func make(
    _ record: ClipRecord, stepMilliseconds: Int, near path: String, isCancelled: () -> Bool
  ) -> Outcome {
    do throws(TrainingError) {
      let file = try ScratchFile(near: path)
      let end = try RecordingRows.forEachBlock(
        of: record, stepMilliseconds: stepMilliseconds, isCancelled: isCancelled
      ) { (rows: [Int8]) throws(TrainingError) in
        _ = try file.append(rows.span.bytes)
      }
      switch end {
      case .whole: return .rows(SpooledRows(record: record, map: try file.map()))
      case .skipped(let clip): return .skipped(clip)
      case .stopped: return .stopped
      }
    } catch {
      return .failed(error)
    }
  }

  /// 6,000 rows, a minute.
  private static let blockBytes = 6000 * MicroFrontEnd.channels

  func write(to writer: inout FeatureStoreWriter) throws(TrainingError) {
    do {
      for start in stride(from: 0, to: map.count, by: Self.blockBytes) {
        let range = start..<min(start + Self.blockBytes, map.count)
        try writer.append(map.withBytes(range) { $0.map { Int8(bitPattern: $0) } })
      }
    } catch {
      throw .features(error)
    }
    writer.endClip(
      name: record.name, label: record.label ?? "", speaker: record.speaker ?? "", role: "ambient")
  }
}
