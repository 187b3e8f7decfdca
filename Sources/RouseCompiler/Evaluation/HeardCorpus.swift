import RouseAudio
import RouseFrontEnd
import RouseTraining
import Synchronization

/// The probability codes of every recording that is scored.
struct HeardCorpus: Sendable {
  /// A clip with the word or without it, under one condition.
  struct Clip: Sendable {
    var record: ClipRecord
    /// Of the noise that was mixed in.
    var noise: String?
    /// Of the recording itself.
    var seconds: Double
    var isSilent: Bool
    var codes: [UInt8]
  }

  struct Stream: Sendable {
    var record: ClipRecord
    var codes: [UInt8]
  }

  let conditions: [ClipScenes.Condition]
  /// For each condition, the clips in the order of the corpus.
  var positives: [[Clip]]
  var negatives: [Clip]
  var ambient: [Stream]
  var skipped: [SkippedClip]
}

/// Turns the recordings of a corpus into codes, files side by side, long ones in sections.
struct CorpusHearing: Sendable {
  let model: EvaluatedModel
  let scenes: ClipScenes
  let conditions: [ClipScenes.Condition]
  let threads: Int
  let progress: @Sendable (EvaluationProgress) -> Void
  let isCancelled: @Sendable () -> Bool

  /// nil when cancelled.
  func hear(
    positives: [ClipRecord], negatives: [ClipRecord], ambient: [ClipRecord]
  ) -> HeardCorpus? {
    var result = HeardCorpus(
      conditions: conditions, positives: conditions.map { _ in [] }, negatives: [], ambient: [],
      skipped: [])
    let total = positives.count + negatives.count
    let done = Mutex(0)
    let clips = ParallelMap.map(count: total, threads: threads, isCancelled: isCancelled) { index in
      defer {
        let count = done.withLock { done in
          done += 1
          return done
        }
        progress(EvaluationProgress(stage: .clips, done: count, total: total))
      }
      return index < positives.count
        ? hear(positives[index], index, conditions)
        : hear(negatives[index - positives.count], index, [.asRecorded])
    }
    guard let clips else { return nil }
    for (index, clip) in clips.enumerated() {
      switch clip {
      case .failure(let skipped): result.skipped.append(skipped)
      case .success(let heard) where index < positives.count:
        for (condition, clip) in heard.enumerated() { result.positives[condition].append(clip) }
      case .success(let heard): result.negatives += heard
      }
    }
    guard let streams = hear(ambient), !isCancelled() else { return nil }
    for stream in streams {
      switch stream {
      case .success(let heard): result.ambient.append(heard)
      case .failure(let skipped): result.skipped.append(skipped)
      }
    }
    return result
  }

  /// A clip under each condition, every time from the state of a device that has just started.
  private func hear(
    _ record: ClipRecord, _ index: Int, _ conditions: [ClipScenes.Condition]
  ) -> Result<[HeardCorpus.Clip], SkippedClip> {
    let samples: [Int16]
    do {
      samples = try AudioFile.read(record.file).int16
    } catch {
      return .failure(SkippedClip(name: record.name, reason: .audio(error)))
    }
    var network = CodeRun(model)
    return .success(
      conditions.map { condition in
        let scene = scenes.scene(samples, condition, index: index)
        let rows = MicroFrontEnd.features(
          of: scene.samples, stepMilliseconds: model.stepMilliseconds
        ).deviceInt8
        var codes: [UInt8] = []
        network.reset()
        network.run(rows, into: &codes)
        return HeardCorpus.Clip(
          record: record, noise: scene.noise,
          seconds: Double(samples.count) / Double(AudioClip.standardSampleRate),
          isSilent: !samples.contains { $0 != 0 }, codes: codes)
      })
  }

  /// Long recordings: side by side when there are enough of them, in sections when there are not.
  private func hear(_ records: [ClipRecord]) -> [Result<HeardCorpus.Stream, SkippedClip>]? {
    let atOnce = max(1, min(threads, records.count))
    let scorer = StreamScorer(model, threads: max(1, threads / atOnce))
    let heard = Mutex(Heard(records.count))
    return ParallelMap.map(count: records.count, threads: atOnce, isCancelled: isCancelled) {
      index in
      let record = records[index]
      do throws(AudioError) {
        let reader = try AudioFile.blocks(record.file)
        let declared = reader.declaredSamples
        let codes = try scorer.codes(
          { () throws(AudioError) in try reader.next()?.map(AudioClip.int16) },
          progress: { samples in
            let sum = heard.withLock { $0.note(index, samples, of: declared) }
            progress(
              EvaluationProgress(
                stage: .ambient, done: sum.done / AudioClip.standardSampleRate,
                total: (sum.total ?? 0) / AudioClip.standardSampleRate))
          }, isCancelled: isCancelled)
        return .success(HeardCorpus.Stream(record: record, codes: codes ?? []))
      } catch {
        return .failure(SkippedClip(name: record.name, reason: .audio(error)))
      }
    }
  }

  /// Samples of all recordings together.
  private struct Heard {
    private var done: [Int]
    private var declared: [Int?]

    init(_ count: Int) {
      done = Array(repeating: 0, count: count)
      declared = Array(repeating: nil, count: count)
    }

    /// - Returns: what was heard, and an estimate of all: recordings that nobody has opened are as long as the others.
    mutating func note(_ index: Int, _ samples: Int, of all: Int?) -> (done: Int, total: Int?) {
      done[index] = samples
      declared[index] = all
      let known = declared.compactMap { $0 }
      let sum = done.reduce(0, +)
      guard !known.isEmpty else { return (sum, nil) }
      return (sum, known.reduce(0, +) / known.count * declared.count)
    }
  }
}
