import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Every way to write a network gives the same bits, and the best of them is found.
@Suite struct LoweringTests {
  static let profile = Result { try TargetCatalog.profile("esp32-s3-n16r8") }
  static let operators = Result { Set(try profile.get().currentFirmware.operators) }

  static func sites(_ graph: Graph) throws -> [LoweringSite] {
    LoweringSite.all(in: graph, operators: try operators.get())
  }

  /// Probabilities, then all ring buffers at the end, which are the same bytes in any layout.
  static func outputs(_ graph: Graph) throws -> [UInt8] {
    try GraphVerifier.verify(graph, phase: .quantized)
    var interpreter = try Interpreter(graph)
    let probabilities = interpreter.runStream(RandomNetwork.rows(90, seed: 11))
    let states = graph.variables.indices.flatMap { interpreter.int8s(of: VariableID($0)) }
    return probabilities + states.map { UInt8(bitPattern: $0) }
  }

  /// Each form of each site alone, with and without the other simplifications.
  @Test(arguments: RandomNetwork.Scales.allCases, 0..<8)
  func everyFormGivesTheSameBits(_ scales: RandomNetwork.Scales, _ seed: Int) throws {
    let graph = try RandomNetwork.streaming(seed: UInt64(seed), scales)
    let expected = try Self.outputs(graph)
    #expect(Set(expected).count > 8)
    let sites = try Self.sites(graph)
    for (index, site) in sites.enumerated() {
      for form in site.forms.dropFirst() {
        for others in [0, 1] {
          var forms = sites.map { others == 0 ? $0.forms[0] : $0.forms[$0.forms.count - 1] }
          forms[index] = form
          let lowered = LoweringSite.rewrite(graph, sites, forms)
          #expect(try Self.outputs(lowered) == expected, "\(site.name) as \(form.name)")
        }
      }
    }
  }

  @Test(arguments: RandomNetwork.Scales.allCases, 0..<20)
  func randomChoicesGiveTheSameBits(_ scales: RandomNetwork.Scales, _ seed: Int) throws {
    let graph = try RandomNetwork.streaming(seed: UInt64(100 + seed), scales)
    let expected = try Self.outputs(graph)
    let sites = try Self.sites(graph)
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<4 {
      let forms = sites.map { $0.forms[generator.below($0.forms.count)] }
      let lowered = LoweringSite.rewrite(graph, sites, forms)
      #expect(try Self.outputs(lowered) == expected, "\(forms)")
      let bytes = TFLiteWriter.write(
        try TFLiteLowering.model(from: lowered, description: "random"))
      #expect(try GraphDecoding.graph(from: try TFLiteReader.read(bytes)) == lowered)
    }
  }

  @Test func formsAreOfferedWhereTheyAreExact() throws {
    func forms(_ scales: RandomNetwork.Scales, _ name: String) throws -> [String] {
      let graph = try RandomNetwork.streaming(seed: 3, scales)
      return try Self.sites(graph).first { $0.name == name }?.forms.map(\.name) ?? []
    }
    let split = ["as trained", "2 convolutions", "4 convolutions"]
    #expect(try forms(.perChannel, "top") == split)
    #expect(try forms(.perLayer, "top") == split + ["dense"])
    #expect(try forms(.repeated, "top") == split + ["dense"])
    #expect(try forms(.perChannel, "stem").contains("one pixel"))
    #expect(try forms(.perChannel, "mixed") == ["as trained", "one kernel"])
  }

  /// 1/3 and 1/7 have products that round: the two operators would scale differently.
  @Test func denseIsNotOfferedWhereItsMultiplierDiffers() throws {
    var graph = try RandomNetwork.streaming(seed: 3, .perLayer)
    guard
      let node = graph.nodes.first(where: { $0.outputs.contains { graph[$0].name == "top" } }),
      let x = graph[node.inputs[0]].type.quantization?.scale
    else {
      Issue.record("there is no node top")
      return
    }
    var refused = 0
    for numerator in 1...64 {
      let scale = Float(numerator) / 7_919
      graph[node.inputs[1]].type.quantization = Quantization(scale: scale, zeroPoint: 0)
      graph[node.inputs[2]].type.quantization = Quantization(scale: scale * x, zeroPoint: 0)
      let site = try Self.sites(graph).first { $0.name == "top" }
      let y = graph[node.outputs[0]].type.quantization?.scale ?? 1
      let isExact =
        FixedPointMultiplier(Double(x) * Double(scale) / Double(y))
        == FixedPointMultiplier(Double(x * scale) / Double(y))
      #expect((site?.forms.last?.name == "dense") == isExact)
      if !isExact { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func operatorsThatTheFirmwareLacksAreNotUsed() throws {
    let graph = try RandomNetwork.streaming(seed: 5, .perLayer)
    let without = try Self.operators.get().subtracting(["SPLIT_V", "FULLY_CONNECTED"])
    let names = LoweringSite.all(in: graph, operators: without).flatMap { $0.forms.map(\.name) }
    #expect(!names.contains("split") && !names.contains("dense"))
  }

  /// A kernel of esp-tflite-micro takes extent 1 of the result for the number of its columns: of `[1, 1, 1, 64]` it would
  /// compute one element.
  @Test func denseResultsAlwaysHaveRank2() throws {
    for scales in RandomNetwork.Scales.allCases {
      let graph = try RandomNetwork.streaming(seed: 8, scales)
      let sites = try Self.sites(graph)
      let last = sites.map { $0.forms[$0.forms.count - 1] }
      for lowered in [graph, LoweringSite.rewrite(graph, sites, last)] {
        for node in lowered.nodes where node.op.name == FullyConnected.name {
          #expect(lowered[node.outputs[0]].type.shape.rank == 2)
        }
      }
    }
    var builder = GraphBuilder(name: "wide")
    let quantization = Quantization(scale: 0.5, zeroPoint: 0)
    let x = builder.input("x", TensorType([1, 3, 1, 4], .int8, quantization))
    let w = builder.constant(
      "w", .int8((0..<8).map { Int8($0) }), shape: [2, 4], quantization: quantization)
    let b = builder.constant(
      "b", .int32([3, -3]), shape: [2], quantization: Quantization(scale: 0.25, zeroPoint: 0))
    builder.output(
      try builder.node(
        "y", .fullyConnected(FullyConnected(keepDimensions: true)), [x, w, b],
        types: [TensorType([1, 3, 1, 2], .int8, quantization)])[0])
    let flat = DenseResult.flatten(builder.graph)
    #expect(flat.nodes.map(\.op.name) == [FullyConnected.name, Reshape.name])
    #expect(flat[flat.nodes[0].outputs[0]].type.shape == [3, 2])
    var (before, after) = (try Interpreter(builder.graph), try Interpreter(flat))
    let input = (0..<12).map { Int8($0 * 5 - 30) }
    before.run(input)
    after.run(input)
    #expect(before.output == after.output)
  }

  // MARK: - Search

  /// All combinations of a network with one convolution, one mixed kernel and its ring buffers.
  @Test(arguments: Objective.allCases, [RandomNetwork.Scales.perChannel, .perLayer])
  func searchFindsWhatExhaustionFinds(_ aim: Objective, _ scales: RandomNetwork.Scales) throws {
    let graph = try RandomNetwork.streaming(seed: 9, scales)
    let cost = TargetCost(try Self.profile.get(), form: .full)
    let sites = Array(try Self.sites(graph).filter { $0.kind != .slice }.prefix(4))
    var search = try LoweringSearch(graph, sites, objective: aim, cost: cost)
    let found = try search.figures(try search.best())
    var choice = [Int](repeating: 0, count: sites.count)
    var combinations = 0
    while true {
      let figures = try search.figures(choice)
      #expect(!search.isBetter(figures, than: found), "\(choice)")
      combinations += 1
      guard let site = sites.indices.last(where: { choice[$0] + 1 < sites[$0].forms.count }) else {
        break
      }
      choice[site] += 1
      for later in sites.indices where later > site { choice[later] = 0 }
    }
    #expect(combinations == sites.reduce(1) { $0 * $1.forms.count })
    #expect(combinations > 50)
  }

  @Test(arguments: Objective.allCases)
  func eachObjectiveIsBestAtItsOwn(_ aim: Objective) throws {
    let graph = try RandomNetwork.streaming(seed: 21, .perLayer)
    let profile = try Self.profile.get()
    func after(_ objective: Objective) throws -> LoweringFigures {
      try Lower.apply(
        to: graph, for: profile, objective: objective, passes: OptionalPass.defaults
      ).report.after
    }
    let own = try after(aim)
    for other in Objective.allCases {
      let figures = try after(other)
      switch aim {
      case .arena: #expect(own.arenaBytes <= figures.arenaBytes)
      case .flash: #expect(own.fileBytes <= figures.fileBytes)
      case .time: #expect(own.cycles <= figures.cycles)
      case .balanced: break
      }
    }
  }

  @Test func reportSaysWhatWasSaved() throws {
    let graph = try RandomNetwork.streaming(seed: 21, .perChannel)
    let lowered = try Lower.apply(
      to: graph, for: try Self.profile.get(), objective: .arena, passes: OptionalPass.defaults)
    let report = lowered.report
    #expect(report.after.arenaBytes < report.before.arenaBytes)
    #expect(try Self.outputs(lowered.graph) == Self.outputs(graph))
    #expect(report.table.split(separator: "\n").allSatisfy { $0.count <= 120 })
    for site in report.sites {
      #expect(site.alternatives.contains { $0.form == site.chosen })
    }
    let plain = try Lower.apply(
      to: graph, for: try Self.profile.get(), objective: .arena, passes: [])
    #expect(plain.graph == graph)
    #expect(plain.report.sites.isEmpty && plain.report.after == plain.report.before)
  }
}
