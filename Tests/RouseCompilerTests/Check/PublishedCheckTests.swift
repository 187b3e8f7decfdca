import Foundation
import RouseCompiler
import Testing

/// Where `./test` puts models out of PyPI packages.
private let models = ProcessInfo.processInfo.environment["ROUSE_MODELS"]

/// Models that people run; without `ROUSE_MODELS` these tests are skipped.
@Suite(.enabled(if: models != nil, "ROUSE_MODELS is not set"))
struct PublishedCheckTests {
  static let wakeWords = ["alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"]

  static func report(
    _ path: String, firmware: String = "esphome-2026.10"
  ) throws -> CheckReport {
    let file = "\(try #require(models))/\(path)"
    return try CheckModels.report(try CheckFiles.inputs([file]), firmware: firmware)
  }

  static func wakeWord(_ name: String, firmware: String = "esphome-2026.10") throws -> CheckReport {
    try report(
      "pymicro-wakeword==2.2.1/pymicro_wakeword/models/\(name).json", firmware: firmware)
  }

  @Test(arguments: wakeWords)
  func wakeWordsFit(_ name: String) throws {
    let report = try Self.wakeWord(name)
    #expect(report.verdict == .fits, "\(report.findings)")
    #expect(report.models[0].resolution != nil && report.budget?.time?.over == 0)
    #expect(!report.findings.contains { $0.code == .notSimulated })
    let tooSmall = report.findings.filter { $0.code == .arenaTooSmallForLibrary }
    #expect(tooSmall.contains { $0.message.hasPrefix("with esp-nn-1.2.1 the arena is") })
  }

  /// What devices logged in April 2026 (esphome/esphome#15603), said before flashing.
  @Test(arguments: [
    ("okay_nabu", "Requested: 19440, available 11876, missing: 7564"),
    ("hey_jarvis", "Requested: 17840, available 10876, missing: 6964"),
  ])
  func newerKernelsAreSaidToNeedMore(_ name: String, _ log: String) throws {
    for firmware in ["esphome-2025.12", "esphome-2026.10"] {
      let report = try Self.wakeWord(name, firmware: firmware)
      let finding = try #require(
        report.findings.first {
          $0.code == .arenaTooSmallForLibrary && $0.message.contains("esp-nn-1.2.1")
        })
      #expect(finding.message.contains(log), "\(finding.message)")
    }
  }

  /// Bytes of arenas that begin at a multiple of 16, enums as wide as int.
  @Test(arguments: [("okay_nabu", 26_080), ("hey_jarvis", 22_860), ("alexa", 22_348)])
  func manifestsSufficeForTheFirmwareTheyWereMadeFor(_ name: String, _ stated: Int) throws {
    let model = try Self.wakeWord(name).models[0]
    #expect(model.manifestArenaBytes == stated)
    #expect(try #require(model.arena).minimumBytes <= stated)
  }

  @Test(arguments: [
    "alexa", "embedding_model", "hey_jarvis", "hey_mycroft", "hey_rhasspy", "melspectrogram",
    "okay_nabu",
  ])
  func modelsOfOpenWakeWordAreFloat(_ name: String) throws {
    let report = try Self.report("pyopen-wakeword==1.1.0/pyopen_wakeword/models/\(name).tflite")
    #expect(report.verdict == .refused)
    let finding = try #require(report.findings.first { $0.code == .floatModel })
    #expect(finding.message.hasPrefix("float32 model of input ["), "\(finding.message)")
    #expect(finding.help.contains("openWakeWord"))
  }
}
