import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

@Suite struct FloatInterpreterTests {
  @Test func remembersAndResets() throws {
    let interpreter = try FloatInterpreter(
      try slidingWindow(rows: 3, channels: 2) { TensorType($0) })
    #expect(interpreter.run([1, 2]) == [0, 0, 0, 0, 1, 2])
    #expect(interpreter.run([3, -4]) == [0, 0, 1, 2, 3, -4])
    #expect(interpreter.values(named: "tail") == [1, 2, 3, -4])
    #expect(interpreter.values(named: "nothing") == nil)
    let all = try #require(interpreter.graph.value(named: "all"))
    #expect(interpreter.range(of: all) == ValueRange(low: -4, high: 3))
    interpreter.reset()
    #expect(interpreter.run([5, 6]) == [0, 0, 0, 0, 5, 6])
  }

  /// The int8 graph of the same operators computes the same reals within half a step of the last two.
  @Test func agreesWithInt8() throws {
    let graph = try braid()
    var real = graph
    for index in real.values.indices {
      real.values[index].type = TensorType(real.values[index].type.shape)
    }
    let interpreter = try FloatInterpreter(real)
    var quantized = try Interpreter(graph)
    let input = (0..<48).map { Int8(truncatingIfNeeded: $0 * 37) }
    quantized.run(input)
    interpreter.run(input.map { 0.1 * Float(Int($0) - 3) })
    #expect(
      interpreter.values(of: graph.outputs[1])
        == quantized.int8s(of: graph.outputs[1]).map { 0.1 * Float(Int($0) - 3) })
    for (real, byte) in zip(
      interpreter.values(of: graph.outputs[0]), quantized.uint8s(of: graph.outputs[0]))
    {
      // 255/256 is the largest probability that fits; elsewhere the error is half a step.
      #expect(abs(min(real, 255.5 / 256) - Float(byte) / 256) <= 0.51 / 256)
    }
  }

  @Test func int8GraphsAreRefused() throws {
    #expect(
      throws: GraphError.unsupportedType(
        op: "value", input: "x", expected: "float32", found: "int8")
    ) { try FloatInterpreter(try braid()) }
  }
}
