import Foundation
import RouseFormats
import Synchronization
import Testing

/// A publication that ends at the n-th call to the operating system, for every n: afterwards the disk is as a killed
/// program leaves it, since no later call has any effect.
@Suite struct InterruptedPublicationTests {
  /// Lets a number of calls happen, none after that.
  final class Life: Sendable {
    private let left: Mutex<Int>
    init(_ calls: Int) { left = Mutex(calls) }
    /// True for a call that still happens.
    func spend() -> Bool {
      let lives = left.withLock { left in
        left -= 1
        return left >= 0
      }
      if !lives { errno = EIO }
      return lives
    }
    var isOver: Bool { left.withLock { $0 < 0 } }
  }

  enum FileSystem: String, CaseIterable {
    case swapsNames, cannotSwapNames
  }

  let parent = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  var folder: String { "\(parent)/bundle" }
  let old = ["a", "x/b", "x/y/c"].map { Artefact(fileName: $0, text: "old \($0)") }
  let new = ["a", "x/b", "z/d"].map { Artefact(fileName: $0, text: "new \($0)") }

  private func calls(_ life: Life?, _ fileSystem: FileSystem) -> DiskCalls {
    var real = DiskCalls()
    if fileSystem == .cannotSwapNames {
      real.exchange = { _, _ in
        errno = EINVAL
        return -1
      }
    }
    guard let life else { return real }
    let whole = real
    real.makeFolder = { life.spend() ? whole.makeFolder($0) : -1 }
    real.create = { life.spend() ? whole.create($0) : -1 }
    // Half of the bytes at most: a kill may fall into the middle of a file.
    real.write = { descriptor, bytes, offset in
      let half = UnsafeRawBufferPointer(rebasing: bytes[..<((bytes.count + 1) / 2)])
      return life.spend() ? whole.write(descriptor, half, offset) : -1
    }
    real.sync = { life.spend() ? whole.sync($0) : -1 }
    real.exchange = { life.spend() ? whole.exchange($0, $1) : -1 }
    real.rename = { life.spend() ? whole.rename($0, $1) : -1 }
    real.changeMode = { life.spend() ? whole.changeMode($0, $1) : -1 }
    real.removeFile = { life.spend() ? whole.removeFile($0) : -1 }
    real.removeFolder = { life.spend() ? whole.removeFolder($0) : -1 }
    return real
  }

  /// Files of the bundle by name; nil when there is no folder.
  private func contents() throws -> [String: String]? {
    guard let names = FileManager.default.subpaths(atPath: folder) else { return nil }
    var result: [String: String] = [:]
    for name in names {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      result[name] = String(decoding: data, as: UTF8.self)
    }
    return result
  }

  private func restart(with artefacts: [Artefact]?) throws {
    try? FileManager.default.removeItem(atPath: parent)
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    if let artefacts { try BundleWriter.write(artefacts, to: folder) }
  }

  @Test(arguments: FileSystem.allCases, [true, false])
  func anEndAtEveryCallLeavesTheOldBundleOrTheNewOne(
    fileSystem: FileSystem, isReplacing: Bool
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let before = isReplacing ? old : nil
    try restart(with: new)
    let whenNew = try contents()
    try restart(with: before)
    let whenOld = try contents()
    var ends = 0
    var kept = 0
    while true {
      try restart(with: before)
      let life = Life(ends)
      let isDone =
        (try? BundleWriter.write(new, to: folder, calls: calls(life, fileSystem))) != nil
      let after = try contents()
      if fileSystem == .swapsNames || after != nil || !isReplacing {
        #expect(
          after == whenOld || after == whenNew, "after \(ends) calls: \(String(describing: after))")
      }
      if after == whenOld { kept += 1 }
      // What the next run finds: for a file system that cannot swap, the old bundle is back when the name was empty.
      let staged = try StagedBundle(new, named: "bundle", in: folder, calls: calls(nil, fileSystem))
      let found = try contents()
      #expect(found == whenOld || found == whenNew, "after \(ends) calls, then a run")
      try staged.publish(with: [])
      staged.discard()
      #expect(try contents() == whenNew)
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["bundle"])
      if isDone && !life.isOver { break }
      ends += 1
    }
    #expect(ends > 20 && kept > 10, "\(ends) calls, \(kept) of them before the new bundle appeared")
  }
}
