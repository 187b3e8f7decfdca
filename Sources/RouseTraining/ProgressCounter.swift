import Synchronization

/// Counts finished pieces of work from any thread and reports each.
final class ProgressCounter: Sendable {
  private let stage: TrainingProgress.Stage
  private let total: Int
  private let observer: TrainingObserver
  private let done = Mutex(0)

  init(_ stage: TrainingProgress.Stage, total: Int, _ observer: TrainingObserver) {
    self.stage = stage
    self.total = total
    self.observer = observer
  }

  func count() {
    let now = done.withLock { done in
      done += 1
      return done
    }
    observer.progress(TrainingProgress(stage: stage, done: now, total: total))
  }
}
