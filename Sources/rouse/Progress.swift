import Foundation
import Synchronization

/// A progress line with rate and time left: redrawn in place on a terminal, a plain line every ten seconds elsewhere.
final class Progress: Sendable {
  private struct State {
    var lastDrawn: ContinuousClock.Instant
    var done = 0
  }

  private let title: String
  private let unit: String
  private let first: Int
  private let started: ContinuousClock.Instant
  private let state: Mutex<State>

  /// - Parameters:
  ///   - unit: what is counted, in the plural: `steps`, `clips`.
  ///   - first: what was done before this line was there and does not count for the rate: a resumed run's steps.
  init(_ title: String, unit: String, from first: Int = 0) {
    self.first = first
    self.title = title
    self.unit = unit
    started = .now
    state = Mutex(State(lastDrawn: started))
    if !Terminal.isInteractive { Terminal.note("\(title)…") }
  }

  /// May be called from any thread, as often as one likes.
  ///
  /// - Parameter also: another unit, and how many of it are in one.
  func update(
    done: Int, of total: Int, note: String = "", also: (unit: String, count: Int)? = nil
  ) {
    let interval: Duration = Terminal.isInteractive ? .milliseconds(100) : .seconds(10)
    let isDue = state.withLock { state in
      state.done = max(state.done, done)
      guard .now - state.lastDrawn >= interval else { return false }
      state.lastDrawn = .now
      return true
    }
    guard isDue, total > 0 else { return }
    let seconds = max((ContinuousClock.now - started) / .seconds(1), 1e-3)
    let rate = Double(done - first) / seconds
    let left = rate > 0 ? Double(total - done) / rate : 0
    let figures =
      "\(done)/\(total) \(unit), \(Self.rate(rate)) \(unit)/s"
      + (also.map { " (\(Self.rate(rate * Double($0.count))) \($0.unit)/s)" } ?? "")
      + ", \(Self.time(left)) left"
      + (note.isEmpty ? "" : ", \(note)")
    guard Terminal.isInteractive else {
      Terminal.note("\(title): \(figures)")
      return
    }
    let width = max(8, min(28, Terminal.columns - title.count - figures.count - 5))
    let filled = min(width, width * done / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    Terminal.status(String("\(title) \(bar) \(figures)".prefix(Terminal.columns - 1)))
  }

  /// Replaces the line by what came of it.
  func finish(_ result: String) {
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    Terminal.clearStatus()
    Terminal.note("\(title): \(result) (\(Self.time(seconds)))")
  }

  private static func rate(_ value: Double) -> String {
    String(format: value < 10 ? "%.1f" : "%.0f", value)
  }

  static func time(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60
      ? String(format: "%.1f s", seconds) : String(format: "%d:%02d min", whole / 60, whole % 60)
  }
}
