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

  @Test(.enabled(if: python != nil)) func snippetIsAccepted() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = try bundle()
    let device = """
      esphome: {name: rouse-probe}
      esp32: {board: esp32-s3-devkitc-1, variant: esp32s3, framework: {type: esp-idf}}
      logger:
      i2s_audio: [{id: i2s_in, i2s_lrclk_pin: GPIO5, i2s_bclk_pin: GPIO6}]
      microphone:
        - {platform: i2s_audio, id: mic, adc_type: external, i2s_din_pin: GPIO4, sample_rate: 16000}

      """
    let yaml = Artefact(fileName: "device.yaml", bytes: Array(device.utf8) + files[2].bytes)
    try BundleWriter.write(files + [yaml], to: folder)
    for command in [["config"], ["compile", "--only-generate"]] {
      let run = try runProgram(
        try #require(Self.python), ["-m", "esphome"] + command + ["\(folder)/device.yaml"])
      #expect(run.status == 0, "\(run.output)")
    }
    let code = try String(
      contentsOfFile: "\(folder)/.esphome/build/rouse-probe/src/main.cpp", encoding: .utf8)
    #expect(code.contains("216, 5, "), "the truncated cutoff, then the window")
  }
}
