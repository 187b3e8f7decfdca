import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// Many steps per call say, bit for bit, what single steps say.
@Suite struct BatchInterpreterTests {
  private func graph() throws -> Graph {
    try GraphText.parse(
      String(
        decoding: try InputFile.read(try Fixture.path("published/vad.graph")), as: UTF8.self))
  }

  @Test(arguments: [1, 2, 7, 64])
  func aPublishedModelSaysTheSame(_ steps: Int) throws {
    let rows = try Fixture.int8s("published/rows.npy")
    let expected = try Fixture.uint8s("published/probabilities.npy")
    var batch = try #require(try BatchInterpreter(try graph(), steps: steps))
    #expect(batch.codes(of: rows) == expected)
    // Again from a fresh state, in pieces that are no whole batches; a rest of rows is left out.
    batch.reset()
    var codes: [UInt8] = []
    let step = batch.stepCount
    for start in stride(from: 0, to: rows.count, by: 5 * step) {
      batch.run(rows[start..<min(start + 5 * step, rows.count)], into: &codes)
    }
    #expect(codes == expected)
    batch.run(rows[..<(step - 1)], into: &codes)
    #expect(codes == expected)
  }

  /// After `memorySteps` steps it no longer matters what the state was before them; before that it does.
  @Test func theStateIsForgottenAfterMemorySteps() throws {
    let rows = try Fixture.int8s("published/rows.npy")
    let expected = try Fixture.uint8s("published/probabilities.npy")
    var batch = try #require(try BatchInterpreter(try graph()))
    // 2 rows of 3, then 4, 7 and 12 steps.
    #expect(batch.memorySteps == 1 + 4 + 7 + 12)
    let step = batch.stepCount
    for first in [1, 17, 40] {
      let codes = batch.codes(of: Array(rows[(first * step)...]))
      #expect(codes.dropFirst(batch.memorySteps) == expected[(first + batch.memorySteps)...])
      #expect(codes != Array(expected[first...]))
    }
  }

  @Test func aRingThatIsReadAsAWindow() throws {
    let window = try slidingWindow(rows: 4, channels: 1) { int8Type($0) }
    // Its result has four bytes a step: a probability has one.
    #expect(try BatchInterpreter(window) == nil)
  }

  @Test func stateThatIsNoRingIsLeftToTheInterpreter() throws {
    var b = GraphBuilder(name: "sum")
    let type = int8Type([1, 1], scale: 0.1, zeroPoint: 0)
    let x = b.input("x", type)
    let state = b.variable("state", type)
    let past = try b.node(
      "past", .readVariable(ReadVariable(variable: state)), [], types: [type])
    let sum = try b.node("sum", .add(Add()), past + [x], types: [type])
    try b.node("assign", .assignVariable(AssignVariable(variable: state)), sum)
    b.output(sum[0])
    #expect(try BatchInterpreter(b.graph) == nil)
  }
}
