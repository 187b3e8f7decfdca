import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// Writes the feature files of a run folder.
enum HeldOutFeatures {
  /// Rows of a calibration clip, 4 s: long enough for every ring buffer to fill with what it will hold.
  static let calibrationRows = 400

  /// Streams of the bank, evenly spread over it: as loud, noisy and reverberant as in training.
  static func writeCalibration(
    _ bank: FeatureBank, _ preset: Preset, _ provenance: [UInt8], to path: String
  ) throws(TrainingError) {
    let wanted = preset.calibration.clips
    let positives = min(
      bank.positives.count,
      Int((Double(wanted) * preset.calibration.positiveFraction).rounded()))
    let negatives = min(bank.negatives.count, wanted - positives)
    let chosen =
      spread(bank.positives.map(\.stream), positives).map { ($0, "positive") }
      + spread(bank.negatives, negatives).map { ($0, "negative") }
    let values = bank.streams.values
    try write(path, preset, provenance) {
      (writer: inout FeatureStoreWriter) throws(TrainingError) -> Bool in
      for (stream, role) in chosen {
        let range = bank.streams.ranges[stream].prefix(calibrationRows)
        let channels = FeatureStreams.channels
        let rows = Array(values[range.lowerBound * channels..<range.upperBound * channels])
        try add(rows, name: "stream \(stream)", role: role, to: &writer)
      }
      return true
    }
  }

  /// What the operating point is chosen on, neither trained on nor tested on: the positives that the checkpoint was
  /// chosen on, and the ambient recordings of the validation split; without any, the checkpoint's negatives under the
  /// role `negative`.
  ///
  /// - Returns: recordings that could not be read.
  static func writeValidation(
    _ set: ValidationSet, _ records: [ClipRecord], _ preset: Preset, _ provenance: [UInt8],
    to path: String
  ) throws(TrainingError) -> [SkippedClip] {
    var skipped: [SkippedClip] = []
    try write(path, preset, provenance) {
      (writer: inout FeatureStoreWriter) throws(TrainingError) -> Bool in
      for (name, rows) in all(set.positives, "positive") {
        try add(rows, name: name, role: "positive", to: &writer)
      }
      var hasAmbient = false
      for record in records {
        let outcome = SpooledRows.make(
          record, stepMilliseconds: preset.stepMilliseconds, near: path, isCancelled: { false })
        switch outcome {
        case .rows(let spooled):
          try spooled.write(to: &writer)
          hasAmbient = true
        case .skipped(let clip): skipped.append(clip)
        case .failed(let error): throw error
        case .stopped: return false
        }
      }
      if !hasAmbient {
        for (name, rows) in all(set.negatives, "negative") {
          try add(rows, name: name, role: "negative", to: &writer)
        }
      }
      return true
    }
    return skipped
  }

  private static func add(
    _ rows: [Int8], name: String, label: String = "", speaker: String = "", role: String,
    to writer: inout FeatureStoreWriter
  ) throws(TrainingError) {
    do { try writer.append(rows, name: name, label: label, speaker: speaker, role: role) } catch {
      throw .features(error)
    }
  }

  private static func all(_ streams: FeatureStreams, _ name: String) -> [(
    name: String, rows: [Int8]
  )] {
    let channels = FeatureStreams.channels
    return streams.ranges.enumerated().map { index, range in
      let rows = streams.values[range.lowerBound * channels..<range.upperBound * channels]
      return ("\(name) \(index)", Array(rows))
    }
  }

  /// Held-out recordings of the wake word, as they are.
  static func writeTest(
    _ clips: [Clip], _ preset: Preset, seed: UInt64, _ provenance: [UInt8], to path: String
  ) throws(TrainingError) {
    try write(path, preset, provenance) {
      (writer: inout FeatureStoreWriter) throws(TrainingError) -> Bool in
      for (index, clip) in clips.enumerated() {
        let (rows, record) = (rows(clip, index, preset, seed: seed), clip.record)
        try add(
          rows, name: record.name, label: record.label ?? "", speaker: record.speaker ?? "",
          role: "positive", to: &writer)
      }
      return true
    }
  }

  /// A recording between two stretches of quiet.
  static func rows(_ clip: Clip, _ index: Int, _ preset: Preset, seed: UInt64) -> [Int8] {
    var generator = FeatureBank.GeneratorStream.heldOut.generator(seed, index)
    return FeatureStreams.rows(
      SceneComposer.plain(clip.floats, &generator), stepMilliseconds: preset.stepMilliseconds)
  }

  /// Ambient recordings in memory, 14.4 MB an hour, each from a fresh front end, and those that could not be read; nil when
  /// cancelled.
  static func streams(
    _ records: [ClipRecord], _ preset: Preset, threads: Int, observer: TrainingObserver
  ) -> (rows: [[Int8]], skipped: [SkippedClip])? {
    let made = ParallelMap.map(
      count: records.count, threads: threads, isCancelled: observer.isCancelled
    ) { index -> (rows: [Int8], end: RecordingRows.End) in
      var rows: [Int8] = []
      let end = RecordingRows.forEachBlock(
        of: records[index], stepMilliseconds: preset.stepMilliseconds,
        isCancelled: observer.isCancelled
      ) { rows += $0 }
      return (rows, end)
    }
    guard let made else { return nil }
    var result: (rows: [[Int8]], skipped: [SkippedClip]) = ([], [])
    for item in made {
      switch item.end {
      case .whole: result.rows.append(item.rows)
      case .skipped(let clip): result.skipped.append(clip)
      case .stopped: return nil
      }
    }
    return result
  }

  /// Ambient recordings, each from a fresh front end, read block by block. Memory does not follow their length: rows wait
  /// on disk for their turn.
  ///
  /// - Returns: those that could not be read, or nil when cancelled (no file is written then).
  static func writeAmbient(
    _ records: [ClipRecord], _ preset: Preset, _ provenance: [UInt8], threads: Int,
    observer: TrainingObserver, to path: String
  ) throws(TrainingError) -> [SkippedClip]? {
    let counter = ProgressCounter(.heldOut, total: records.count, observer)
    var skipped: [SkippedClip] = []
    var isCancelled = false
    try write(path, preset, provenance) {
      (writer: inout FeatureStoreWriter) throws(TrainingError) -> Bool in
      for start in stride(from: 0, to: records.count, by: threads) {
        let group = Array(records[start..<min(start + threads, records.count)])
        let made = ParallelMap.map(
          count: group.count, threads: threads, isCancelled: observer.isCancelled
        ) { index in
          defer { counter.count() }
          return SpooledRows.make(
            group[index], stepMilliseconds: preset.stepMilliseconds, near: path,
            isCancelled: observer.isCancelled)
        }
        for outcome in made ?? [.stopped] {
          switch outcome {
          case .rows(let spooled): try spooled.write(to: &writer)
          case .skipped(let clip): skipped.append(clip)
          case .failed(let error): throw error
          case .stopped:
            isCancelled = true
            return false
          }
        }
      }
      return true
    }
    return isCancelled ? nil : skipped
  }

  /// `count` items of `items` at equal distances.
  private static func spread(_ items: [Int], _ count: Int) -> [Int] {
    (0..<count).map { items[$0 * items.count / count] }
  }

  /// A store that appears only when `body` returns true.
  private static func write(
    _ path: String, _ preset: Preset, _ provenance: [UInt8],
    _ body: (inout FeatureStoreWriter) throws(TrainingError) -> Bool
  ) throws(TrainingError) {
    var writer = try begin(path, preset, provenance)
    guard try body(&writer) else { return }
    do { try writer.commit() } catch { throw .features(error) }
  }

  private static func begin(
    _ path: String, _ preset: Preset, _ provenance: [UInt8]
  ) throws(TrainingError) -> FeatureStoreWriter {
    do {
      return try FeatureStoreWriter(
        path: path, stepMilliseconds: preset.stepMilliseconds, provenance: provenance)
    } catch { throw .features(error) }
  }
}
