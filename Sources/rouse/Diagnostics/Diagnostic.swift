import ArgumentParser
import Foundation
import RouseNumerics

/// What a person is told when something fails: what was found, where, and what to do.
///
/// ```
/// error: model needs 71304 bytes of tensor arena, esp32-s3 allows 65536
///   --> targets/esp32-s3-n16r8.yaml: memory.tensorArenaBytes
///   note: peak is at node 4 `depthwise_conv`
///   help: lower `channels` from 64 to 48
/// ```
struct Diagnostic: Error, Hashable {
  var message: String
  var location: String?
  var notes: [String] = []
  var help: String?
  /// Printed after everything else, as it is.
  var table: String?
  var exitCode: ExitCode = .failure

  var text: String {
    var lines = ["error: \(message)"]
    if let location { lines.append("  --> \(location)") }
    lines += notes.map { "  note: \($0)" }
    if let help { lines.append("  help: \(help)") }
    if let table { lines += ["", table] }
    return lines.joined(separator: "\n").printable
  }

  /// Prints to standard error.
  func print() { Terminal.note(text) }
}

extension ExitCode {
  /// Does not fit the target, or the firmware would refuse it.
  static let doesNotFit = ExitCode(2)
}
