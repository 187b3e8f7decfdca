import RouseCompiler
import RouseIR
import Testing

/// A wake word and a voice activity detector in one firmware.
@Suite struct JointBudgetTests {
  static func model(
    _ name: String, macs: Int, stride: Int = 3, library: KernelLibrary = .espNN112,
    manifest: Int? = nil, window: Int? = nil
  ) throws -> Budget.Model {
    let tflite = try StructureFixture.model(name)
    return Budget.Model(
      name: name, tflite: tflite, fileBytes: name == "vad" ? 34_328 : 60_264,
      arena: try ArenaModel(library: library).report(for: tflite),
      costs: [(node: "conv", builtin: .conv2D, cost: Cost(macs: macs))], strideRows: stride,
      manifestArenaBytes: manifest, slidingWindow: window)
  }

  static func both(stride: Int = 3) throws -> [Budget.Model] {
    [try model("okay_nabu", macs: 20_736), try model("vad", macs: 12_000, stride: stride)]
  }

  @Test func memoryOfAllModelsIsSummed() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let models = try Self.both()
    let report = Budget.evaluate(models: models, profile: profile)
    let arenas = models.reduce(0) { $0 + $1.arenaBytes + 1_024 }
    let fixed = 11_508 + 3_840 + 3_072 + 2 * 940 + 2 * 10
    let line = try BudgetTests.line(report, "internal RAM")
    #expect(line.used == arenas + fixed)
    #expect(
      line.parts.prefix(4).map(\.name) == [
        "tensor arena of okay_nabu", "variable arena of okay_nabu", "tensor arena of vad",
        "variable arena of vad",
      ])
    #expect(report.fits)
    #expect(report.otherArenas.count == 1)
    #expect(report.otherArenas[0].recommendedBytes == models[1].arena.recommendedBytes)
  }

  @Test func arenasGoToPSRAMTogether() throws {
    let models = try Self.both()
    let report = Budget.evaluate(
      models: models, profile: try TargetCatalog.profile("esp32-s3-n16r8"))
    let arenas = models.reduce(0) { $0 + $1.arenaBytes + 1_024 }
    #expect(try BudgetTests.line(report, "PSRAM").used == arenas)
    #expect(try BudgetTests.line(report, "internal RAM").used == 18_420 + 2 * 950)
  }

  /// Together they exceed what each alone does not.
  @Test func modelsThatFitAloneMayNotFitTogether() throws {
    var profile = try TargetCatalog.profile("esp32-s3-n8")
    profile.memory.internalFreeBytes.value = 60_000
    for model in try Self.both() {
      #expect(Budget.evaluate(models: [model], profile: profile).fits)
    }
    let report = Budget.evaluate(models: try Self.both(), profile: profile)
    #expect(report.lines.filter { $0.over > 0 }.map(\.name) == ["internal RAM"])
  }

  @Test func flashHoldsEveryFileAndTheCodeOnce() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let report = Budget.evaluate(models: try Self.both(), profile: profile)
    let line = try BudgetTests.line(report, "app flash")
    #expect(line.used == 60_264 + 34_328 + 61_684 + 8_482 + 2_097_152)
    #expect(line.parts.map(\.name).prefix(2) == ["okay_nabu", "vad"])
  }

  @Test func frontEndRunsOnceForAllModels() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let alone = try Self.both().map { Budget.evaluate(models: [$0], profile: profile) }
    let times = try alone.map { try BudgetTests.line($0, "time per step") }
    let joint = try BudgetTests.line(
      Budget.evaluate(models: try Self.both(), profile: profile), "time per step")
    let inferences = times.map(\.parts[0].amount)
    #expect(joint.parts.map(\.amount) == inferences + [times[0].parts[1].amount])
    #expect(joint.limit == 30_000)
  }

  /// A model of stride 1 runs three times while one of stride 3 runs once.
  @Test func shorterStridesRunMoreOften() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let equal = try BudgetTests.line(
      Budget.evaluate(models: try Self.both(), profile: profile), "time per step")
    let mixed = try BudgetTests.line(
      Budget.evaluate(models: try Self.both(stride: 1), profile: profile), "time per step")
    #expect(mixed.limit == equal.limit)
    #expect(mixed.parts[0] == equal.parts[0] && mixed.parts[2] == equal.parts[2])
    #expect((0...2).contains(3 * equal.parts[1].amount - mixed.parts[1].amount))
  }

  /// Portable kernels at 64 MHz: memory suffices, time does not.
  @Test func portableKernelsAreTooSlowForNRF52840() throws {
    var model = try Self.model("okay_nabu", macs: 20_736, library: .reference)
    model.costs.append((node: "depthwise", builtin: .depthwiseConv2D, cost: Cost(macs: 2_976)))
    let report = Budget.evaluate(
      models: [model], profile: try TargetCatalog.profile("nrf52840"))
    #expect(report.lines.filter { $0.over > 0 }.map(\.name) == ["time per step"])
  }

  @Test func everyModelHasItsOwnVariables() throws {
    let report = Budget.evaluate(
      models: try Self.both(), profile: try TargetCatalog.profile("esp32-s3-n8"))
    #expect(try BudgetTests.line(report, "resource variables of okay_nabu").used == 6)
    #expect(try BudgetTests.line(report, "resource variables of vad").used == 4)
  }

  @Test func operatorsOfAllModelsAreChecked() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let report = Budget.evaluate(
      models: try Self.both(), profile: profile,
      firmware: try profile.firmware(named: "esphome-2024.2"))
    #expect(report.unregisteredOperators == ["DEPTHWISE_CONV_2D", "SPLIT_V"])
  }

  // MARK: - Manifest

  /// 26080 is the arena of okay_nabu's manifest; its sliding window is 5.
  @Test func manifestDecidesWhatIsAllocated() throws {
    let profile = try TargetCatalog.profile("esp32-s3-n8")
    let model = try Self.model("okay_nabu", macs: 1, manifest: 26_080, window: 5)
    #expect(model.arenaBytes == 26_080)
    let report = Budget.evaluate(models: [model], profile: profile)
    #expect(try BudgetTests.line(report, "tensor arena").used == 26_080)
    let internalRAM = 26_080 + 1_024 + 18_420 + 940 + 5
    #expect(try BudgetTests.line(report, "internal RAM").used == internalRAM)
  }

  @Test func manifestsThatAreTooSmallDoNotCount() throws {
    let model = try Self.model("okay_nabu", macs: 1, manifest: 1_000)
    #expect(model.arenaBytes == model.arena.recommendedBytes)
  }

  /// ESPHome does not check the range of either.
  @Test(arguments: [Int.max, Int.min, -5, 0])
  func absurdManifestsAreAddedUp(_ value: Int) throws {
    let model = try Self.model("okay_nabu", macs: 1, manifest: value, window: value)
    let report = Budget.evaluate(
      models: [model, model], profile: try TargetCatalog.profile("esp32-s3-n8"))
    #expect(report.fits == (value <= 0))
  }

  // MARK: - Output

  @Test func tableNamesTheModels() throws {
    let report = Budget.evaluate(
      models: try Self.both(), profile: try TargetCatalog.profile("esp32-s3-n16r8"))
    #expect(report.table.contains("tensor arena of okay_nabu"))
    #expect(report.json.contains("\"otherArenas\""))
    #expect(report.json.contains("\"errorPercent\" : 59"))
  }
}
