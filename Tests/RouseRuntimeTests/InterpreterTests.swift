import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

@Suite struct InterpreterTests {
  @Test func statefulGraphMatchesTFLiteMicro() throws {
    let inputs = try Fixture.int8s("stream_state/in0.npy")
    let results = try Fixture.int8s("stream_state/out0.npy")
    var interpreter = try Interpreter(
      try slidingWindow(rows: 4, channels: 4) { int8Type($0) })
    for step in 0..<12 {
      interpreter.run(inputs[step * 4..<step * 4 + 4])
      #expect(interpreter.output == Array(results[step * 16..<step * 16 + 16]), "step \(step)")
    }
  }

  @Test func resetForgetsAndCopiesGoTheirOwnWay() throws {
    var first = try Interpreter(
      try slidingWindow(rows: 3, channels: 1) { int8Type($0, zeroPoint: 7) })
    first.run([1])
    #expect(first.output == [7, 7, 1])
    #expect(first.int8s(of: VariableID(0)) == [7, 1])
    var second = first
    second.run([2])
    first.run([3])
    #expect(first.output == [7, 1, 3])
    #expect(second.output == [7, 1, 2])
    first.reset()
    first.run([4])
    #expect(first.output == [7, 7, 4])
  }

  /// Both interpreters start, and start again, with what CALL_ONCE assigned.
  @Test func resetRestoresInitialValues() throws {
    var graph = try slidingWindow(rows: 3, channels: 1) { int8Type($0, zeroPoint: 7) }
    graph.variables[0].initial = .int8([-5, 9])
    var interpreter = try Interpreter(graph)
    for _ in 0..<2 {
      interpreter.run([1])
      #expect(interpreter.output == [-5, 9, 1])
      interpreter.run([2])
      #expect(interpreter.output == [9, 1, 2])
      interpreter.reset()
    }
    var floats = try slidingWindow(rows: 3, channels: 1) { TensorType($0) }
    floats.variables[0].initial = .float32([0.5, 4])
    let float = try FloatInterpreter(floats)
    for _ in 0..<2 {
      #expect(float.run([1]) == [0.5, 4, 1])
      float.reset()
    }
  }

  @Test func streamTakesWholeStepsAndReadsBytesUnsigned() throws {
    var interpreter = try Interpreter(
      try slidingWindow(rows: 2, channels: 2) { int8Type($0, zeroPoint: -1) })
    #expect(interpreter.runStream([1, 2, 3, 4, 5]) == [255, 1])
    #expect(interpreter.runStream([6, 7]) == [3])
  }

  /// Every value observed while planned memory is shared equals the one computed with memory of its own.
  @Test func sharedMemoryDoesNotChangeAnyValue() throws {
    let graph = try braid()
    var offset = 0
    var apart = ArenaPlan(offsets: [], bytes: 0)
    for value in graph.values {
      apart.offsets.append(offset)
      offset += value.type.bytes
    }
    apart.bytes = offset
    var shared = try Interpreter(graph)
    var separate = try Interpreter(graph, plan: apart)
    #expect(shared.plan.bytes < apart.bytes)
    let input = (0..<48).map { Int8($0 * 5 - 120) }
    var observed: [[Int8]] = []
    var expected: [[Int8]] = []
    shared.run(inputs: [input]) { _, _, bytes in observed.append(bytes) }
    separate.run(inputs: [input]) { _, _, bytes in expected.append(bytes) }
    #expect(observed.count == 9)
    #expect(observed == expected)
    #expect(shared.uint8s(of: graph.outputs[0]) == separate.uint8s(of: graph.outputs[0]))
    #expect(shared.int8s(of: graph.outputs[1]) == separate.int8s(of: graph.outputs[1]))
  }

  @Test func aPlanThatOverlapsIsExecutedAsItStands() throws {
    let graph = try braid()
    var plan = ArenaPlan(greedyFor: graph)
    #expect(plan.firstConflict(in: graph) == nil)
    let (back, long) = (graph.value(named: "back"), graph.value(named: "long"))
    plan.offsets[try #require(back).index] = plan.offsets[try #require(long).index]
    #expect(plan.firstConflict(in: graph) != nil)
    var sound = try Interpreter(graph)
    var broken = try Interpreter(graph, plan: plan)
    let input = (0..<48).map { Int8($0) }
    sound.run(input)
    broken.run(input)
    #expect(sound.int8s(of: graph.outputs[1]) != broken.int8s(of: graph.outputs[1]))
  }

  @Test func greedyPlanIsAlignedAndSound() throws {
    for graph in [try braid(), try slidingWindow(rows: 5, channels: 3) { int8Type($0) }] {
      let plan = ArenaPlan(greedyFor: graph)
      #expect(plan.firstConflict(in: graph) == nil)
      for (value, offset) in zip(graph.values, plan.offsets) {
        let offset = try #require(offset)
        #expect(offset % 16 == 0 && offset + value.type.bytes <= plan.bytes)
      }
    }
  }

  @Test func floatGraphsAreRefused() throws {
    let graph = try slidingWindow(rows: 2, channels: 1) { TensorType($0) }
    #expect(
      throws: GraphError.unsupportedType(
        op: "input", input: "x", expected: "int8, uint8 or int32", found: "float32")
    ) { try Interpreter(graph) }
  }

  /// A text of 300 bytes states 4 GB; neither interpreter allocates them.
  @Test func hugeShapesAreRefused() throws {
    let text = """
      graph "huge"
      input %x TYPE
      %y = reshape(%x) shape=1x2147483647 : TYPE
      output %y
      """
    func graph(_ type: String) throws -> Graph {
      try GraphText.parse(text.replacing("TYPE", with: type))
    }
    let bytes = try graph("int8[1, 2147483647] scale=1.0 zero=0")
    #expect(
      throws: GraphError.mismatch(
        op: "interpreter", what: "bytes of activations and state", expected: "at most 16777216",
        found: "4294967295")
    ) { try Interpreter(bytes) }
    let floats = try graph("float32[1, 2147483647]")
    #expect(
      throws: GraphError.mismatch(
        op: "interpreter", what: "elements of all values", expected: "at most 67108864",
        found: "4294967294")
    ) { try FloatInterpreter(floats) }
  }
}
