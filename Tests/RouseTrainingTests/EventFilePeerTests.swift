import Foundation
import RouseTraining
import Testing

/// TensorBoard itself reads the event files, when `ROUSE_PEERS` names a Python that has it.
@Suite struct EventFilePeerTests {
  static let python = ProcessInfo.processInfo.environment["ROUSE_PEERS"]

  @Test(.enabled(if: python != nil, "ROUSE_PEERS is not set"))
  func tensorBoardReadsEveryScalar() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(temporary.path + "/run")
    try folder.create()
    let records = [
      TrainingRecordTests.record(10), TrainingRecordTests.record(20, TrainingRecordTests.score),
      TrainingRecordTests.record(300_000, TrainingRecordTests.score),
    ]
    let log = try MetricsLog(folder, upTo: 0)
    for record in records { try log.append(record) }
    let script = packageRoot.appending(path: "Tests/Peers/read_events.py").path
    let run = try runProgram(try #require(Self.python), [script, folder.eventFolder])
    #expect(run.status == 0, "\(run.output)")
    let expected = records.flatMap { record in
      record.curves.enumerated().map { index, curve in
        let group = index < 3 ? "training" : "validation"
        return "\(group)/\(curve.name) \(record.step) \(Float(curve.value).bitPattern)"
      }
    }
    #expect(run.output.split(separator: "\n").map(String.init).sorted() == expected.sorted())
  }
}
