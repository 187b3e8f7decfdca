import Foundation
import RouseNumerics
import RouseTraining
import Testing

@Suite struct TrainingRecordTests {
  static let score = {
    var score = ValidationScore(recall: 0.9375, recallWithoutFalseAccepts: 0.5, loss: 0.1)
    score.missRate = 0.0625
    score.falseAcceptsPerHour = 12.5
    return score
  }()

  static func record(_ step: Int, _ validation: ValidationScore? = nil) -> TrainingRecord {
    TrainingRecord(
      step: step, phase: 1, loss: 1 / Double(step), learningRate: 1e-5, gradientNorm: 0.1 + 0.2,
      validation: validation)
  }

  @Test func aLineIsJSON() throws {
    #expect(
      Self.record(10, Self.score).line
        == #"{"step":10,"phase":1,"loss":0.1,"learning_rate":1e-05,"gradient_norm":0.30000000000000004,"#
        + #""recall":0.9375,"recall_without_false_accepts":0.5,"validation_loss":0.1,"miss_rate":0.0625,"#
        + #""false_accepts_per_hour":12.5}"#)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(Self.record(3).line.utf8)) as? [String: Double])
    #expect(object["loss"] == 1.0 / 3)
    #expect(object.count == 5)
  }

  @Test(arguments: [nil, score])
  func aLineReadsBackAsTheSameRecord(_ score: ValidationScore?) {
    let record = Self.record(7, score)
    #expect(TrainingRecord(line: Substring(record.line)) == record)
  }

  @Test func whatJSONCannotHoldIsNull() throws {
    var score = Self.score
    score.loss = .infinity
    let record = Self.record(7, score)
    #expect(record.line.contains("\"validation_loss\":null"))
    #expect(TrainingRecord(line: Substring(record.line)) == record)
  }

  @Test(arguments: [
    "", "{}", "{\"step\":1}", "step 1",
    "{\"step\":1,\"phase\":1,\"loss\":x,\"learning_rate\":1,\"gradient_norm\":1}",
    "{\"step\":-1,\"phase\":1,\"loss\":1,\"learning_rate\":1,\"gradient_norm\":1}",
    "{\"step\":1,\"phase\":1,\"loss\":1,\"learning_rate\":1,\"gradient\":1}",
  ])
  func otherLinesAreNoRecords(_ line: String) {
    #expect(TrainingRecord(line: Substring(line)) == nil)
  }
}

@Suite struct MetricsLogTests {
  private func lines(_ folder: RunFolder) throws -> [String] {
    try String(contentsOfFile: folder.metricsFile, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private func bytes(_ file: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: file))
  }

  private func folder(_ temporary: TemporaryFolder, _ name: String) throws -> RunFolder {
    let folder = RunFolder(temporary.path + "/" + name)
    try folder.create()
    return folder
  }

  @Test func aResumedRunHasEachRecordOnce() throws {
    let temporary = try TemporaryFolder()
    let (whole, parts) = (try folder(temporary, "whole"), try folder(temporary, "parts"))
    let log = try MetricsLog(whole, upTo: 0)
    for step in 1...9 { try log.append(TrainingRecordTests.record(step)) }

    let first = try MetricsLog(parts, upTo: 0)
    for step in 1...6 { try first.append(TrainingRecordTests.record(step)) }
    // Killed in the middle of a line, after a checkpoint at step 4.
    let handle = try #require(FileHandle(forWritingAtPath: parts.metricsFile))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{\"step\":7,\"pha".utf8))
    try handle.close()
    let second = try MetricsLog(parts, upTo: 4)
    #expect(try lines(parts).count == 5)
    for step in 5...9 { try second.append(TrainingRecordTests.record(step)) }
    #expect(try bytes(parts.metricsFile) == bytes(whole.metricsFile))
    #expect(try bytes(parts.eventFile) == bytes(whole.eventFile))
  }

  @Test func aRunFromTheBeginningStartsAnew() throws {
    let temporary = try TemporaryFolder()
    let folder = try folder(temporary, "run")
    try MetricsLog(folder, upTo: 0).append(TrainingRecordTests.record(5))
    _ = try MetricsLog(folder, upTo: 0)
    #expect(try lines(folder) == [""])
  }

  @Test func anEditedFileIsAnError() throws {
    let temporary = try TemporaryFolder()
    let folder = try folder(temporary, "run")
    try "\(TrainingRecordTests.record(5).line)\nnonsense\n".write(
      toFile: folder.metricsFile, atomically: true, encoding: .utf8)
    #expect(throws: TrainingError.badRecord(file: folder.metricsFile, line: 2)) {
      try MetricsLog(folder, upTo: 5)
    }
    let line = TrainingRecordTests.record(5).line
    try "\(line)\n\(line)\n".write(toFile: folder.metricsFile, atomically: true, encoding: .utf8)
    #expect(throws: TrainingError.badRecord(file: folder.metricsFile, line: 2)) {
      try MetricsLog(folder, upTo: 5)
    }
  }
}

@Suite struct EventFileTests {
  /// RFC 3720, appendix B.4.
  private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
    (Array("123456789".utf8), 0xE306_9283),
  ]

  @Test func checksumsOfTheStandard() {
    for (bytes, checksum) in Self.vectors { #expect(CRC32C.checksum(bytes) == checksum) }
  }

  /// The first record of any event file, as TensorFlow writes it: its bytes are known but for the time, which is not set.
  @Test func beginsWithTheVersion() {
    let head = EventFile.head
    #expect(Array(head[..<8]) == [15, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(head[12..<27]) == [0x1A, 13] + Array("brain.Event:2".utf8))
    #expect(head.count == 8 + 4 + 15 + 4)
  }

  /// Field 1 the time, 2 the step, 5 the summary; in it field 1 the value, in that 1 the tag and 2 the number.
  @Test func anEventIsItsStepAndOneScalar() {
    let events = EventFile.events(of: TrainingRecordTests.record(10))
    let tag = Array("training/loss".utf8)
    let value: [UInt8] = [0x0A, UInt8(tag.count)] + tag + [0x15, 0xCD, 0xCC, 0xCC, 0x3D]
    let summary: [UInt8] = [0x0A, UInt8(value.count)] + value
    let event: [UInt8] =
      [0x09, 0, 0, 0, 0, 0, 0, 0x24, 0x40, 0x10, 10, 0x2A, UInt8(summary.count)] + summary
    #expect(events[0] == UInt8(event.count))
    #expect(Array(events[12..<12 + event.count]) == event)
  }
}
