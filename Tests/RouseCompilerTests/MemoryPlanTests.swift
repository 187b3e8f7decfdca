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
