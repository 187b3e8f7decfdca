import Foundation

/// Where people read: results on standard output, everything else on standard error.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Colour on standard output: on a terminal, unless NO_COLOR is set to anything (no-color.org).
  static var showsColour: Bool {
    isatty(STDOUT_FILENO) == 1
      && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  static func note(_ text: String) {
    let lead = isInteractive ? "\r\u{1B}[K" : ""
    FileHandle.standardError.write(Data("\(lead)\(text)\n".utf8))
  }

  /// Replaces the current line of an interactive terminal.
  static func status(_ text: String) {
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  static func clearStatus() {
    if isInteractive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }

  /// Columns of the terminal, 80 when unknown.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
