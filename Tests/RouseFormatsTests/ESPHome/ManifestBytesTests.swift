import RouseFormats
import Testing

@Suite struct ManifestBytesTests {
  /// Cuts and changed bytes give an error or a manifest, and a manifest that can be written is written back equal.
  @Test func survivesDamage() throws {
    var accepted = 0
    var refused = 0
    for (name, bytes) in try fuzzSeeds("manifest") {
      damaged(bytes) { bytes in
        guard let manifest = try? ESPHomeManifestReader.read(bytes) else {
          refused += 1
          return
        }
        accepted += 1
        #expect(
          throws: Never.self, "\(name)",
          performing: {
            let text = try ESPHomeManifestWriter.write(manifest)
            #expect(try ESPHomeManifestReader.read(Array(text.utf8)) == manifest)
          })
      }
    }
    #expect(accepted > 100 && refused > accepted)
  }

  /// The reader recurses: without a limit these would take its stack.
  @Test(arguments: ["[", "{\"a\":", "[[],"])
  func refusesDeepNestingAtItsPlace(piece: String) {
    let text = String(repeating: piece, count: 65_536 / piece.utf8.count)
    let offset = piece == "[[]," ? 8 * 4 + 1 : 9 * piece.utf8.count
    #expect(
      throws: FormatError.tooLarge(
        .manifest, offset: offset, what: "nesting", limit: 8, found: 9)
    ) { try ESPHomeManifestReader.read(Array(text.utf8)) }
  }

  @Test func bracketsInTextsDoNotNest() {
    let text = #"{"type": "[[[[[[[[[[[[\"[[[[{{{{\\"}"#
    #expect {
      try ESPHomeManifestReader.read(Array(text.utf8))
    } throws: { error in
      if case .field(.manifest, name: "version", _, _) = error as? FormatError {
        true
      } else if case .field(.manifest, name: "type", _, _) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  @Test func refusesHugeFilesAndOtherEncodings() {
    #expect(
      throws: FormatError.tooLarge(
        .manifest, offset: 0, what: "bytes", limit: 1 << 16, found: 1 << 16 + 1)
    ) { try ESPHomeManifestReader.read([UInt8](repeating: 0x20, count: 1 << 16 + 1)) }
    #expect(
      throws: FormatError.malformed(
        .manifest, offset: 1, expected: "a key in quotes", found: "byte 0")
    ) { try ESPHomeManifestReader.read([0x7B, 0, 0x7D, 0]) }
    #expect(
      throws: FormatError.malformed(
        .manifest, offset: 0, expected: "a JSON value", found: "byte 255")
    ) { try ESPHomeManifestReader.read([0xFF, 0xFE, 0x22, 0x5B]) }
  }
}
