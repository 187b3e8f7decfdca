import RouseFormats
import Testing

@Suite struct LenientManifestTests {
  static func read(_ text: String) throws -> LenientManifest {
    try LenientManifestReader.read(Array(text.utf8))
  }

  static let good = """
    {"type": "micro", "wake_word": "Nova", "author": "A", "website": "https://example.com/",
     "model": "nova.tflite", "trained_languages": ["en", "de"], "version": 2,
     "micro": {"probability_cutoff": 0.97, "feature_step_size": 10, "sliding_window_size": 5,
      "tensor_arena_size": 26080, "minimum_esphome_version": "2024.7.0"}}
    """

  @Test func everyFieldIsReadWithItsLine() throws {
    let manifest = try Self.read(Self.good)
    #expect(manifest.problems.isEmpty)
    #expect(manifest.wakeWord == .init("Nova", line: 1))
    #expect(manifest.trainedLanguages == .init(["en", "de"], line: 2))
    #expect(manifest.tensorArenaSize == .init(26_080, line: 4))
    #expect(manifest.probabilityCutoff == .init(0.97, line: 3))
  }

  @Test func everyProblemIsCollected() throws {
    let manifest = try Self.read(
      """
      {"type": "micro", "wake_word": 5, "licence": "MIT",
       "version": 2, "type": "micro", "trained_languages": "en",
       "micro": {"probability_cutoff": "85%", "tensor_arena_size": 26080.0,
        "sliding_window_size": 2.5}}
      """)
    #expect(manifest.tensorArenaSize?.value == 26_080 && manifest.trainedLanguages?.value == ["en"])
    #expect(
      manifest.problems.map(\.key) == [
        "licence", "wake_word", "type", "trained_languages", "micro.probability_cutoff",
        "micro.tensor_arena_size", "micro.sliding_window_size", "model", "author",
        "micro.minimum_esphome_version", "micro.feature_step_size",
      ])
    #expect(manifest.problems.suffix(4).allSatisfy { $0.fault == .missing })
  }

  @Test func versionOneHasFixedArenaAndStep() throws {
    let manifest = try Self.read(
      """
      {"type": "micro", "wake_word": "N", "author": "A", "website": "https://a.b", "model": "m",
       "version": 1, "micro": {"probability_cutoff": 0.5, "sliding_window_average_size": 10}}
      """)
    #expect(manifest.isLegacy && manifest.problems.isEmpty)
    #expect(manifest.tensorArenaSize?.value == 45_672 && manifest.featureStepSize?.value == 20)
    #expect(manifest.slidingWindowSize?.value == 10)
  }

  @Test(arguments: [
    ("", 0), ("[1]", 0), ("{\"a\": }", 6), ("{\"a\": 1,}", 8), ("{\"a\": 01}", 7),
    ("{\"a\": \"\\x\"}", 8), ("{\"a\": \"\\ud800\"}", 6), ("{\"a\": 1} x", 9), ("{'a': 1}", 1),
    ("{\"a\": \"", 6), ("{\"a\": tru}", 6), ("{\"a\": 1.}", 8), ("\u{FEFF}{}", 0),
  ])
  func whatIsNotJSONIsMalformed(_ text: String, _ offset: Int) throws {
    let error = #expect(throws: FormatError.self) { try Self.read(text) }
    guard case .malformed(.manifest, offset, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func deepNestingIsRefused() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: FormatError.self) { try Self.read(text) }
  }

  @Test func textIsDecoded() throws {
    let text = Self.good.replacing("Nova", with: "N\\u00f6v\\ud83d\\ude00 ä\\n\\\"\\/")
    #expect(try Self.read(text).wakeWord?.value == "Növ😀 ä\n\"/")
  }

  @Test func invalidUTF8IsMalformed() {
    let bytes = Array("{\"a\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
    #expect(throws: FormatError.self) { try LenientManifestReader.read(bytes) }
  }

  @Test func otherJSONIsNoManifest() throws {
    #expect(try LenientManifestReader.resemblesManifest(Array(Self.good.utf8)))
    #expect(try !LenientManifestReader.resemblesManifest(Array("{\"verdict\": 1}".utf8)))
    #expect(try !LenientManifestReader.resemblesManifest(Array("[]".utf8)))
  }
}
