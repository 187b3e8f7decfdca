import RouseNumerics
import Testing

@Suite struct SHA256Tests {
  /// NIST, "Examples with Intermediate Values" to FIPS 180-4, and the empty message.
  static let vectors: [(message: String, repeats: Int, digest: String)] = [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    ("a", 100_000, "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
  ]

  @Test(arguments: vectors.indices) func published(_ index: Int) {
    let (message, repeats, digest) = Self.vectors[index]
    let bytes = Array(String(repeating: message, count: repeats).utf8)
    #expect(SHA256.hex(SHA256.digest(bytes)) == digest)
    // The arithmetic for processors without such instructions.
    var plain = SHA256(usesInstructions: false)
    plain.update(bytes)
    #expect(SHA256.hex(plain.finish()) == digest)
  }

  /// Digest of the digests of all prefixes of 300 bytes, so that every length of padding occurs. By Python 3.11 `hashlib`.
  @Test func everyLength() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var all = SHA256()
    for count in 0..<300 { all.update(SHA256.digest(Array(bytes[..<count]))) }
    #expect(
      SHA256.hex(all.finish()) == "f65f14b090e805017546322e618401d41f0710c213e013a5131eb38bbe8f367f"
    )
  }

  @Test func piecesAreTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31) }
    for size in [1, 3, 63, 64, 65, 127, 999] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(hash.finish() == SHA256.digest(bytes))
    }
  }
}
