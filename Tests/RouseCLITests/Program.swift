import Foundation

/// The program itself, which lies beside the test program.
enum Program {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  static let path = Bundle.main.bundleURL.appendingPathComponent("rouse").path

  /// Runs it to its end. What it prints goes through files: a pipe that nobody empties would stop it.
  static func run(_ arguments: [String]) throws -> Outcome {
    let folder = try Folder(["output": Data(), "errors": Data()])
    let (output, errors) = ("\(folder.path)/output", "\(folder.path)/errors")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}

/// A folder that is gone after the test.
final class Folder {
  let path = NSTemporaryDirectory() + "rouse-cli-" + UUID().uuidString

  init(_ files: [String: Data] = [:]) throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, content) in files {
      let file = "\(path)/\(name)"
      try manager.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try content.write(to: URL(fileURLWithPath: file))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var files: [String] {
    (FileManager.default.subpaths(atPath: path) ?? []).sorted()
  }
}
