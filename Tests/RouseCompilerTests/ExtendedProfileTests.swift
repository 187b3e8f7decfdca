import Foundation
import RouseCompiler
import RouseTraining
import Testing

/// Profiles of users: what they inherit, and what is said of their mistakes.
@Suite struct ExtendedProfileTests {
  static func profile(_ lines: String..., extends base: String = "esp32-s3-n8") throws
    -> TargetProfile
  {
    let text = (["name: mine", "extends: \(base)"] + lines).joined(separator: "\n")
    return try TargetProfile(yaml: text + "\n", file: "mine.yaml")
  }

  static func error(_ body: () throws -> TargetProfile) throws -> TrainingError {
    let error = #expect(throws: CompilerError.self) { _ = try body() }
    guard case .profile(let cause) = error else {
      throw try #require(error)
    }
    return cause
  }

  // MARK: - Inheritance

  @Test func ownValuesReplaceInheritedOnes() throws {
    let base = try TargetCatalog.profile("esp32-s3-n8")
    let mine = try Self.profile(
      "memory:", "  internalFreeBytes: {value: 180000, source: \"my heap log\"}")
    #expect(mine.name == "mine" && mine.file == "mine.yaml")
    #expect(mine.memory.internalFreeBytes.value == 180_000)
    #expect(mine.memory.internalFreeBytes.place == "mine.yaml:4")
    #expect(mine.memory.internalBytes == base.memory.internalBytes)
    #expect(mine.flash == base.flash && mine.firmware == base.firmware)
  }

  @Test func earlierEntriesWin() throws {
    let small = try Self.profile(extends: "[base-flash-4mb, esp32-s3-n8]")
    #expect(small.flash.appPartitionBytes.value == 1_835_008)
    let large = try Self.profile(extends: "[esp32-s3-n8, base-flash-4mb]")
    #expect(large.flash.appPartitionBytes.value == 3_932_160)
  }

  /// ESP32-P4 extends base-esphome and overrides its stack: that must survive when base-esphome is listed as well.
  @Test func sharedPartsOfPartsDoNotOverride() throws {
    let listed = try Self.profile(extends: "[base-esphome, esp32-p4]")
    #expect(listed.memory.taskStackBytes.value == 8192)
    let other = try Self.profile(extends: "[base-tflite-micro, esp32-p4]")
    #expect(other.memory.taskStackBytes.value == 4096)
  }

  /// ESP32-P4 leaves out releases that do not know the chip; a list of one's own is taken whole.
  @Test(arguments: ["esp32-s3-n8", "esp32-p4"])
  func ownFirmwareUsesInheritedOperators(_ base: String) throws {
    let mine = try Self.profile(
      "firmware:", "  - release: Mine 1.0", "    contract: tflite-micro", "    interpreter: mine",
      "    kernelLibrary: esp-nn-1.2.3", "    operatorSet: streaming-20", "    faults: []",
      "    source: my repository", extends: base)
    #expect(mine.firmware.map(\.release) == ["Mine 1.0"])
    #expect(mine.currentFirmware.library == .espNN123)
    #expect(mine.currentFirmware.operators.count == 20)
  }

  @Test func nameIsNotInherited() throws {
    let error = try Self.error {
      try TargetProfile(yaml: "extends: esp32-s3-n8\n", file: "mine.yaml")
    }
    #expect(error == .missingKey(file: "mine.yaml", line: 1, key: "name"))
  }

  // MARK: - Files

  @Test func profilesOfUsersAreFiles() throws {
    try Self.inFolder { folder in
      let board = folder + "/board.yaml"
      try "name: board\nextends: parts/flash.yaml\n".write(
        toFile: board, atomically: true, encoding: .utf8)
      try FileManager.default.createDirectory(
        atPath: folder + "/parts", withIntermediateDirectories: true)
      try """
      extends: esp32-s3-n8
      flash:
        applicationBytes: {value: 900000, source: "my build"}
      """.write(toFile: folder + "/parts/flash.yaml", atomically: true, encoding: .utf8)
      let profile = try TargetCatalog.profile(board)
      #expect(profile.name == "board" && profile.file == board)
      #expect(profile.flash.applicationBytes.value == 900_000)
      #expect(profile.flash.applicationBytes.place == folder + "/parts/flash.yaml:3")
    }
  }

  @Test func unreadableFilesAreRefused() throws {
    try Self.inFolder { folder in
      let file = folder + "/board.yaml"
      try Data([0xFF, 0xFE, 0x80]).write(to: URL(filePath: file))
      #expect(throws: CompilerError.profile(.notText(file: file))) {
        try TargetCatalog.profile(file)
      }
      #expect(throws: CompilerError.self) { try TargetCatalog.profile(folder + "/none.yaml") }
      try "name: board\nextends: none.yaml\n".write(
        toFile: file, atomically: true, encoding: .utf8)
      #expect(
        throws: CompilerError.profile(
          .wrongValue(
            file: file, line: 2, key: "extends", expected: "a file that can be read",
            found: "`none.yaml`"))
      ) { try TargetCatalog.profile(file) }
    }
  }

  @Test func circlesAreShown() throws {
    try Self.inFolder { folder in
      for (name, base) in [("a", "b"), ("b", "./c"), ("c", "../\(Self.last(folder))/a")] {
        try "name: \(name)\n# \(name)\nextends: \(base).yaml\n".write(
          toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
      }
      let error = try Self.error { try TargetCatalog.profile(folder + "/a.yaml") }
      guard case .wrongValue(let file, let line, "extends", "no circle", let found) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(file == folder + "/./c.yaml" && line == 3)
      #expect(found.hasPrefix(folder + "/a.yaml -> " + folder + "/b.yaml -> "))
    }
  }

  @Test func endlessFamiliesAreRefused() throws {
    try Self.inFolder { folder in
      for (name, base) in [("a", "b"), ("b", "c"), ("c", "d")] {
        let list = Array(repeating: "\(base).yaml", count: 20).joined(separator: ", ")
        try "name: \(name)\nextends: [\(list)]\n".write(
          toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
      }
      try "extends: esp32\n".write(
        toFile: folder + "/d.yaml", atomically: true, encoding: .utf8)
      let error = try Self.error { try TargetCatalog.profile(folder + "/a.yaml") }
      guard case .wrongValue(_, _, "extends", "at most 100 profiles in all", _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  private static func last(_ folder: String) -> String { URL(filePath: folder).lastPathComponent }

  private static func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "rouse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  // MARK: - Mistakes

  @Test func missingBaseListsTheBoards() throws {
    let error = try Self.error { try Self.profile(extends: "esp32-s3-n9") }
    guard case .wrongValue("mine.yaml", 2, "extends", let expected, "`esp32-s3-n9`") = error else {
      Issue.record("\(error)")
      return
    }
    #expect(expected.contains("esp32-s3-n8, ") && expected.contains("path of a .yaml file"))
  }

  @Test func unknownKeyIsRefusedWithTheNearestName() throws {
    let error = try Self.error {
      try Self.profile("flash:", "  siezBytes: {value: 1, source: me}")
    }
    #expect(
      error
        == .unknownKey(
          file: "mine.yaml", line: 4, key: "flash.siezBytes", nearest: "sizeBytes"))
  }

  /// The mistake is in the profile that extends, not in the parts that need not be complete.
  @Test func missingFlashSizeIsNamed() throws {
    let error = try Self.error { try Self.profile("", extends: "base-esp32-s3") }
    #expect(error == .missingKey(file: "mine.yaml", line: 1, key: "flash.sizeBytes"))
    let own = try Self.error {
      try Self.profile(
        "flash:", "  appPartitionBytes: {value: 9, source: me}", extends: "base-esp32-s3")
    }
    #expect(own == .missingKey(file: "mine.yaml", line: 4, key: "flash.sizeBytes"))
  }

  @Test func profileWithoutBaseNeedsEverything() throws {
    let error = try Self.error { try TargetProfile(yaml: "name: mine\n", file: "mine.yaml") }
    #expect(error == .missingKey(file: "mine.yaml", line: 1, key: "chip"))
  }

  @Test func factWithoutASourceIsRefused() throws {
    let error = try Self.error { try Self.profile("clockHertz: {value: 80000000}") }
    #expect(error == .missingKey(file: "mine.yaml", line: 3, key: "clockHertz.source"))
  }

  @Test(arguments: [
    "clockHertz: {value: fast, source: me}",
    "flash: {appPartitionBytes: {value: 18126464, source: me}}",
    "memory: {psramFreeBytes: {value: 1, source: me}}",
    "memory: {arenaPlacement: {value: psram, source: me}}",
    "memory: {arenaPlacement: {value: eeprom, source: me}}",
    "memory: {tensorArenaBytes: {value: -1, source: me}}",
    "memory: 3",
    "time: {estimateErrorPercent: {value: 1001, source: me}}",
    "time: {frameMicroseconds: {value: 0, source: me}}",
    "cycles: {perMac: {CONV_3D: {value: 1, source: me}}}",
    "cycles: {perMac: {other: {value: -1, source: me}}}",
    "cycles: {perInstruction: {value: x, source: me}}",
    "instructions: {perInstruction: {value: 1, source: me}}",
    "kernelSubstitutes: {esp-nn-9: {value: reference, source: me}}",
    "kernelSubstitutes: {esp-nn-1.1.2: {value: esp-nn-9, source: me}}",
    "operatorSets: [{name: streaming-14, operators: [CALL_TWICE], source: me}]",
    "operatorSets: [{name: streaming-15, operators: [ADD], source: me}]",
    "firmware: []",
    "firmwareSince: {value: ESPHome 2020.1.0, source: me}",
    "name: again",
    "extends: []",
    "boards: []",
  ])
  func wrongValuesAreRefused(_ line: String) throws {
    #expect(throws: CompilerError.self) { try Self.profile(line) }
  }

  /// A value that is larger than an inherited one is an error of the file that states it.
  @Test func sizesAreComparedAcrossFiles() throws {
    let error = try Self.error {
      try Self.profile("flash:", "  appPartitionBytes:", "    value: 9000000", "    source: me")
    }
    guard case .wrongValue("mine.yaml", let line, "flash.appPartitionBytes", _, "9000000") = error
    else {
      Issue.record("\(error)")
      return
    }
    #expect((4...5).contains(line))
  }
}
