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
      (writer: inout FeatureStoreWriter) throws(FrontEndError) -> Bool in
      for (stream, role) in chosen {
        let range = bank.streams.ranges[stream].prefix(calibrationRows)
        let channels = FeatureStreams.channels
        try writer.append(
          Array(values[range.lowerBound * channels..<range.upperBound * channels]),
          name: "stream \(stream)", label: "", speaker: "", role: role)
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
    var streams: [(name: String, rows: [Int8])] = []
    var skipped: [SkippedClip] = []
    for record in records {
      switch rows(record, preset) {
      case .success(let rows): streams.append((record.name, rows))
      case .failure(let clip): skipped.append(clip)
      }
    }
    let role = streams.isEmpty ? "negative" : "ambient"
    if streams.isEmpty { streams = all(set.negatives, role) }
    let clips =
      all(set.positives, "positive").map { ($0, "positive") } + streams.map { ($0, role) }
    try write(path, preset, provenance) {
      (writer: inout FeatureStoreWriter) throws(FrontEndError) in
      for ((name, rows), role) in clips {
        try writer.append(rows, name: name, label: "", speaker: "", role: role)
      }
      return true
    }
    return skipped
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
      (writer: inout FeatureStoreWriter) throws(FrontEndError) -> Bool in
      for (index, clip) in clips.enumerated() {
        try writer.append(
          rows(clip, index, preset, seed: seed),
          name: clip.record.name, label: clip.record.label ?? "",
          speaker: clip.record.speaker ?? "", role: "positive")
      }
      return true
    }
  }

  /// A recording between two stretches of quiet.
  static func rows(_ clip: Clip, _ index: Int, _ preset: Preset, seed: UInt64) -> [Int8] {
    var generator = FeatureBank.GeneratorStream.heldOut.generator(seed, index)
    return FeatureStreams.rows(
      SceneComposer.plain(clip.samples, &generator), stepMilliseconds: preset.stepMilliseconds)
  }

  /// Ambient recordings in memory, each from a fresh front end, and those that could not be read; nil when cancelled.
  static func streams(
    _ records: [ClipRecord], _ preset: Preset, threads: Int, observer: TrainingObserver
  ) -> (rows: [[Int8]], skipped: [SkippedClip])? {
    let made = ParallelMap.map(
      count: records.count, threads: threads, isCancelled: observer.isCancelled
    ) { rows(records[$0], preset) }
    guard let made else { return nil }
    var result: (rows: [[Int8]], skipped: [SkippedClip]) = ([], [])
    for item in made {
      switch item {
      case .success(let rows): result.rows.append(rows)
      case .failure(let clip): result.skipped.append(clip)
      }
    }
    return result
  }

  /// Ambient recordings, each from a fresh front end, read block by block; only as many at once as there are threads.
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
      (writer: inout FeatureStoreWriter) throws(FrontEndError) -> Bool in
      for start in stride(from: 0, to: records.count, by: threads) {
        let group = Array(records[start..<min(start + threads, records.count)])
        let made = ParallelMap.map(
          count: group.count, threads: threads, isCancelled: observer.isCancelled
        ) { index in
          let result = rows(group[index], preset)
          counter.count()
          return result
        }
        guard let made else {
          isCancelled = true
          return false
        }
        for (record, result) in zip(group, made) {
          switch result {
          case .success(let rows):
            try writer.append(
              rows, name: record.name, label: record.label ?? "", speaker: record.speaker ?? "",
              role: "ambient")
          case .failure(let clip): skipped.append(clip)
          }
        }
      }
      return true
    }
    return isCancelled ? nil : skipped
  }

  private static func rows(_ record: ClipRecord, _ preset: Preset) -> Result<[Int8], SkippedClip> {
    do {
      let reader = try AudioFile.blocks(record.file)
      var frontEnd = MicroFrontEnd(stepMilliseconds: preset.stepMilliseconds)
      var result: [Int8] = []
      while let block = try reader.next() {
        var rows: [UInt16] = []
        frontEnd.process(block.map(AudioClip.int16), into: &rows)
        result += rows.map(FeatureQuantization.deviceInt8)
      }
      return .success(result)
    } catch {
      return .failure(SkippedClip(name: record.name, reason: .audio(error)))
    }
  }

  /// `count` items of `items` at equal distances.
  private static func spread(_ items: [Int], _ count: Int) -> [Int] {
    (0..<count).map { items[$0 * items.count / count] }
  }

  /// A store that appears only when `body` returns true.
  private static func write(
    _ path: String, _ preset: Preset, _ provenance: [UInt8],
    _ body: (inout FeatureStoreWriter) throws(FrontEndError) -> Bool
  ) throws(TrainingError) {
    do {
      var writer = try FeatureStoreWriter(
        path: path, stepMilliseconds: preset.stepMilliseconds, provenance: provenance)
      if try body(&writer) { try writer.commit() }
    } catch {
      throw .features(error)
    }
  }
}
