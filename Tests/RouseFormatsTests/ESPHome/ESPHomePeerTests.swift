import Foundation
import RouseFormats
import Testing

/// ESPHome itself takes the manifest and the snippet, when `ROUSE_PEERS` names a Python that has it.
@Suite struct ESPHomePeerTests {
  static let python = ProcessInfo.processInfo.environment["ROUSE_PEERS"]

  func bundle() throws -> [Artefact] {
    let manifest = ESPHomeManifestTests.manifest
    return [
      Artefact(fileName: manifest.model, bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0) }),
      Artefact(fileName: "hey_rouse.json", text: try ESPHomeManifestWriter.write(manifest)),
      Artefact(
        fileName: "hey_rouse.yaml",
        text: try ESPHomeSnippet.write(
          manifest, manifestFile: "hey_rouse.json", toolVersion: "1.0.0")),
    ]
  }

  @Test func snippetNamesTheFiles() throws {
    let snippet = String(decoding: try bundle()[2].bytes, as: UTF8.self)
    for line in [
      "    - model: hey_rouse.json", "      id: hey_r_use", "      probability_cutoff: 0.85",
      "      sliding_window_size: 5",
      "# The wake word \"Hey \"Röuse\" 🐁\" for ESPHome 2024.7.0 or newer. Made by Rouse 1.0.0.",
    ] {
      #expect(snippet.split(separator: "\n").contains(Substring(line)), "\(line)")
    }
    #expect(!snippet.contains("{{"))
  }

  @Test(.enabled(if: python != nil)) func manifestAndModelAreAccepted() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try BundleWriter.write(bundle(), to: folder)
    let script = packageRoot.appending(path: "Tests/Peers/check_esphome.py").path
    let run = try runProgram(
      try #require(Self.python), [script, "\(folder)/hey_rouse.json", "\(folder)/work"])
    #expect(run.status == 0 && run.output.contains("1000 bytes identical"), "\(run.output)")
  }

  private static let device = """
    esphome: {name: rouse-probe}
    esp32: {board: esp32-s3-devkitc-1, variant: esp32s3, framework: {type: esp-idf}}
    logger:
    i2s_audio: [{id: i2s_in, i2s_lrclk_pin: GPIO5, i2s_bclk_pin: GPIO6}]
    microphone:
      - {platform: i2s_audio, id: mic, adc_type: external, i2s_din_pin: GPIO4, sample_rate: 16000}

    """

  /// Validates a device with the snippet and generates its code.
  private func generated(_ snippet: String, _ files: [Artefact]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let yaml = Artefact(fileName: "device.yaml", text: Self.device + snippet)
    try BundleWriter.write(files + [yaml], to: folder)
    for command in [["config"], ["compile", "--only-generate"]] {
      let run = try runProgram(
        try #require(Self.python), ["-m", "esphome"] + command + ["\(folder)/device.yaml"])
      #expect(run.status == 0, "\(run.output)")
    }
    return try String(
      contentsOfFile: "\(folder)/.esphome/build/rouse-probe/src/main.cpp", encoding: .utf8)
  }

  @Test(.enabled(if: python != nil)) func snippetIsAccepted() throws {
    let files = try bundle()
    let code = try generated(String(decoding: files[2].bytes, as: UTF8.self), files)
    #expect(code.contains("216, 5, "), "the truncated cutoff, then the window")
  }

  /// The published models that the snippet names come over the network; local ones stand in for them here.
  @Test(.enabled(if: python != nil)) func severalModelsWithVADAreAccepted() throws {
    var files = try bundle()
    for word in ["okay nabu", "vad"] {
      var manifest = ESPHomeManifestTests.manifest
      manifest.wakeWord = word
      manifest.model = "\(word.prefix(3)).tflite"
      files += [
        Artefact(fileName: manifest.model, bytes: [UInt8](repeating: 7, count: 900)),
        Artefact(
          fileName: "\(word.prefix(3)).json", text: try ESPHomeManifestWriter.write(manifest)),
      ]
    }
    let snippet = try ESPHomeSnippet.write(
      ESPHomeManifestTests.manifest, .several, manifestFile: "hey_rouse.json",
      toolVersion: "1.0.0", provenance: ["origin: a: b # c"], arenaNotes: ["Tensor arena: 1 byte."])
    #expect(snippet.contains("\n# origin: a: b # c\n#\n") && !snippet.contains("{{"))
    #expect(snippet.contains("\n#\n# Tensor arena: 1 byte.\n\nmicro_wake_word:\n"))
    let local = snippet.replacing("model: okay_nabu\n", with: "model: oka.json\n")
      .replacing("model: vad\n", with: "model: vad.json\n")
    let code = try generated(local, files)
    #expect(code.contains("add_vad_model("))
    #expect(code.matches(of: #/add_wake_word_model\(/#).count == 2, "both wake words")
  }
}
