import Foundation
import RouseCompiler

/// The live line of `rouse listen`, or plain lines where nobody watches.
struct ListenScreen {
  /// Redraw one line on standard output.
  var isLive: Bool
  /// In steps of 1/255.
  var cutoff: Int
  /// The last second that a plain line was printed for.
  private var second = -1.0

  init(isLive: Bool, cutoff: Int) {
    self.isLive = isLive
    self.cutoff = cutoff
  }

  private static let width = 40

  mutating func show(_ events: [Listener.Event], _ listener: Listener) {
    for event in events {
      if event.isDetection {
        write((isLive ? "\r\u{1B}[K" : "") + String(format: "%10.2f s  detected\n", event.seconds))
      } else if !isLive, event.seconds.rounded(.down) > second {
        second = event.seconds.rounded(.down)
        write(String(format: "%10.2f s  %3d/256\n", event.seconds, event.code))
      }
    }
    if isLive, let last = events.last { write("\r\u{1B}[K" + line(last, listener)) }
  }

  private func line(_ event: Listener.Event, _ listener: Listener) -> String {
    let filled = Int(event.code) * Self.width / 256
    let mark = min(Self.width - 1, cutoff * Self.width / 255)
    let bar = (0..<Self.width).map { place in
      place < filled ? "█" : place == mark ? "┊" : " "
    }.joined()
    return String(
      format: "%8.1f s ▕%@▏ %3d/256  %d detected", event.seconds, bar as NSString, event.code,
      listener.detections)
  }

  func finish(_ listener: Listener) {
    if isLive { write("\r\u{1B}[K") }
    write(
      String(format: "%.1f s heard, %d detected\n", listener.seconds, listener.detections))
  }

  private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
