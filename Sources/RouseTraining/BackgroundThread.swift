import Glibc

/// A thread that works in the time that others leave.
enum BackgroundThread {
  /// Against a thread of the usual priority it gets a tenth of a core (weights 110 and 1024 of Linux's scheduler), on a
  /// core that nobody uses all of it.
  private static let niceness: Int32 = 10

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body`; false when the system has no thread left.
  static func run(_ body: @escaping @Sendable () -> Void) -> Bool {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        // 0 is the calling thread. Where it is refused, the thread is as urgent as the others.
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, BackgroundThread.niceness)
        Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}
