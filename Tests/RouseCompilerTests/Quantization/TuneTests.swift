import Glibc
import RouseCompiler
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// What each choice of the quantizer promises, on a network that is hard to quantize.
@Suite struct TuneTests {
  private static let ours = Set<OptionalPass>(
    [.equalize, .searchRanges, .correctBias, .shapeLogit])

  private func tuned(
    _ passes: Set<OptionalPass>, bias: Float = 0
  ) throws -> CalibratedModel {
    let request = try UnevenNetwork.request(passes)
    let calibrated = try Calibrate.apply(
      to: try UnevenNetwork.deployable(bias: bias), over: request.calibration)
    return try Tune.apply(to: calibrated, request)
  }

  private func probabilities(_ graph: Graph) throws -> [Float] {
    let interpreter = try FloatInterpreter(graph)
    return (0..<8).map { seed in
      let rows = TinyNetwork.rows(TinyNetwork.rows, seed: UInt64(100 + seed))
      return interpreter.run(rows.map { (Float($0) + 128) * 0.05 })[0]
    }
  }

  @Test func withoutPassesTheWholeRangeAndAScaleForEachChannelAreTaken() throws {
    let model = try tuned([])
    #expect(model.choices == QuantizationChoices(ranges: model.choices.ranges))
    let deployable = try UnevenNetwork.deployable()
    let calibrated = try Calibrate.apply(to: deployable, over: UnevenNetwork.clips())
    #expect(model.choices == calibrated.choices)
    #expect(model.deployable.streaming == deployable.streaming)
    #expect(model.report == QuantizationReport())
    let int8 = try QuantizeModel.apply(to: model).streaming
    let weights = try #require(int8.value(named: "stem/weights"))
    #expect(int8[weights].type.quantization?.scales.count == TinyNetwork.filters)
  }

  @Test func equalizingGivesOneScaleAndKeepsTheFunction() throws {
    let before = try UnevenNetwork.deployable()
    let model = try tuned([.equalize])
    #expect(model.choices.oneScale.contains("pointwise/weights"))
    for (expected, found) in zip(
      try probabilities(before.window), try probabilities(model.deployable.window))
    {
      #expect(abs(expected - found) < 1e-5)
    }
    for choice in model.report.weights {
      let errors = Dictionary(
        uniqueKeysWithValues: choice.candidates.map { ($0.name, $0.error) })
      let plain = try #require(errors["one scale"])
      let equalized = try #require(errors["one scale, equalized"])
      let chosen = try #require(errors[choice.chosen])
      let perChannel = try #require(errors["per channel"])
      // Without equalization the small channels are lost.
      #expect(equalized < plain)
      #expect(chosen <= perChannel * 1.1)
      let isSingle = model.choices.oneScale.isSuperset(of: choice.subjects)
      #expect(isSingle == (choice.chosen != "per channel"))
    }
    let int8 = try QuantizeModel.apply(to: model)
    for graph in [int8.window, int8.streaming] {
      try GraphVerifier.verify(graph, phase: .quantized)
      for name in model.choices.oneScale {
        let id = try #require(graph.value(named: name))
        let quantization = try #require(graph[id].type.quantization)
        #expect(quantization.scales.count == 1 && quantization.axis == nil)
        #expect(quantization.scales[0].significandBitPattern % 4096 == 0)
      }
    }
  }

  @Test func searchedRangesAreBetterThanExtremesWithOutliers() throws {
    let report = try tuned([.searchRanges]).report
    let before = try #require(report.errorBefore)
    let after = try #require(report.errorAfter)
    #expect(after < before * 0.9, "error \(before) became \(after)")
    for choice in report.ranges {
      let chosen = try #require(choice.candidates.first { $0.name == choice.chosen })
      #expect(choice.candidates.allSatisfy { chosen.error <= $0.error })
      #expect(choice.candidates.first?.name == "min/max")
    }
    #expect(report.ranges.map(\.subjects).last == ["logit"])
  }

  @Test func biasesAreCorrectedOnlyWhereItHelps() throws {
    let model = try tuned([.correctBias])
    let before = try #require(model.report.errorBefore)
    let after = try #require(model.report.errorAfter)
    #expect(after < before, "error \(before) became \(after)")
    let kept = model.report.biases.filter { $0.chosen == "corrected" }.flatMap(\.subjects)
    #expect(Set(kept) == Set(model.choices.biasCorrections.keys))
    for choice in model.report.biases where choice.chosen == "corrected" {
      #expect(choice.candidates[1].error < choice.candidates[0].error)
    }
    #expect(model.deployable.streaming == (try UnevenNetwork.deployable().streaming))
  }

  @Test func aShapedLogitHasMoreCodesAndMissesNoMore() throws {
    let model = try tuned([.shapeLogit], bias: 3)
    let logit = try #require(model.report.logit)
    #expect(logit.misses <= logit.missesBefore)
    #expect(logit.codesAboveCutoff > logit.codesAboveCutoffBefore)
    // The shape is in the float network: its logits are moved by what the report says.
    let before = try UnevenNetwork.deployable(bias: 3)
    for (old, new) in zip(
      try probabilities(before.window), try probabilities(model.deployable.window))
    {
      let moved = log(Double(old / (1 - old))) * logit.stretch + logit.shift
      #expect(abs(1 / (1 + exp(-moved)) - Double(new)) < 1e-3)
    }
    // The firmware's cutoff is chosen on what the model now says.
    let request = try UnevenNetwork.request([.shapeLogit])
    let detection = try ChooseOperatingPoint.apply(
      to: try QuantizeModel.apply(to: model), request)
    #expect(detection == Detection(cutoff: logit.cutoff, window: logit.window))
  }

  @Test func aFixedCutoffKeepsTheProbabilities() throws {
    var request = try UnevenNetwork.request([.shapeLogit])
    request.detection = Detection(cutoff: 200, window: 5)
    let deployable = try UnevenNetwork.deployable()
    let calibrated = try Calibrate.apply(to: deployable, over: request.calibration)
    let model = try Tune.apply(to: calibrated, request)
    #expect(model.deployable.streaming == deployable.streaming)
    #expect(model.report.logit == nil)
  }

  @Test func bothInt8NetworksStayTheSameFunction() throws {
    let model = try tuned(Self.ours)
    let int8 = try QuantizeModel.apply(to: model)
    let rows = TinyNetwork.rows(60, seed: 6)
    let channels = TinyNetwork.channels
    var stepwise = try Interpreter(int8.streaming)
    var whole = try Interpreter(int8.window)
    let probabilities = stepwise.runStream(rows)
    for end in stride(from: TinyNetwork.rows + 1, through: 60, by: 2) {
      whole.reset()
      whole.run(Array(rows[(end - TinyNetwork.rows) * channels..<end * channels]))
      #expect(UInt8(bitPattern: whole.output[0]) == probabilities[end / 2 - 1])
    }
  }

  @Test func choicesAreTheSameEveryTime() throws {
    let (first, second) = (try tuned(Self.ours), try tuned(Self.ours))
    #expect(first.report == second.report)
    #expect(first.choices == second.choices)
    let (a, b) = (try QuantizeModel.apply(to: first), try QuantizeModel.apply(to: second))
    #expect(a.window == b.window)
    #expect(a.streaming == b.streaming)
  }
}
