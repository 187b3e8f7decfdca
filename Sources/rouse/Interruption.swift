import Dispatch
import Glibc
import Synchronization

/// Turns the first Ctrl-C (or SIGTERM) into a request to stop at the next safe point; the second one ends the program.
final class Interruption: Sendable {
  private let requested = Mutex(false)
  /// Kept alive for as long as signals are to be caught; written once in `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  init() {
    let queue = DispatchQueue(label: "rouse.interruption")
    var made: [any DispatchSourceSignal] = []
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      made.append(DispatchSource.makeSignalSource(signal: number, queue: queue))
    }
    sources = made
    for (source, number) in zip(made, [SIGINT, SIGTERM]) {
      source.setEventHandler { [self] in
        let again = requested.withLock { flag in
          defer { flag = true }
          return flag
        }
        if again {
          signal(number, SIG_DFL)
          raise(number)
        }
        Terminal.note("stopping at the next safe point; press Ctrl-C again to stop at once")
      }
      source.resume()
    }
  }

  var isRequested: Bool { requested.withLock { $0 } }
}
