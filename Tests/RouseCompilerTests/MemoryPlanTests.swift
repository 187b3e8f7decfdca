import RouseCompiler
import RouseFormats
import RouseIR
import RouseRuntime
import Testing

@Suite struct MemoryPlanTests {
  static func streaming() throws -> Graph {
    let window = try FoldBatchNorm.apply(to: try TinyNetwork.training())
    let streaming = try MakeStreaming.apply(to: window)
    let input = Quantization(scale: 0.1, zeroPoint: -128)
    let rows = TinyNetwork.rows(100, seed: 5).map { (Float($0) + 128) * 0.1 }
    let ranges = try Calibrate.ranges(of: streaming, over: [rows])
    return try QuantizeModel.apply(to: streaming, ranges: ranges, input: input)
  }

  /// Running in the layout of the device gives the same bytes as any sound layout.
  @Test(arguments: KernelLibrary.allCases)
  func interpreterRunsInTheLayoutOfTheDevice(_ library: KernelLibrary) throws {
    let graph = try Self.streaming()
    let model = try TFLiteLowering.model(from: graph, description: "tiny")
    let memory = try ArenaModel(library: library).report(for: model).plan
    let plan = ArenaPlan(
      offsets: memory.offsets(tensorCount: graph.values.count), bytes: memory.headBytes)
    #expect(plan.firstConflict(in: graph) == nil)
    let rows = TinyNetwork.rows(40, seed: 8)
    var onDevice = try Interpreter(graph, plan: plan)
    var anywhere = try Interpreter(graph)
    #expect(onDevice.runStream(rows) == anywhere.runStream(rows))
  }

  /// The same for a file whose state lives in tensors; old and new state share their bytes.
  @Test(arguments: [TFLiteForm.full, .lean, .bare])
  func interpreterRunsDecodedFilesInTheLayoutOfTheDevice(_ form: TFLiteForm) throws {
    let graph = try Self.streaming()
    let model = try TFLiteLowering.model(from: graph, description: "tiny", form: form)
    let decoded = try GraphDecoding.decoded(model)
    let plan = try ArenaModel(library: .espNN112).report(for: model).plan.arenaPlan(of: decoded)
    #expect(plan.firstConflict(in: decoded.graph) == nil)
    let rows = TinyNetwork.rows(40, seed: 8)
    var onDevice = try Interpreter(decoded.graph, plan: plan)
    var anywhere = try Interpreter(graph)
    #expect(onDevice.runStream(rows) == anywhere.runStream(rows))
  }

  /// State that is a tensor takes its bytes from the arena once, and no operator or handle beside it.
  @Test func stateInTensorsTakesLessOfTheArena() throws {
    let graph = try Self.streaming()
    let resources = TFLiteForm(initialState: .omitted)
    let reports = try [resources, TFLiteForm(state: .tensors)].map { form in
      try ArenaModel(library: .espNN112).report(
        for: try TFLiteLowering.model(from: graph, description: "", form: form))
    }
    #expect(reports[0].variableBytes == reports[1].variableBytes)
    #expect(reports[0].variableCount == graph.variables.count)
    #expect(reports[1].variableCount == 0)
    // Of each variable: 3 operators of 32 bytes, handle and old state of 12, VAR_HANDLE's options.
    let saved = reports[0].tailBytes - reports[1].tailBytes
    #expect(saved >= graph.variables.count * (3 * 32 + 2 * 12 + 8))
    #expect(reports[1].headBytes <= reports[0].headBytes)
  }

  @Test func valuesAreFoundByName() throws {
    let graph = try Self.streaming()
    let model = try TFLiteLowering.model(from: graph, description: "tiny")
    let memory = try ArenaModel(library: .reference).report(for: model).plan
    let output = graph.outputs[0]
    #expect(memory.offset(named: graph[output].name) == memory.offset(ofTensor: output.index))
    #expect(memory.offset(ofTensor: output.index) != nil)
    #expect(memory.offset(named: "none") == nil)
    #expect(memory.offsets(tensorCount: 1).count == 1)
  }
}
