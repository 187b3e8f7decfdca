import RouseAudio
import RouseNumerics
import Synchronization

/// Decodes the recordings of a corpus, several at a time, and keeps what training can use of each.
///
/// | role | what is kept |
/// |---|---|
/// | positive | the whole recording of at most 60 s, and where the word is |
/// | negative, noise | the recording in pieces of a minute; the last one has 1 to 61 s |
/// | impulse | the whole recording of at most 30 s |
/// | ambient | nothing: it is streamed where it is needed |
///
/// A recording of 61 s or less is one piece. Pieces of digital silence are left out.
enum ClipReading {
  /// Longest recording of one utterance; more is a recording session that nobody cut.
  static let longestPositiveSeconds = 60.0
  /// Cathedrals ring for 10 s.
  static let longestImpulseSeconds = 30.0
  static let pieceSamples = 60 * AudioClip.standardSampleRate
  /// A rest shorter than this stays with the piece before it.
  static let shortestRest = AudioClip.standardSampleRate
  /// 30 ms, one window of the front end: less has no features.
  static let shortestSamples = 480

  struct Result {
    var pieces: [ClipPiece] = []
    var skipped: [SkippedClip] = []
  }

  private enum Outcome {
    case pieces([ClipPiece])
    case skipped(SkippedClip)
    case stopped
  }

  /// - Parameter file: takes the samples; without one they are only looked at.
  /// - Throws: `.diskFull`, `.file`, of the first call that failed; the other threads stop then.
  /// - Returns: nil when cancelled.
  static func read(
    _ listing: CorpusListing, into file: ScratchFile?, threads: Int, observer: TrainingObserver
  ) throws(TrainingError) -> Result? {
    let wanted = listing.records.indices.filter { listing.records[$0].role != .ambient }
    let counter = ProgressCounter(.reading, total: wanted.count, observer)
    let failure = Mutex<TrainingError?>(nil)
    let isCancelled: @Sendable () -> Bool = {
      observer.isCancelled() || failure.withLock { $0 != nil }
    }
    let outcomes = ParallelMap.map(
      count: wanted.count, threads: threads, isCancelled: isCancelled
    ) { position -> Outcome in
      let index = wanted[position]
      let recording = Recording(
        record: listing.records[index], index: index, file: file, isCancelled: isCancelled)
      defer { counter.count() }
      do throws(TrainingError) {
        return try recording.read()
      } catch {
        failure.withLock { $0 = $0 ?? error }
        return .stopped
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    guard let outcomes else { return nil }
    var result = Result()
    for outcome in outcomes {
      switch outcome {
      case .pieces(let pieces): result.pieces += pieces
      case .skipped(let clip): result.skipped.append(clip)
      case .stopped: return nil
      }
    }
    return result
  }

  // MARK: - One recording

  private struct Recording {
    let record: ClipRecord
    let index: Int
    let file: ScratchFile?
    let isCancelled: @Sendable () -> Bool

    func read() throws(TrainingError) -> Outcome {
      switch record.role {
      case .positive: try whole(upTo: longestPositiveSeconds)
      case .impulse: try whole(upTo: longestImpulseSeconds)
      case .negative, .noise, .ambient: try cut()
      }
    }

    private func whole(upTo seconds: Double) throws(TrainingError) -> Outcome {
      let audio: AudioClip
      do {
        audio = try AudioFile.read(record.file, longestSeconds: seconds)
      } catch {
        return skip(.audio(error))
      }
      let samples = audio.int16
      guard samples.contains(where: { $0 != 0 }) else { return skip(.silent) }
      guard record.role == .positive else { return .pieces([try keep(samples)]) }
      guard samples.count >= shortestSamples else { return skip(.tooShort(samples.count)) }
      guard let word = WordBounds.find(in: audio.samples) else { return skip(.noSpeech) }
      return .pieces([try keep(samples, word: word)])
    }

    private func cut() throws(TrainingError) -> Outcome {
      var pieces: [ClipPiece] = []
      var rest: [Int16] = []
      var isSilent = true
      var total = 0
      func flush(_ count: Int) throws(TrainingError) {
        let piece = Array(rest.prefix(count))
        rest.removeFirst(piece.count)
        guard piece.contains(where: { $0 != 0 }) else { return }
        isSilent = false
        pieces.append(try keep(piece))
      }
      let reader: AudioBlockReader
      do { reader = try AudioFile.blocks(record.file) } catch { return skip(.audio(error)) }
      while true {
        let block: [Float]?
        do { block = try reader.next() } catch { return skip(.audio(error)) }
        guard let block else { break }
        guard !isCancelled() else { return .stopped }
        total += block.count
        rest += block.lazy.map(AudioClip.int16)
        while rest.count >= pieceSamples + shortestRest { try flush(pieceSamples) }
      }
      try flush(rest.count)
      if isSilent { return skip(.silent) }
      return total >= shortestSamples ? .pieces(pieces) : skip(.tooShort(total))
    }

    private func keep(_ samples: [Int16], word: Range<Int>? = nil) throws(TrainingError)
      -> ClipPiece
    {
      var hash = CorpusDigest.begin(record)
      hash.update(samples.span.bytes)
      return ClipPiece(
        record: index, offset: try file?.append(samples.span.bytes) ?? 0, count: samples.count,
        word: word ?? 0..<samples.count, digest: ClipPiece.Digest(hash.finish()))
    }

    private func skip(_ reason: SkippedClip.Reason) -> Outcome {
      .skipped(SkippedClip(name: record.name, reason: reason))
    }
  }
}
