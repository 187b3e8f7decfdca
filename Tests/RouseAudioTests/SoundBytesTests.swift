import Foundation
import RouseAudio
import Testing

@Suite struct SoundBytesTests {
  let folder = TemporaryFolder()

  static let seeds = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz/Corpus/wav").path
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: seeds)) ?? []).sorted()

  /// Small files of many formats, cut and changed at every byte: sound or an error.
  @Test(arguments: names) func survivesDamage(name: String) throws {
    let bytes = [UInt8](
      try #require(FileManager.default.contents(atPath: "\(Self.seeds)/\(name)")))
    #expect(try AudioFile.read("\(Self.seeds)/\(name)").samples.count > 1)
    var refused = 0
    func feed(_ bytes: [UInt8]) {
      let path = folder.write(bytes, to: "damaged")
      if (try? AudioFile.read(path, longestSeconds: 2)) == nil { refused += 1 }
    }
    for count in bytes.indices { feed(Array(bytes[..<count])) }
    var changed = bytes
    for (index, byte) in bytes.enumerated() {
      for mask in [0x01, 0x80, 0xFF] as [UInt8] {
        changed[index] = byte ^ mask
        feed(changed)
      }
      changed[index] = byte
    }
    #expect(refused > 20)
  }
}
