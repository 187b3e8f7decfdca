import Foundation
import RouseCompiler
import RouseIR
import RouseResources
import RouseTraining
import Testing

@Suite struct TargetProfileTests {
  static let boards = [
    "esp32", "esp32-c3", "esp32-c6", "esp32-p4", "esp32-s2", "esp32-s3-n16r8", "esp32-s3-n4",
    "esp32-s3-n8", "esp32-s3-n8r2", "esp32-s3-n8r8", "nrf52840", "rp2040", "rp2350",
  ]
  static let espressif = boards.filter { $0.hasPrefix("esp32") }

  // MARK: - Built-in profiles

  @Test func boardsAreListedWithoutWhatTheyShare() {
    #expect(TargetCatalog.names == Self.boards)
  }

  @Test(arguments: boards)
  func builtInProfilesAreReadable(_ name: String) throws {
    let profile = try TargetCatalog.profile(name)
    #expect(profile.name == name)
    #expect(profile.file == "targets/\(name).yaml")
    #expect(profile.memory.tensorArenaBytes.value <= Self.arenaMemory(of: profile))
    #expect(profile.time.estimateErrorPercent.value > 0)
    #expect(profile.flash.applicationBytes.value < profile.flash.appPartitionBytes.value)
  }

  private static func arenaMemory(of profile: TargetProfile) -> Int {
    profile.memory.arenaPlacement.value == .psram
      ? profile.memory.psramFreeBytes.value : profile.memory.internalFreeBytes.value
  }

  @Test(arguments: espressif)
  func espressifBoardsRunESPHome(_ name: String) throws {
    let profile = try TargetCatalog.profile(name)
    let releases = [
      "ESPHome 2024.2.0", "ESPHome 2024.7.0", "ESPHome 2024.11.0", "ESPHome 2025.5.0",
      "ESPHome 2025.12.0", "ESPHome 2026.6.5", "ESPHome 2026.10.0",
    ]
    // ESPHome builds for ESP32-P4 since 2025.
    let missing = name == "esp32-p4" ? 3 : 0
    #expect(profile.firmware.map(\.release) == Array(releases[missing...]))
    #expect(profile.firmware.allSatisfy { $0.contract == .esphome })
    let operators = [14, 20, 20, 20, 20, 20, 20]
    #expect(profile.firmware.map(\.operators.count) == Array(operators[missing...]))
  }

  @Test(arguments: ["nrf52840", "rp2040", "rp2350"])
  func otherBoardsRunAFirmwareOfOnesOwn(_ name: String) throws {
    let firmware = try TargetCatalog.profile(name).currentFirmware
    #expect(firmware.contract == .tfliteMicro && firmware.library == .reference)
    #expect(Set(firmware.operators) == Set(TFLiteBuiltin.allCases.map(\.schemaName)))
    #expect(firmware.faults.isEmpty)
  }

  /// ESPHome: two equal slots in what the bootloader (0x8000), tables and NVS leave, in steps of 64 KiB.
  @Test(arguments: espressif)
  func appPartitionFollowsESPHomesRule(_ name: String) throws {
    let flash = try TargetCatalog.profile(name).flash
    let step = 0x10000
    let system = (0x8000 + 0x1000 + 0x2000 + 0x1000 + step - 1) / step * step + 0x70000
    let slot = (flash.sizeBytes.value - system) / 2 / step * step
    #expect(flash.appPartitionBytes.value == slot)
  }

  @Test(arguments: [
    ("esp32-s3-n4", KernelLibrary.espNN112), ("esp32", .espNNGeneric), ("esp32-s2", .espNNGeneric),
    ("esp32-c3", .espNNGeneric), ("esp32-c6", .espNNGeneric), ("esp32-p4", .espNNP4112),
  ])
  func chipsRunTheKernelsMadeForThem(_ name: String, _ library: KernelLibrary) throws {
    let profile = try TargetCatalog.profile(name)
    #expect(profile.firmware.allSatisfy { $0.library == library })
    #expect(profile.kernelLibraries == [.reference] + library.versions)
  }

  @Test func boardWithoutPSRAMKeepsItsArenaInside() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    #expect(profile.memory.psramBytes.value == 0)
    #expect(profile.memory.arenaPlacement.value == .internal)
    #expect(profile.memory.tensorArenaBytes.value < profile.memory.internalFreeBytes.value)
  }

  /// The kernels of esp-nn for ESP32-P4 need a larger stack (ESPHome 2026.6.5).
  @Test func stackDependsOnTheChip() throws {
    #expect(try TargetCatalog.profile("esp32-p4").memory.taskStackBytes.value == 8192)
    #expect(try TargetCatalog.profile("esp32-s3-n8").memory.taskStackBytes.value == 3072)
  }

  // MARK: - Facts

  @Test(arguments: boards)
  func factsSayWhereTheyStand(_ name: String) throws {
    let profile = try TargetCatalog.profile(name)
    let facts = [
      profile.clockHertz, profile.flash.appPartitionBytes, profile.memory.internalFreeBytes,
      profile.memory.tensorArenaBytes, profile.memory.taskStackBytes,
      profile.time.estimateErrorPercent,
    ]
    for fact in facts {
      let parts = fact.place.split(separator: ":").map(String.init)
      let line = try #require(Int(parts[1]))
      let text = Resources.file(parts[0]).components(separatedBy: "\n")[line - 1]
      #expect(text.contains("value: \(fact.value)"), "\(fact.place)")
      #expect(!fact.source.isEmpty)
    }
  }

  /// 73 instructions, counted on Cortex-M4, at 1.5 cycles per instruction.
  @Test func instructionsBecomeCyclesOfTheChip() throws {
    let cycles = try TargetCatalog.profile("esp32-s3-n8").cycles
    #expect(cycles.perNode.value == 73 * 1.5)
    #expect(cycles.perNode.source.contains("times 1.5 cycles per instruction"))
    #expect(cycles.perFrame.value == 93_080 * 1.5)
    let slower = try TargetCatalog.profile("esp32").cycles
    #expect(slower.perNode.value == 73 * 2.69)
    // What the chip states itself goes first.
    #expect(cycles.perMac["CONV_2D"]?.value == 2.47)
    #expect(try TargetCatalog.profile("nrf52840").cycles.perMac["CONV_2D"]?.value == 46.08 * 1.5)
  }

  // MARK: - Firmware by name

  @Test(arguments: [
    ("esphome-2026.10", "ESPHome 2026.10.0"), ("ESPHome 2026.10.0", "ESPHome 2026.10.0"),
    ("2026.10.0", "ESPHome 2026.10.0"), ("2024.2", "ESPHome 2024.2.0"),
    ("esphome-2024", "ESPHome 2024.11.0"), ("ESPHOME", "ESPHome 2026.10.0"),
    ("2026.6.5", "ESPHome 2026.6.5"),
  ])
  func firmwareIsFoundByName(_ name: String, _ release: String) throws {
    #expect(try TargetCatalog.profile("esp32-s3-n8").firmware(named: name).release == release)
  }

  @Test(arguments: ["2026.1", "esphome-2023.1.0", "2026.10.1", "", "-", "10.0", "arduino"])
  func unknownFirmwareListsWhatExists(_ name: String) throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let error = #expect(throws: CompilerError.self) { try profile.firmware(named: name) }
    guard case .unknownFirmware(name, "esp32-s3-n8", _, let available) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(available == profile.firmware.map(\.release))
  }

  /// Case, spaces and hyphens do not count here either; of releases as near as each other the newest is meant.
  @Test(arguments: [
    ("esphome-2026.1", "ESPHome 2026.10.0"), ("ESPHome 2026.1.0", "ESPHome 2026.10.0"),
    ("esphom-2025.12", "ESPHome 2025.12.0"), ("eshpome-2024.7.0", "ESPHome 2024.7.0"),
    ("arduino", nil),
  ])
  func unknownFirmwareSuggestsTheNearest(_ name: String, _ nearest: String?) throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    #expect(
      throws: CompilerError.unknownFirmware(
        name: name, target: "esp32-s3-n8", nearest: nearest,
        available: profile.firmware.map(\.release))
    ) { try profile.firmware(named: name) }
  }

  @Test func firmwareOfOnesOwnHasAName() throws {
    let profile = try TargetCatalog.profile("rp2350")
    #expect(try profile.firmware(named: "tflite-micro").release == "TFLite Micro")
    #expect(throws: CompilerError.self) { try profile.firmware(named: "2026.10.0") }
  }

  // MARK: - Names

  @Test func unknownTargetSuggestsTheNearest() {
    #expect(
      throws: CompilerError.unknownTarget(
        name: "esp32-s3-n16r9", nearest: "esp32-s3-n16r8", available: TargetCatalog.names)
    ) { try TargetCatalog.profile("esp32-s3-n16r9") }
  }

  @Test func sharedPartsAreNoTargets() {
    #expect(throws: CompilerError.self) { try TargetCatalog.profile("base-esp32-s3") }
  }
}
