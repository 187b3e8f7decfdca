import RouseCompiler
import RouseTraining
import Testing

@Suite struct TargetProfileBytesTests {
  static func read(_ text: String) throws(CompilerError) -> TargetProfile {
    try TargetProfile(yaml: text, file: "t.yaml")
  }

  /// Cuts every few bytes and changes every byte of a small profile: a profile or an error.
  @Test func survivesDamage() throws {
    let bytes = try FuzzFiles.bytes("Corpus/profile/small.yaml")
    var accepted = 0
    var refused = 0
    func feed(_ bytes: [UInt8]) {
      guard let text = String(validating: bytes, as: UTF8.self) else { return }
      if (try? Self.read(text)) == nil { refused += 1 } else { accepted += 1 }
    }
    for count in stride(from: 0, to: bytes.count, by: 13) { feed(Array(bytes[..<count])) }
    var changed = bytes
    for (index, byte) in bytes.enumerated() {
      changed[index] = byte ^ [0x01, 0x10, 0x40, 0x02][index % 4]
      feed(changed)
      changed[index] = byte
    }
    #expect(accepted > 10 && refused > 100)
  }

  /// Nine aliases of nine aliases, nine levels deep, as a key: to compare keys the parser would walk it all.
  @Test func refusesAliasesOfAliases() {
    var text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    for level in 1...9 {
      let aliases = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    text += "? *a9\n: end\n"
    #expect(
      throws: CompilerError.profile(
        .yamlSyntax(file: "t.yaml", line: 2, reason: "82 aliases where 8 are allowed"))
    ) { try Self.read(text) }
  }

  /// Stars in prose are no aliases where nothing is anchored, and a few aliases are allowed.
  @Test func keepsStarsAndAFewAliases() throws {
    let small = String(decoding: try FuzzFiles.bytes("Corpus/profile/small.yaml"), as: UTF8.self)
    let prose = "# " + String(repeating: "*x ", count: 40) + "R&D\n"
    let profile = try Self.read(prose + small)
    let shared = small.replacing("name: esp32-s3-n8\n", with: "name: &n esp32-s3-n8\n")
      .replacing("chip: {value: ESP32-S3,", with: "chip: {value: *n,")
    #expect(shared != small)
    #expect(try Self.read(shared).chip.value == profile.name)
  }

  /// Trees as keys of trees are compared at every level.
  @Test(arguments: ["[", "{", "? ", "- ", "{? [", "!t ["])
  func refusesDeepNesting(piece: String) {
    let text = String(repeating: piece, count: 1000) + "[" + String(repeating: "[],", count: 8000)
    #expect(
      throws: CompilerError.profile(
        .yamlSyntax(file: "t.yaml", line: 1, reason: "more than 32 levels of nesting"))
    ) { try Self.read(text) }
  }

  @Test func refusesHugeFiles() {
    let text = "# " + String(repeating: "x", count: 1 << 18)
    #expect(
      throws: CompilerError.profile(
        .wrongValue(
          file: "t.yaml", line: 1, key: "", expected: "at most 262144 bytes", found: "262146 bytes")
      )
    ) { try Self.read(text) }
  }
}
