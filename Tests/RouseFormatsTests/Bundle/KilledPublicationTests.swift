import Foundation
import RouseFormats
import Testing

/// A program that publishes one bundle after the other is killed at many moments: what it leaves is always whole.
@Suite struct KilledPublicationTests {
  static let program = Bundle.main.bundleURL.appendingPathComponent("publish-probe").path
  static let sizes = [
    "probe.tflite": 20_000, "probe.json": 500, "esp-idf/probe/src/probe_model_data.cc": 30_000,
    "esp-idf/probe/Kconfig": 300, "zephyr/probe/zephyr/module.yml": 100,
  ]
  let parent = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path

  /// Which of the two bundles lies in the folder; nil when it is neither.
  private func generation(_ folder: String) throws -> UInt8? {
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }
    guard Set(files) == Set(Self.sizes.keys).union(["probe.sha256"]) else { return nil }
    var found: Set<UInt8> = []
    for (name, size) in Self.sizes {
      let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
      guard bytes.count == size else { return nil }
      found.formUnion(bytes)
    }
    return found.count == 1 ? found.first : nil
  }

  private func start(_ folder: String, first: Int) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Self.program)
    process.arguments = [folder, "\(first)"]
    try process.run()
    return process
  }

  private func wait(until isReached: () -> Bool) {
    let limit = ContinuousClock.now + .seconds(60)
    while !isReached(), ContinuousClock.now < limit { usleep(500) }
  }

  private func kill(_ process: Process) {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  @Test func aKillAtAnyMomentLeavesTheOldBundleOrTheNewOne() throws {
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let folder = "\(parent)/bundle"
    let first = try start(folder, first: 0)
    wait { FileManager.default.fileExists(atPath: folder) }
    kill(first)
    var seen: Set<UInt8> = [try #require(try generation(folder))]
    // From the start of the program to the bundle that replaces another, however busy this computer is.
    let started = ContinuousClock.now
    let second = try start(folder, first: 1)
    // A look that falls into the swap sees files of both.
    wait { (try? generation(folder)) == 1 }
    let publication = ContinuousClock.now - started
    kill(second)
    seen.insert(try #require(try generation(folder)))
    let attempts = 40
    var replaced = 0
    for attempt in 0..<attempts {
      let process = try start(folder, first: attempt % 2)
      // From half a publication to two and a half, so that kills fall on every part of one.
      let moment = publication / 2 + publication * 2 * attempt / attempts
      usleep(UInt32(moment / .microseconds(1)))
      kill(process)
      let found = try #require(try generation(folder), "half a bundle at attempt \(attempt)")
      if Int(found) == attempt % 2 { replaced += 1 }
      seen.insert(found)
    }
    #expect(seen == [0, 1] && replaced > 3, "\(replaced) kills came after the swap")
    // The next run removes what all of them left.
    let files = Self.sizes.map {
      Artefact(fileName: $0.key, bytes: [UInt8](repeating: 1, count: $0.value))
    }
    try BundleWriter.write(files, named: "probe", to: folder)
    #expect(try generation(folder) == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["bundle"])
  }
}
