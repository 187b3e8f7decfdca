import Dispatch
import Synchronization

/// Independent pieces of work on several cores; results come in the order of the pieces.
package enum ParallelMap {
  private struct State<Result: Sendable> {
    var next = 0
    var isCancelled = false
    var results: [Result?]
  }

  /// `[body(0), body(1), …]`, or nil once `isCancelled` answered true (asked before every piece).
  ///
  /// Pieces are handed out one by one, so a result must not depend on which thread makes it.
  package static func map<Result: Sendable>(
    count: Int, threads: Int, isCancelled: @Sendable () -> Bool,
    _ body: @Sendable (Int) -> Result
  ) -> [Result]? {
    let state = Mutex(State<Result>(results: Array(repeating: nil, count: count)))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
      while true {
        let cancel = isCancelled()
        let index = state.withLock { state -> Int? in
          if cancel { state.isCancelled = true }
          guard !state.isCancelled, state.next < count else { return nil }
          state.next += 1
          return state.next - 1
        }
        guard let index else { return }
        let result = body(index)
        state.withLock { $0.results[index] = result }
      }
    }
    return state.withLock { $0.isCancelled ? nil : $0.results.compactMap { $0 } }
  }
}
