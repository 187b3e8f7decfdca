import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import Testing

@Suite struct CheckReportTests {
  static let topKeys = [
    "arena", "findings", "firmware", "flash", "kernelLibrary", "manifest", "model", "output", "ram",
    "target", "time", "verdict", "wakeWord",
  ]

  @Test func aGoodModelFits() throws {
    let report = try CheckModels.report(CheckModels.model())
    #expect(report.verdict == .fits)
    #expect(!report.findings.contains { $0.severity != .note }, "\(report.findings)")
    let model = try #require(report.models.first)
    #expect(model.arenas.map(\.library) == [.reference, .espNN112, .espNN121, .espNN123])
    #expect(model.arena?.library == .espNN112)
    #expect(model.cutoffCode == 127 && model.manifestArenaBytes == 65_536)
    #expect(report.budget?.time?.over == 0 && report.budget?.memory?.psram != nil)
  }

  /// Other chips, other kernels: neither their scratch nor their faults are those of ESP32-S3.
  @Test func boardsWithoutVectorKernelsAreCheckedByTheirOwn() throws {
    let input = try CheckModels.input(
      try CheckModels.model { try $0.edit(tensor: "flat") { $0.shape = [2, 4] } })
    let report = try CheckModels.report([input], target: "esp32-c3")
    #expect(report.kernelLibrary == "esp-nn-generic")
    #expect(report.models[0].arenas.map(\.library) == [.reference, .espNNGeneric])
    #expect(!report.findings.contains { $0.code == .fullyConnectedUnalignedRows })
    #expect(!report.findings.contains { $0.code == .arenaTooSmallForLibrary })
  }

  /// The firmware's list decides: the release of February 2024 has neither of these operators.
  @Test func anOlderReleaseLacksOperators() throws {
    let model = try CheckModels.model {
      try $0.edit(.conv2D) { $1.code = TFLiteBuiltin.depthwiseConv2D.rawValue }
    }
    let report = try CheckModels.report(model, firmware: "esphome-2024.2")
    let finding = try #require(report.findings.first { $0.code == .operatorNotRegistered })
    #expect(finding.message.contains("DEPTHWISE_CONV_2D"))
    #expect(finding.help.contains("ESPHome 2024.7.0"))
  }

  // MARK: - Refusals of their own

  @Test(arguments: [
    (6 as Int32, "DEQUANTIZE", "_experimental_variable_quantization"),
    (70, "EXPAND_DIMS", "reshape"), (25, "SOFTMAX", "sigmoid"), (27, "SVDF", "stream state"),
    (39, "TRANSPOSE", "registered are ADD"),
  ])
  func operatorsAreRefusedByName(_ code: Int32, _ name: String, _ help: String) throws {
    let report = try CheckModels.report(
      CheckModels.model { try $0.edit(.reshape) { $1.code = code } })
    let finding = try #require(report.findings.first { $0.code == .operatorNotRegistered })
    #expect(report.verdict == .refused)
    #expect(finding.message.contains("does not register \(name),"))
    #expect(finding.help.contains(help))
  }

  @Test func twentyOneVariablesAreCounted() throws {
    let report = try CheckModels.report(CheckModels.model(moreVariables: 20))
    let finding = try #require(report.findings.first { $0.code == .tooManyVariables })
    #expect(finding.message.contains("21 variables") && finding.message.contains("room for 20"))
    #expect(try CheckModels.report(CheckModels.model(moreVariables: 19)).verdict == .fits)
  }

  @Test func int8OutputIsToldHowToEnd() throws {
    let provocation = try #require(Provocation.contract.first { $0.code == .outputType })
    let finding = try #require(
      try provocation.report().findings.first { $0.code == .outputType })
    #expect(finding.message.contains("QUANTIZE") && finding.help.contains("tf.uint8"))
  }

  @Test func aFloatModelIsCalledOne() throws {
    let report = try CheckModels.report(CheckModels.float, manifest: nil)
    let errors = report.findings.filter { $0.severity == .error }
    #expect(errors.map(\.code) == [.floatModel])
    #expect(errors[0].message.contains("float32 model of input [1, 16, 96]"))
    #expect(errors[0].help.contains("openWakeWord"))
  }

  /// One scale, repeated for each channel, computes the right thing.
  @Test func equalScalesOfADenseLayerAreNoFault() throws {
    let report = try CheckModels.report(
      CheckModels.model {
        try $0.edit(tensor: "dense/weights") {
          $0.quantization = .init(
            scales: [0.02, 0.02, 0.02, 0.02], zeroPoints: [0, 0, 0, 0], dimension: 1)
        }
      })
    #expect(!report.findings.contains { $0.code == .fullyConnectedPerChannel })
  }

  /// SAME, 3x1 with stride 2 over 4 rows: no padding above, one row below. esp-nn 1.2 added padding at the end alone.
  @Test func paddingAtTheEndAloneFailsInOldKernels() throws {
    let input = try CheckModels.input(
      try CheckModels.model { model in
        try model.edit(tensor: "window") { $0.shape = [1, 4, 1, 40] }
        try model.edit(tensor: "stem/weights") { $0.shape = [4, 3, 1, 40] }
        try model.edit(tensor: "stem/conv") { $0.shape = [1, 2, 1, 4] }
        try model.edit(.conv2D) { operation, _ in
          operation.options = .conv2D(
            padding: .same, strideH: 2, strideW: 1, dilationH: 1, dilationW: 1, activation: .relu)
        }
      })
    for (library, isFaulty) in [(KernelLibrary.espNN112, true), (.espNN121, false)] {
      let report = try CheckModels.report([input]) {
        $0.firmware[$0.firmware.count - 1].library = library
      }
      let finding = report.findings.first { $0.code == .convolutionAsymmetricPadding }
      #expect((finding != nil) == isFaulty)
      #expect(finding?.message.contains("0 above, 1 below") ?? true)
    }
  }

  /// A firmware of one's own around TFLite Micro has no contract of shapes.
  @Test func otherFirmwareTakesOtherShapes() throws {
    let input = try CheckModels.input(
      try CheckModels.model { try $0.edit(tensor: "features") { $0.element = .uint8 } },
      manifest: nil)
    let report = try CheckModels.report([input]) {
      $0.firmware[$0.firmware.count - 1].contract = .tfliteMicro
    }
    #expect(!report.findings.contains { $0.code == .inputType || $0.code == .arenaNotStated })
  }

  // MARK: - Arena

  /// What users' devices logged in April 2026, when a build took esp-nn 1.2.1 without being asked.
  ///
  /// - Source: esphome/esphome#15603 and esphome/issues#7242.
  @Test(arguments: [
    ("okay_nabu", 26_080, "Requested: 19440, available 11876, missing: 7564"),
    ("hey_jarvis", 22_860, "Requested: 17840, available 10876, missing: 6964"),
  ])
  func newerKernelsAreSaidToNeedMore(_ name: String, _ bytes: Int, _ log: String) throws {
    // The structure alone is there, without weights; that is what memory depends on.
    let input = try CheckModels.input(
      try StructureFixture.model(name),
      manifest: CheckModels.manifest.replacing("65536", with: "\(bytes)"))
    let report = try CheckModels.report([input], firmware: "esphome-2025.12")
    let messages = report.findings.filter { $0.code == .arenaTooSmallForLibrary }.map(\.message)
    #expect(messages.count == 2)
    #expect(messages[0].contains("esp-nn-1.2.1") && messages[0].contains(log), "\(messages)")
    #expect(!report.findings.contains { $0.code == .arenaTooSmall })
  }

  @Test func anArenaThatIsTooSmallIsSaidAsTheDeviceWould() throws {
    let input = try CheckModels.input(
      try StructureFixture.model("okay_nabu"),
      manifest: CheckModels.manifest.replacing("65536", with: "20000"))
    let report = try CheckModels.report([input], firmware: "esphome-2025.12")
    let finding = try #require(report.findings.first { $0.code == .arenaTooSmall })
    #expect(finding.message.contains("20000 bytes are 5808 too few for esp-nn-1.1.2"))
    #expect(finding.message.contains("Failed to resize buffer. Requested: 11472, available"))
    #expect(finding.help == "write \"tensor_arena_size\": 25824")
    #expect(finding.where == "nova.json:13 micro.tensor_arena_size")
  }

  /// Without probing, RAM is what the manifest says.
  @Test func theManifestDecidesWhatOldFirmwareTakes() throws {
    func arena(_ firmware: String) throws -> Int? {
      let report = try CheckModels.report(CheckModels.model(), firmware: firmware)
      return report.budget?.memory?.psram?.parts.first { $0.name == "tensor arena" }?.amount
    }
    #expect(try arena("esphome-2025.12") == 65_536)
    #expect(try #require(try arena("esphome-2026.10")) < 32_768)
  }

  @Test func aFirmwareThatProbesIsForgiving() throws {
    let small = try Provocation.minimum() * 2 / 3 + 16
    let probing = try Provocation.arena(small)
    #expect(probing.verdict == .fits)
    #expect(probing.findings.contains { $0.code == .arenaProbed })
    let strict = try Provocation.arena(small, firmware: "esphome-2025.12")
    #expect(strict.verdict == .refused)
    // Twice as much is still too little.
    let tiny = try Provocation.arena(Provocation.minimum() / 2 - 32)
    #expect(tiny.findings.contains { $0.code == .arenaTooSmall })
  }

  // MARK: - Several models

  @Test func modelsOfOneDeviceAddUp() throws {
    let one = try CheckModels.input(try CheckModels.model())
    let vad = try CheckModels.input(
      try CheckModels.model(), manifest: CheckModels.manifest.replacing("Nova", with: "vad"))
    let alone = try CheckModels.report([one])
    let both = try CheckModels.report([one, vad])
    #expect(both.verdict == .fits && both.models.map(\.isVoiceActivity) == [false, true])
    /// What lines of two models have more than those of one.
    func more(_ line: (BudgetReport) -> BudgetReport.Line?) throws -> Int {
      let two = both.budget.flatMap(line)
      let one = alone.budget.flatMap(line)
      return try #require(two).used - #require(one).used
    }
    let budget = try #require(alone.budget)
    let arena = try #require(alone.models[0].arena)
    #expect(try more(\.flash) == alone.models[0].fileBytes)
    #expect(try more { $0.memory?.psram } == arena.recommendedBytes + 1024)
    // Interpreter object and window.
    #expect(try more { $0.memory?.internal } == 940 + 5)
    #expect(try more(\.time) == budget.time?.parts.first?.amount)
  }

  // MARK: - JSON

  private func object(_ report: CheckReport) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
  }

  @Test func keysOfOneModelAreStable() throws {
    let json = try object(CheckModels.report(CheckModels.model()))
    #expect(json.keys.sorted() == Self.topKeys)
    #expect(json["verdict"] as? String == "fits")
    let arena = try #require(json["arena"] as? [String: Any])
    #expect(
      arena.keys.sorted() == [
        "manifestBytes", "minimumBytes", "minimumBytesByBase", "recommendedBytes",
      ])
    let byBase = try #require(arena["minimumBytesByBase"] as? [String: [String: Int]])
    let ofFirmware = try #require(byBase["esp-nn-1.1.2"])
    #expect(ofFirmware.keys.sorted() == ["0", "12", "4", "8"])
    let minimum = try #require(arena["minimumBytes"] as? [String: Int])
    #expect(
      minimum.keys.sorted() == ["esp-nn-1.1.2", "esp-nn-1.2.1", "esp-nn-1.2.3", "reference"])
    #expect(byBase.keys.sorted() == minimum.keys.sorted())
    #expect(ofFirmware.values.max() == minimum["esp-nn-1.1.2"])
    let line = ["key", "limit", "name", "over", "parts", "place", "source", "unit", "used"]
    let ram = try #require(json["ram"] as? [String: [String: Any]])
    #expect(ram.keys.sorted() == ["internal", "psram"])
    for part in [json["flash"], ram["internal"], ram["psram"]] {
      #expect((part as? [String: Any])?.keys.sorted() == line)
    }
    #expect(
      (json["time"] as? [String: Any])?.keys.sorted() == ["errorPercent", "errorSource"] + line)
    let output = try #require(json["output"] as? [String: Int])
    #expect(output.keys.sorted() == ["codes", "codesAboveCutoff", "cutoffCode"])
    let findings = try #require(json["findings"] as? [[String: Any]])
    for finding in findings {
      #expect(finding.keys.sorted() == ["code", "help", "message", "severity", "where"])
    }
  }

  @Test func keysOfSeveralModelsAreStable() throws {
    let input = try CheckModels.input(try CheckModels.model())
    let json = try object(CheckModels.report([input, input]))
    #expect(
      json.keys.sorted() == [
        "arena", "findings", "firmware", "flash", "kernelLibrary", "models", "ram", "target",
        "time",
        "verdict",
      ])
    let models = try #require(json["models"] as? [[String: Any]])
    #expect(models.count == 2)
    #expect(
      models[0].keys.sorted() == [
        "arena", "findings", "flash", "manifest", "model", "output", "ram", "time", "verdict",
        "wakeWord",
      ])
    let sum = try #require((json["arena"] as? [String: Any])?["recommendedBytes"] as? Int)
    let one = try #require((models[0]["arena"] as? [String: Any])?["recommendedBytes"] as? Int)
    #expect(sum == 2 * one)
  }
}
