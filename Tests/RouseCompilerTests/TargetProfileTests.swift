import Foundation
import RouseCompiler
import RouseResources
import RouseTraining
import Testing

@Suite struct TargetProfileTests {
  static let source = Resources.file("targets/esp32-s3-n16r8.yaml")

  @Test(arguments: TargetCatalog.names)
  func builtInProfilesAreReadable(_ name: String) throws {
    let profile = try TargetCatalog.profile(name)
    #expect(profile.name == name)
    #expect(profile.file == "targets/\(name).yaml")
    #expect(profile.currentFirmware.release == "ESPHome 2026.10.0")
    #expect(profile.currentFirmware.library == .espNN112)
    #expect(profile.currentFirmware.operators.count == 20)
    #expect(profile.firmware.first?.operators.count == 14)
    #expect(profile.memory.tensorArenaBytes.source.isEmpty == false)
  }

  /// ESPHome: two equal slots in what the bootloader (0x8000), tables and NVS leave, in steps of 64 KiB.
  @Test(arguments: TargetCatalog.names)
  func appPartitionFollowsESPHomesRule(_ name: String) throws {
    let flash = try TargetCatalog.profile(name).flash
    let step = 0x10000
    let system = (0x8000 + 0x1000 + 0x2000 + 0x1000 + step - 1) / step * step + 0x70000
    let slot = (flash.sizeBytes.value - system) / 2 / step * step
    #expect(flash.appPartitionBytes.value == slot)
  }

  @Test func boardWithoutPSRAMKeepsItsArenaInside() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    #expect(profile.memory.psramBytes.value == 0)
    #expect(profile.memory.arenaPlacement.value == .internal)
    #expect(profile.memory.tensorArenaBytes.value < profile.memory.internalFreeBytes.value)
  }

  // MARK: - Wrong profiles

  @Test func unknownKeyIsRefusedWithTheNearestName() throws {
    let text = Self.source.replacing("  sizeBytes:", with: "  siezBytes:")
    let error = #expect(throws: CompilerError.self) {
      try TargetProfile(yaml: text, file: "t.yaml")
    }
    guard case .profile(.unknownKey(let file, let line, let key, let nearest)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file == "t.yaml")
    #expect(line == Self.line(of: "  siezBytes:", in: text))
    #expect(key == "flash.siezBytes")
    #expect(nearest == "sizeBytes")
  }

  @Test func missingFlashSizeIsNamed() throws {
    let lines = Self.source.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex { $0.hasPrefix("  sizeBytes:") })
    let text = (lines[..<start] + lines[(start + 3)...]).joined(separator: "\n")
    #expect(
      throws: CompilerError.profile(
        .missingKey(
          file: "t.yaml", line: start + 1, key: "flash.sizeBytes"))
    ) { try TargetProfile(yaml: text, file: "t.yaml") }
  }

  @Test func factWithoutASourceIsRefused() throws {
    let text = Self.source.replacing(
      ", source: \"two Xtensa LX7 cores with 128-bit vector instructions\"", with: "")
    #expect(throws: CompilerError.self) { try TargetProfile(yaml: text, file: "t.yaml") }
    #expect(text != Self.source)
  }

  @Test(arguments: [
    ("value: 240000000", "value: fast"),
    ("value: 8126464", "value: 18126464"),
    ("kernelLibrary: esp-nn-1.1.2", "kernelLibrary: esp-nn-9"),
    ("operatorSet: streaming-14", "operatorSet: streaming-15"),
    ("[CALL_ONCE,", "[CALL_TWICE,"),
    ("    other:\n      value: 77", "    oter:\n      value: 77"),
    ("value: 20\n", "value: -1\n"),
    ("name: esp32-s3-n16r8\n", "name: esp32-s3-n16r8\nname: again\n"),
    ("value: psram", "value: eeprom"),
    ("memory:\n", "memory: 3\nmemori:\n"),
  ])
  func wrongValuesAreRefused(_ good: String, _ bad: String) throws {
    let text = Self.source.replacing(good, with: bad)
    #expect(text != Self.source)
    #expect(throws: CompilerError.self) { try TargetProfile(yaml: text, file: "t.yaml") }
  }

  @Test func unknownTargetSuggestsTheNearest() {
    #expect(
      throws: CompilerError.unknownTarget(
        name: "esp32-s3-n16r9", nearest: "esp32-s3-n16r8", available: TargetCatalog.names)
    ) { try TargetCatalog.profile("esp32-s3-n16r9") }
  }

  @Test func profilesOfUsersAreFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "rouse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "board.yaml").path
    try Self.source.replacing("name: esp32-s3-n16r8", with: "name: board")
      .write(toFile: file, atomically: true, encoding: .utf8)
    let profile = try TargetCatalog.profile(file)
    #expect(profile.name == "board" && profile.file == file)
    try Data([0xFF, 0xFE, 0x80]).write(to: URL(filePath: file))
    #expect(throws: CompilerError.self) { try TargetCatalog.profile(file) }
    #expect(throws: CompilerError.self) { try TargetCatalog.profile(folder.path + "/none.yaml") }
  }

  private static func line(of prefix: String, in text: String) -> Int? {
    text.components(separatedBy: "\n").firstIndex { $0.hasPrefix(prefix) }.map { $0 + 1 }
  }
}
