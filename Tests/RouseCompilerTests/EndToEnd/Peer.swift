import Foundation
import RouseNumerics

/// A Python program with the pinned packages of `Tests/Peers`, which `./test` sets up; without it peer tests are skipped.
enum Peer {
  static let python = ProcessInfo.processInfo.environment["ROUSE_PEERS"]
  static var isAvailable: Bool { python != nil }

  private static let scripts = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Peers").path

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a script of `Tests/Peers` and returns what it prints.
  @discardableResult
  static func run(_ script: String, _ arguments: [String]) throws -> String {
    guard let python else { throw Failure(description: "ROUSE_PEERS is not set") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["\(scripts)/\(script)"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(script) ended with \(process.terminationStatus):\n\(text)")
    }
    return text
  }

  static func array(_ path: String) throws -> NPYArray {
    try NPYArray(bytes: try InputFile.read(path, limit: 1 << 28))
  }
}
