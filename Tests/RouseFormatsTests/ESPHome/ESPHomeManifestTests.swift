import Foundation
import RouseFormats
import Testing

@Suite struct ESPHomeManifestTests {
  static let manifest = ESPHomeManifest(
    wakeWord: "Hey \"Röuse\" 🐁", author: "A. Uthor", website: "https://example.com/rouse",
    model: "hey_rouse.tflite", trainedLanguages: ["en", "de"], probabilityCutoff: 0.85,
    slidingWindowSize: 5, tensorArenaSize: 26_080)
  static let text = #"""
    {
      "type": "micro",
      "wake_word": "Hey \"R\u00f6use\" \ud83d\udc01",
      "author": "A. Uthor",
      "website": "https://example.com/rouse",
      "model": "hey_rouse.tflite",
      "trained_languages": ["en", "de"],
      "version": 2,
      "micro": {
        "probability_cutoff": 0.85,
        "feature_step_size": 10,
        "sliding_window_size": 5,
        "tensor_arena_size": 26080,
        "minimum_esphome_version": "2024.7.0"
      }
    }

    """#

  func failure(_ text: String) -> FormatError? {
    do {
      _ = try ESPHomeManifestReader.read(Array(text.utf8))
      return nil
    } catch { return error }
  }

  @Test func writesThirteenKeysInOrder() throws {
    #expect(try ESPHomeManifestWriter.write(Self.manifest) == Self.text)
  }

  @Test func readsBackEqual() throws {
    #expect(try ESPHomeManifestReader.read(Array(Self.text.utf8)) == Self.manifest)
  }

  // MARK: - Cutoff

  @Test func shortestCutoffOfEveryCode() {
    #expect(ESPHomeManifest.cutoff(forCode: 216) == 0.85)
    #expect(ESPHomeManifest.cutoff(forCode: 229) == 0.9)
    #expect(ESPHomeManifest.cutoff(forCode: 254) == 0.997)
    #expect(ESPHomeManifest.cutoff(forCode: 1) == 0.004)
    for code in 1...254 {
      let cutoff = ESPHomeManifest.cutoff(forCode: code)
      #expect(ESPHomeManifest.code(ofCutoff: cutoff) == code)
      #expect("\(cutoff)".count <= 5, "0.xxx")
    }
  }

  /// 0.85 · 255 is 216.75: a rounding device would compare with 217.
  @Test func theDeviceTruncates() {
    #expect(Self.manifest.cutoffCode == 216)
  }

  // MARK: - Errors

  @Test(arguments: [
    #""type": "micro","#, #""wake_word": "Hey \"R\u00f6use\" \ud83d\udc01","#,
    #""author": "A. Uthor","#, #""website": "https://example.com/rouse","#,
    #""model": "hey_rouse.tflite","#, #""trained_languages": ["en", "de"],"#, #""version": 2,"#,
    #""probability_cutoff": 0.85,"#, #""feature_step_size": 10,"#, #""sliding_window_size": 5,"#,
    #""tensor_arena_size": 26080,"#,
  ])
  func everyKeyIsRequired(line: String) throws {
    let key = try #require(line.split(separator: "\"").first)
    guard
      case .field(.manifest, let name, _, found: "missing") = failure(
        Self.text.replacingOccurrences(of: line, with: ""))
    else {
      Issue.record("accepted a manifest without \(key)")
      return
    }
    #expect(name == key || name == "micro.\(key)")
  }

  @Test func unknownKeysAreNamed() {
    #expect(
      failure(Self.text.replacingOccurrences(of: #""micro": {"#, with: #""micro": { "x": 1,"#))
        == .field(
          .manifest, name: "micro.x",
          expected: """
            none but feature_step_size, tensor_arena_size, probability_cutoff, sliding_window_size, \
            minimum_esphome_version
            """, found: "an unknown key"))
    guard
      case .field(.manifest, name: "mikro", _, _) = failure(
        Self.text.replacingOccurrences(of: #""micro": {"#, with: #""mikro": {"#))
    else {
      Issue.record("accepted `mikro`")
      return
    }
  }

  struct Change: Sendable, CustomTestStringConvertible {
    var key: String
    var from: String
    var to: String
    var expected: String
    var found: String
    var testDescription: String { "\(key) \(to)" }

    init(_ key: String, _ from: String, _ to: String, _ expected: String, _ found: String) {
      (self.key, self.from, self.to) = (key, from, to)
      (self.expected, self.found) = (expected, found)
    }
  }
  static let changes = [
    Change("type", #""micro","#, #""macro","#, #""micro""#, #""macro""#),
    Change("version", "2,", "3,", "2", "3"),
    Change("version", "2,", #""2","#, "an integer without quotes", #""2""#),
    Change(
      "wake_word", #""Hey \"R\u00f6use\" \ud83d\udc01""#, #""a\nb""#, "one line of text", "`a\nb`"),
    Change("wake_word", #""Hey \"R\u00f6use\" \ud83d\udc01""#, #""""#, "one line of text", "``"),
    Change("author", #""A. Uthor""#, "5", "text in quotes", "5"),
    Change(
      "website", "https://example.com/rouse", "nope", "an address with http or https", "`nope`"),
    Change("website", "https://example.com/rouse", "", "an address with http or https", "``"),
    Change(
      "model", "hey_rouse.tflite", "a/b.tflite", "letters, digits, `_`, `-` and `.tflite`",
      "`a/b.tflite`"),
    Change("trained_languages", #"["en", "de"]"#, "[]", "at least one language", "`[]`"),
    Change("trained_languages", #"["en", "de"]"#, #""en""#, "a list of texts", #""en""#),
    Change("trained_languages", #"["en", "de"]"#, "[1]", "a list of nothing but texts", "1"),
    Change("micro.probability_cutoff", "0.85", "1.5", "0.004 to 0.997", "`1.5`"),
    Change("micro.probability_cutoff", "0.85", "1", "0.004 to 0.997", "`1.0`"),
    Change("micro.probability_cutoff", "0.85", "0.001", "0.004 to 0.997", "`0.001`"),
    Change("micro.probability_cutoff", "0.85", "-1", "0.004 to 0.997", "`-1.0`"),
    Change("micro.probability_cutoff", "0.85", #""85%""#, "a number without quotes", #""85%""#),
    Change("micro.feature_step_size", "10", "30", "10 or 20", "`30`"),
    Change("micro.sliding_window_size", "5,", "0,", "1 to 255", "`0`"),
    Change("micro.sliding_window_size", "5,", "256,", "1 to 255", "`256`"),
    Change("micro.sliding_window_size", "5,", "2.5,", "an integer", "2.5"),
    Change("micro.sliding_window_size", "5,", "true,", "an integer without quotes", "true"),
    Change(
      "micro.tensor_arena_size", "26080", "26081", "a multiple of 16 up to 33554432", "`26081`"),
    Change("micro.tensor_arena_size", "26080", "-16", "a multiple of 16 up to 33554432", "`-16`"),
    Change(
      "micro.minimum_esphome_version", "2024.7.0", "2024.7", "a version such as 2024.7.0",
      "`2024.7`"),
    Change("micro.minimum_esphome_version", #""2024.7.0""#, "null", "text in quotes", "null"),
  ]

  @Test(arguments: changes) func wrongValuesAreNamed(change: Change) throws {
    let key = try #require(change.key.split(separator: ".").last)
    let changed = Self.text.split(separator: "\n").map { line in
      line.contains("\"\(key)\": ") && !line.hasSuffix("{")
        ? line.replacingOccurrences(of: change.from, with: change.to) : String(line)
    }.joined(separator: "\n")
    #expect(changed != Self.text)
    #expect(
      failure(changed)
        == .field(.manifest, name: change.key, expected: change.expected, found: change.found))
  }

  @Test func otherTextIsRefused() {
    for text in ["", "{", "[]", "]", "\u{FEFF}", "{} {}"] {
      guard case .malformed(.manifest, _, _, _) = failure(text) else {
        Issue.record("accepted \(text.prefix(10))")
        continue
      }
    }
  }
}
