import Dispatch
import Synchronization

/// Independent pieces of work, two at a time.
enum ParallelWork {
  /// The result of `body` for each of `0..<count`, in order. After an error no further piece is begun; of several errors
  /// the one of the lowest index that was reached is thrown.
  static func map<Value: Sendable>(
    _ count: Int, lanes: Int = 2,
    _ body: @Sendable (Int) throws(AudioError) -> Value
  ) throws(AudioError) -> [Value] {
    let state = Mutex(Progress<Value>(count: count))
    DispatchQueue.concurrentPerform(iterations: min(lanes, max(count, 1))) { _ in
      while true {
        let index = state.withLock { $0.takeNext() }
        guard let index else { return }
        do throws(AudioError) {
          let value = try body(index)
          state.withLock { $0.values[index] = value }
        } catch {
          state.withLock { $0.fail(error, at: index) }
        }
      }
    }
    let end = state.withLock { $0 }
    if let failure = end.failure { throw failure.error }
    return end.values.compactMap { $0 }
  }
}

private struct Progress<Value: Sendable>: Sendable {
  private var next = 0
  var values: [Value?]
  private(set) var failure: (index: Int, error: AudioError)?

  init(count: Int) { values = [Value?](repeating: nil, count: count) }

  mutating func takeNext() -> Int? {
    guard failure == nil, next < values.count else { return nil }
    next += 1
    return next - 1
  }

  mutating func fail(_ error: AudioError, at index: Int) {
    if index < failure?.index ?? .max { failure = (index, error) }
  }
}
