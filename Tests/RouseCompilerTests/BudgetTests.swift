import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import Testing

@Suite struct BudgetTests {
  /// okay_nabu on a board; the costs are those of its convolutions (20736 MAC in 5 calls, 288 results).
  static func report(
    _ target: String, change: (inout TargetProfile) -> Void = { _ in },
    firmware: Int? = nil, fileBytes: Int = 60_264
  ) throws -> BudgetReport {
    let model = try StructureFixture.model("okay_nabu")
    var profile = try TargetCatalog.profile(target)
    change(&profile)
    let release = firmware.map { profile.firmware[$0] } ?? profile.currentFirmware
    return Budget.evaluate(
      model, fileBytes: fileBytes,
      arena: try ArenaModel(library: release.library).report(for: model), profile: profile,
      costs: [
        (node: "conv", builtin: .conv2D, cost: Cost(macs: 20_736, requantizations: 288)),
        (node: "slice", builtin: .stridedSlice, cost: Cost(copiedBytes: 4_816)),
        (node: "pad", builtin: .pad, cost: Cost(copiedBytes: 100)),
      ], strideRows: 3, firmware: release)
  }

  static func line(_ report: BudgetReport, _ name: String) throws -> BudgetReport.Line {
    try #require(report.lines.first { $0.name == name })
  }

  @Test(arguments: TargetProfileTests.espressif)
  func okayNabuFitsEveryESPHomeBoard(_ target: String) throws {
    let report = try Self.report(target)
    #expect(report.fits && report.unregisteredOperators.isEmpty)
    #expect(report.lines.allSatisfy { $0.over == 0 && !$0.source.isEmpty && !$0.place.isEmpty })
  }

  @Test func arenasGoWhereTheBoardPutsThem() throws {
    let inside = try Self.report("esp32-s3-n8")
    let outside = try Self.report("esp32-s3-n16r8")
    let fixed = 11_508 + 3_840 + 3_072 + 940 + 10
    let arenas = outside.arena.recommendedBytes + 1_024
    #expect(try Self.line(outside, "internal RAM").used == fixed)
    #expect(try Self.line(outside, "PSRAM").used == arenas)
    #expect(try Self.line(inside, "internal RAM").used == fixed + arenas)
    #expect(!inside.lines.contains { $0.name == "PSRAM" })
  }

  @Test func flashCountsFileAndCode() throws {
    let line = try Self.line(Self.report("esp32-s3-n8"), "app flash")
    #expect(line.used == 60_264 + 61_684 + 8_482 + 2_097_152)
    #expect(line.limit == 3_932_160)
    #expect(line.key == "flash.appPartitionBytes")
  }

  @Test func timeAddsModelAndFrontEnd() throws {
    let line = try Self.line(Self.report("esp32-s3-n16r8"), "time per step")
    let copies = (4_816 * 3.807 + 100 * 7.442) * 1.5
    let model = 20_736 * 2.47 + 288 * 32.64 + copies + Double(67 - 12) * 109.5
    #expect(line.limit == 30_000)
    #expect(line.parts.map(\.amount) == [Int((model / 240).rounded(.up)), 1_746])
  }

  // MARK: - Error of the estimate

  @Test func timeCarriesTheErrorOfItsEstimate() throws {
    let report = try Self.report("esp32-s3-n8")
    let line = try Self.line(report, "time per step")
    #expect(line.errorPercent == 59 && line.errorSource?.isEmpty == false)
    #expect(report.lines.filter { $0.name != line.name }.allSatisfy { $0.errorPercent == nil })
    #expect(!line.isUncertain)
  }

  @Test func estimatesNearTheLimitAreUncertain() throws {
    let used = try Self.line(Self.report("esp32-s3-n8"), "time per step").used
    let near = try Self.report("esp32-s3-n8") { $0.time.frameMicroseconds.value = used / 3 + 1 }
    #expect(near.fits)
    #expect(try Self.line(near, "time per step").isUncertain)
    let over = try Self.report("esp32-s3-n8") { $0.time.frameMicroseconds.value = used / 3 - 1 }
    #expect(!over.fits)
    #expect(try !Self.line(over, "time per step").isUncertain)
  }

  // MARK: - Verdict

  @Test func arenaAboveTheLimitDoesNotFit() throws {
    let report = try Self.report("esp32-s3-n8") { $0.memory.tensorArenaBytes.value = 25_000 }
    let line = try Self.line(report, "tensor arena")
    #expect(report.verdict == .doesNotFit)
    #expect(line.used == report.arena.recommendedBytes)
    #expect(line.over == line.used - 25_000)
    #expect(report.table.contains("tensor arena"))
    #expect(report.table.contains("\(line.over) over"))
  }

  @Test func limitIsInclusive() throws {
    let used = try Self.line(Self.report("esp32-s3-n8"), "tensor arena").used
    #expect(try Self.report("esp32-s3-n8") { $0.memory.tensorArenaBytes.value = used }.fits)
    #expect(try !Self.report("esp32-s3-n8") { $0.memory.tensorArenaBytes.value = used - 1 }.fits)
  }

  @Test func fileAboveThePartitionDoesNotFit() throws {
    let report = try Self.report("esp32-s3-n8", fileBytes: 4_000_000)
    #expect(!report.fits)
    #expect(try Self.line(report, "app flash").over == 6_167_318 - 3_932_160)
  }

  @Test func operatorsOfOlderReleasesAreRefused() throws {
    let report = try Self.report("esp32-s3-n8", firmware: 0)
    #expect(!report.fits)
    #expect(report.unregisteredOperators == ["DEPTHWISE_CONV_2D", "SPLIT_V"])
    #expect(report.table.contains("SPLIT_V is not registered by ESPHome 2024.2.0"))
  }

  @Test func tooManyVariablesDoNotFit() throws {
    let report = try Self.report("esp32-s3-n8") { $0.memory.resourceVariables.value = 5 }
    #expect(try Self.line(report, "resource variables").over == 1)
  }

  // MARK: - Output

  @Test func tableIsAligned() throws {
    let table = try Self.report("esp32-s3-n8").table
    #expect(
      table == """
                                 used      limit
        app flash           2 227 582  3 932 160 bytes
        tensor arena           25 824     65 536 bytes
        internal RAM           46 218    131 072 bytes
        time per step           2 143     30 000 microseconds  an estimate, up to 59 % more
        resource variables          6         20 variables

        """)
  }

  @Test func jsonIsStable() throws {
    let json = try Self.report("esp32-s3-n8").json
    #expect(json == (try Self.report("esp32-s3-n8").json))
    #expect(json.hasSuffix("}\n"))
    #expect(json.contains("\"verdict\" : \"fits\""))
    let keys = ["\"arena\"", "\"firmware\"", "\"lines\"", "\"profile\"", "\"verdict\""]
    let positions = keys.map { json.range(of: $0)?.lowerBound }
    #expect(positions.allSatisfy { $0 != nil })
    #expect(positions.compactMap { $0 } == positions.compactMap { $0 }.sorted())
  }
}
