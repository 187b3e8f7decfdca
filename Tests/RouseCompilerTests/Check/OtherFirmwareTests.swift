import RouseCompiler
import RouseFormats
import RouseIR
import Testing

/// Boards whose firmware is an application of one's own around TFLite Micro: ESPHome's rules are not theirs.
@Suite struct OtherFirmwareTests {
  static let boards = ["nrf52840", "rp2040", "rp2350"]

  static func report(
    _ target: String, manifest: String? = nil, _ change: (inout TFLiteModel) throws -> Void
  ) throws -> CheckReport {
    let model = try CheckModels.model(moreVariables: 24, change)
    return try CheckModels.report(
      [try CheckModels.input(model, manifest: manifest)], firmware: "TFLite Micro", target: target)
  }

  /// 25 variables, an input of 0 to 1, an int8 output of two classes' shape: ESPHome refuses each.
  @Test(arguments: boards)
  func rulesOfESPHomeDoNotApply(_ target: String) throws {
    let report = try Self.report(target) { model in
      let index = try model.index(of: .quantize)
      model.subgraphs[0].outputs = model.subgraphs[0].operators[index].inputs
      model.subgraphs[0].operators.remove(at: index)
    }
    #expect(report.verdict == .fits, "\(report.findings)")
    Self.expectNoESPHome(report)
  }

  @Test(arguments: boards)
  func manifestsAreNotRead(_ target: String) throws {
    let manifest = CheckModels.manifest.replacing("\"version\": 2", with: "\"version\": 3")
      .replacing("0.5,", with: "85,").replacing("2024.7.0", with: "2099.1.0")
      .replacing("\"author\": \"Test\",", with: "\"licence\": \"MIT\",")
    let report = try Self.report(target, manifest: manifest) { _ in }
    #expect(report.verdict == .fits, "\(report.findings)")
    #expect(report.findings.contains { $0.code == .manifestNotRead })
    Self.expectNoESPHome(report)
  }

  @Test(arguments: boards)
  func anArenaThatIsTooSmallIsSaidWithoutAManifest(_ target: String) throws {
    let report = try Self.report(
      target, manifest: CheckModels.manifest.replacing("65536", with: "4096")
    ) { _ in }
    let finding = try #require(report.findings.first { $0.code == .arenaTooSmall })
    let arena = try #require(report.models[0].arena)
    #expect(finding.help == "give the interpreter an arena of \(arena.recommendedBytes) bytes")
    Self.expectNoESPHome(report)
  }

  @Test(arguments: boards)
  func operatorsThatRouseDoesNotKnowAreNotSaidToBeMissing(_ target: String) throws {
    let report = try Self.report(target) { try $0.edit(.reshape) { $1.code = 27 } }
    let finding = try #require(report.findings.first { $0.code == .operatorNotRegistered })
    #expect(
      finding.message
        == "SVDF, which the model uses once, is not among the operators of the profile's firmware")
    #expect(finding.help.contains("Rouse knows neither the memory nor the results"))
    Self.expectNoESPHome(report)
  }

  @Test func severalModelsMayHaveStepsOfTheirOwn() throws {
    let one = try CheckModels.input(try CheckModels.model())
    let other = try CheckModels.input(
      try CheckModels.model(),
      manifest: CheckModels.manifest.replacing(
        "\"feature_step_size\": 10", with: "\"feature_step_size\": 20"))
    let report = try CheckModels.report([one, other], firmware: "TFLite Micro", target: "rp2350")
    #expect(report.verdict == .fits, "\(report.findings)")
    Self.expectNoESPHome(report)
  }

  static func expectNoESPHome(_ report: CheckReport) {
    for finding in report.findings {
      let text = "\(finding.message) \(finding.help)".lowercased()
      #expect(!text.contains("esphome") && !text.contains("micro_wake_word"), "\(finding)")
    }
  }

  // MARK: - Arena

  /// Measured on Cortex-M4 under QEMU, with arenas that began at multiples of 16.
  @Test(arguments: ArenaModelTests.shortEnums.filter { $0.library == .reference })
  func arenasOfARMAreThoseOfCortexM4(_ row: ArenaModelTests.ShortEnumRow) throws {
    let input = CheckInput(
      file: "m.tflite", model: .bytes(TFLiteWriter.write(try StructureFixture.model(row.name))))
    for board in Self.boards {
      let arena = try #require(
        try CheckModels.report([input], firmware: "TFLite Micro", target: board).models[0].arena)
      #expect(arena.minimumBytesByBase[0] == row.needed)
      #expect(arena.usedBytes == row.used)
      #expect((row.needed...row.needed + 16).contains(arena.minimumBytes))
    }
  }

  @Test func enumsAreAFactOfTheChip() throws {
    for name in TargetCatalog.names {
      let profile = try TargetCatalog.profile(name)
      #expect(profile.cEnums.value == (Self.boards.contains(name) ? .short : .int), "\(name)")
      #expect(profile.cEnums.source.contains("-fshort-enums"))
    }
  }
}
