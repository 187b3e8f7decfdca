import RouseNumerics

/// What can be said of a checkpoint without going on from it.
public struct CheckpointSummary: Hashable, Sendable {
  public var file: String
  public var bytes: Int
  public var step: Int
  /// From 1.
  public var phase: Int
  /// Mean training loss of the steps before it.
  public var loss: Double
  /// Its validation; nil when there was none yet.
  public var score: ValidationScore?
  /// Its averaged weights are the best of the run so far.
  public var isBest: Bool
  /// A resumed run goes on from here.
  public var isLatest: Bool
}

extension RunFolder {
  /// All checkpoints of the run in the order of their steps. The one to resume from is a file of its own, and listed by
  /// itself only when no kept one is of the same step.
  ///
  /// - Throws: `.missingPart` when there is none; what is wrong with one that is damaged.
  public func checkpoints() throws(TrainingError) -> [CheckpointSummary] {
    let kept = CheckpointFolder(self)
    let latest = holdsCheckpoint ? try Checkpoint(path: checkpointFile) : nil
    var files = try kept.steps().map(kept.file)
    if let latest, !files.contains(kept.file(latest.state.step)) { files.append(checkpointFile) }
    guard !files.isEmpty else { throw .missingPart(file: checkpointFile) }
    var found: [CheckpointSummary] = []
    var newest: (step: Int, best: Int) = (-1, 0)
    for file in files {
      let state = try Checkpoint(path: file).state
      if state.step > newest.step { newest = (state.step, state.bestStep) }
      found.append(
        CheckpointSummary(
          file: file, bytes: try Self.size(of: file), step: state.step, phase: state.phase + 1,
          loss: state.latestLoss, score: state.latestScore, isBest: false,
          isLatest: state.step == latest?.state.step))
    }
    // A validation that was the best when its checkpoint was written may have been beaten since.
    for index in found.indices {
      found[index].isBest = found[index].step == newest.best && found[index].score != nil
    }
    return found.sorted { $0.step < $1.step }
  }

  private static func size(of file: String) throws(TrainingError) -> Int {
    do { return try InputFile.size(file) } catch { throw .file(error) }
  }

  func checkpoint(step: Int) throws(TrainingError) -> Checkpoint {
    let kept = CheckpointFolder(self)
    let steps = try kept.steps()
    if steps.contains(step) { return try Checkpoint(path: kept.file(step)) }
    if holdsCheckpoint {
      let latest = try Checkpoint(path: checkpointFile)
      if latest.state.step == step { return latest }
    }
    throw .noCheckpoint(folder: path, step: step, available: steps)
  }

  /// Removes all kept checkpoints but the last `keep` and the best one; the one to resume from is not touched.
  ///
  /// - Parameter dryRun: remove nothing.
  /// - Returns: what is, or would be, removed.
  public func pruneCheckpoints(
    keep: Int, dryRun: Bool
  ) throws(TrainingError) -> [CheckpointSummary] {
    let all = try checkpoints().filter { $0.file != checkpointFile }
    let best = all.first { $0.isBest }?.step ?? -1
    let kept = CheckpointFolder.kept(all.map(\.step), keep: keep, best: best)
    let removed = all.filter { !kept.contains($0.step) }
    if !dryRun {
      for checkpoint in removed { try Self.remove(checkpoint.file) }
    }
    return removed
  }
}
