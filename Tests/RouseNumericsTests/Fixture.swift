import Foundation
import RouseNumerics

/// The bytes of a file under `Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
  try InputFile.read(Bundle.module.bundlePath + "/Fixtures/" + name)
}

/// An empty folder that is removed when `body` returns.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "rouse-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}
