import Foundation
import RouseNumerics
import RouseTraining
import Testing

/// A program that trains, in a process of its own: `Tests/TrainProbe`.
private enum TrainProbe {
  static let program = URL(
    fileURLWithPath: Bundle.main.bundleURL.appendingPathComponent("train-probe").path)

  static func start(_ arguments: [String]) throws -> (process: Process, output: Pipe) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    return (process, output)
  }
}

@Suite struct KilledTrainingTests {
  /// Trains in `folder` and kills the process when it writes a file for the `moment`th time: checkpoints, metrics and
  /// results are all written beside their place first.
  ///
  /// - Returns: true when it was killed, false when it had ended before.
  private func trainUntil(_ moment: Int, _ arguments: [String], _ folder: RunFolder) throws -> Bool
  {
    let process = try TrainProbe.start(arguments).process
    var seen = 0
    var isWriting = false
    while process.isRunning {
      let names = [folder.path, folder.checkpointFolder].flatMap {
        (try? FolderNames.all(in: $0)) ?? []
      }
      let isWritingNow = names.contains(where: AtomicFile.isTemporary)
      if isWritingNow && !isWriting { seen += 1 }
      isWriting = isWritingNow
      if seen >= moment {
        kill(process.processIdentifier, SIGKILL)
        break
      }
    }
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }

  @Test func resumedAfterKillsItEndsInTheSameBytes() throws {
    let temporary = try TemporaryFolder()
    _ = try TinyRun.corpus(in: temporary)
    let preset = try TinyRun.fullPreset()
    let presetFile = try temporary.write("full.yaml", preset.source)
    func arguments(_ folder: RunFolder, threads: Int) -> [String] {
      ["run", temporary.path + "/corpus.yaml", presetFile, folder.path, "\(threads)"]
    }
    let whole = RunFolder(temporary.path + "/whole")
    let process = try TrainProbe.start(arguments(whole, threads: 1)).process
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)

    let parts = RunFolder(temporary.path + "/parts")
    var kills = 0
    for (index, moment) in [2, 5, 11, 7, 16].enumerated() {
      let killed = try trainUntil(moment, arguments(parts, threads: 1 + index % 3), parts)
      kills += killed ? 1 : 0
    }
    #expect(kills >= 2)
    let last = try TrainProbe.start(arguments(parts, threads: 2)).process
    last.waitUntilExit()
    #expect(last.terminationStatus == 0)

    let (expected, found) = (try whole.files(), try parts.files())
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }
    #expect(expected.keys.contains { $0.hasPrefix("checkpoints/") })
    #expect(try whole.history().records.contains { $0.phase == 2 })
  }
}

@Suite struct AllocationTests {
  /// Without optimization, closures and generic loops allocate that are nothing but code in the program people run.
  private static let isOptimized: Bool = {
    #if DEBUG
      false
    #else
      true
    #endif
  }()

  @Test(.enabled(if: isOptimized, "a debug build allocates for closures"), arguments: ["1", "2"])
  func aStepAllocatesNothing(_ threads: String) throws {
    let temporary = try TemporaryFolder()
    let file = try temporary.write("full.yaml", try TinyRun.fullPreset().source)
    let (process, output) = try TrainProbe.start(["allocations", file, threads])
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text == "0\n")
  }
}
