import RouseAudio
import Synchronization

/// A decoded recording.
package struct Clip: Sendable {
  package let record: ClipRecord
  /// 16 kHz.
  package let samples: [Int16]
  /// Where the word is, for positives.
  package let word: Range<Int>

  /// `samples` in `-1…1`.
  package var floats: [Float] { samples.map { Float($0) / 32768 } }
}

/// Every recording that training holds in memory, as 16-bit samples.
package struct ClipStore: Sendable {
  package var clips: [Clip]
  package var skipped: [SkippedClip]

  /// 9.3 hours of sound: a laptop's memory with room to spare.
  package static let largestBytes = 1 << 30

  package func clips(_ role: SourceRole, _ split: Split) -> [Clip] {
    clips.filter { $0.record.role == role && $0.record.split == split }
  }

  /// Decodes all recordings except ambient ones, which are streamed where they are needed.
  ///
  /// Files that cannot be used are listed in `skipped`, in the order of the corpus.
  ///
  /// - Throws: `.tooMuchAudio`.
  /// - Returns: nil when cancelled.
  package static func load(
    _ listing: CorpusListing, threads: Int, observer: TrainingObserver
  ) throws(TrainingError) -> ClipStore? {
    let records = listing.records.filter { $0.role != .ambient }
    let bytes = ByteCounter(limit: largestBytes)
    let counter = ProgressCounter(.reading, total: records.count, observer)
    let isCancelled: @Sendable () -> Bool = { observer.isCancelled() || bytes.isExceeded }
    let loaded = ParallelMap.map(count: records.count, threads: threads, isCancelled: isCancelled) {
      index in
      let result = load(records[index])
      if case .success(let clip) = result { bytes.add(2 * clip.samples.count) }
      counter.count()
      return result
    }
    if bytes.isExceeded {
      throw .tooMuchAudio(files: records.count, bytes: bytes.sum, limit: largestBytes)
    }
    guard let loaded else { return nil }
    var store = ClipStore(clips: [], skipped: [])
    for result in loaded {
      switch result {
      case .success(let clip): store.clips.append(clip)
      case .failure(let skipped): store.skipped.append(skipped)
      }
    }
    return store
  }

  private static func load(_ record: ClipRecord) -> Result<Clip, SkippedClip> {
    let audio: AudioClip
    do {
      audio = try AudioFile.read(record.file)
    } catch {
      return .failure(SkippedClip(name: record.name, reason: .audio(error)))
    }
    let samples = audio.int16
    guard samples.contains(where: { $0 != 0 }) else {
      return .failure(SkippedClip(name: record.name, reason: .noSpeech))
    }
    guard record.role == .positive else {
      return .success(Clip(record: record, samples: samples, word: 0..<samples.count))
    }
    guard let word = WordBounds.find(in: audio.samples) else {
      return .failure(SkippedClip(name: record.name, reason: .noSpeech))
    }
    return .success(Clip(record: record, samples: samples, word: word))
  }
}

/// Bytes taken by all threads together.
private final class ByteCounter: Sendable {
  private let limit: Int
  private let total = Mutex(0)

  package init(limit: Int) { self.limit = limit }

  package var sum: Int { total.withLock { $0 } }
  package var isExceeded: Bool { sum > limit }
  package func add(_ bytes: Int) { total.withLock { $0 += bytes } }
}
