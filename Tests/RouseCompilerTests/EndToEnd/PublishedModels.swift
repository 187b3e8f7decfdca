import Foundation
import RouseNumerics

/// Models of other people, out of PyPI packages that `./test` fetches; without them their tests are skipped.
enum PublishedModels {
  static let folder = ProcessInfo.processInfo.environment["ROUSE_MODELS"]
  static var isAvailable: Bool { folder != nil }

  /// The models of esphome/micro-wake-word-models, `models/v2`, as the 2.2.1 package has them.
  static let wakeWords = ["alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"]

  static func path(_ name: String, package: String = "pymicro-wakeword==2.2.1") throws -> String {
    guard let folder else { throw CocoaError(.fileNoSuchFile) }
    let module = package.prefix { $0 != "=" }.replacing("-", with: "_")
    return "\(folder)/\(package)/\(module)/models/\(name)"
  }

  static func bytes(
    _ name: String, package: String = "pymicro-wakeword==2.2.1"
  ) throws -> [UInt8] {
    try InputFile.read(try path(name, package: package))
  }

  /// A golden vector; they lie with the tests of the interpreter.
  static func golden(_ name: String) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try InputFile.read(
      tests.appendingPathComponent("RouseRuntimeTests/Fixtures/published/\(name)").path)
  }

  static func golden(npy name: String) throws -> NPYArray {
    try NPYArray(bytes: try golden(name))
  }
}
