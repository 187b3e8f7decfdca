import Foundation
import RouseFrontEnd
import RouseNumerics

/// A file under `Fixtures/golden`.
func goldenBytes(_ name: String) throws -> [UInt8] {
  try InputFile.read(Bundle.module.bundlePath + "/Fixtures/golden/" + name)
}

/// The samples of a golden recording: all of them have the 44-byte header of plain 16-bit PCM.
func goldenSamples(_ name: String) throws -> [Int16] {
  let bytes = try goldenBytes(name + ".wav")
  return stride(from: 44, to: bytes.count - 1, by: 2).map {
    Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
  }
}

/// The golden recordings that are fixtures.
let goldenNames = [
  "chirp_100_8000", "clipping", "impulse", "odd_length", "silence", "sine_1000hz",
  "speech_alexa_noisy", "speech_hey_jarvis", "speech_okay_nabu", "too_short", "white_noise",
]

/// Seeded noise of full scale.
func noise(_ count: Int, seed: UInt64) -> [Int16] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Int16(truncatingIfNeeded: generator.next()) }
}

/// An empty folder that is removed when `body` returns.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "rouse-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}
