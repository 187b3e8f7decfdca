import Dispatch
import Synchronization

/// One generation of a bank that threads work on, in the background or all together.
///
/// Threads take streams one by one and put them into the bank in order, so that it is the same whoever made them. What is
/// in memory beside the bank is a stream for each thread, and those that wait for one in front of them.
final class BankInTheMaking: Sendable {
  private struct State {
    var bank = FeatureBank()
    /// The next stream that nobody makes yet.
    var next = 0
    /// Streams that are made, and are to follow streams that are not.
    var early: [Int: (rows: [Int8], word: Range<Int>?)] = [:]
    var isStopped = false
    var work = ExampleRenewal()
  }

  let generation: Int
  private let maker: BankMaker
  private let counter: ProgressCounter?
  private let isCancelled: @Sendable () -> Bool
  private let state: Mutex<State>
  private let workers = DispatchGroup()

  /// - Parameter counter: is told of each stream.
  init(
    _ maker: BankMaker, generation: Int, counter: ProgressCounter? = nil,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.maker = maker
    self.generation = generation
    self.counter = counter
    self.isCancelled = isCancelled
    var state = State()
    state.bank.reserve(rows: maker.rows)
    self.state = Mutex(state)
  }

  /// What was made so far.
  var work: ExampleRenewal { state.withLock { $0.work } }

  /// Lets a thread of its own begin, in the time that training leaves.
  func begin() {
    workers.enter()
    let isRunning = BackgroundThread.run {
      self.makeStreams()
      self.workers.leave()
    }
    // Without a thread `finish` has all of it to do.
    if !isRunning { workers.leave() }
  }

  /// Makes what is left on `threads` threads, beside one that began before.
  ///
  /// - Returns: nil when cancelled or stopped.
  func finish(threads: Int) -> FeatureBank? {
    DispatchQueue.concurrentPerform(iterations: threads) { _ in makeStreams() }
    workers.wait()
    return state.withLock { state in
      guard !state.isStopped else { return nil }
      defer { state.bank = FeatureBank() }
      return state.bank
    }
  }

  /// Ends the work that began, after the stream that it is at.
  func stop() {
    state.withLock { $0.isStopped = true }
    workers.wait()
  }

  private func makeStreams() {
    while true {
      let cancel = isCancelled()
      let index = state.withLock { state -> Int? in
        if cancel { state.isStopped = true }
        guard !state.isStopped, state.next < maker.count else { return nil }
        state.next += 1
        return state.next - 1
      }
      guard let index else { return }
      let started = ContinuousClock.now
      let stream = maker.stream(index, generation: generation)
      let seconds = (ContinuousClock.now - started) / .seconds(1)
      state.withLock { state in
        state.early[index] = stream
        while let next = state.early.removeValue(forKey: state.bank.streams.ranges.count) {
          state.bank.append(next.rows, word: next.word)
        }
        state.work.streams += 1
        state.work.seconds += seconds
      }
      counter?.count()
    }
  }
}
