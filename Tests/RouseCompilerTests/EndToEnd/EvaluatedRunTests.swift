import RouseCompiler
import RouseNumerics
import Testing

/// A run folder is scored as the bundle that is made of it.
@Suite struct EvaluatedRunTests {
  @Test func aRunAndItsBundleSayTheSame() throws {
    let made = try TinyRun.made()
    let (run, bundle) = (try EvaluatedModel(at: made.run), try EvaluatedModel(at: made.bundle))
    #expect(run.name == bundle.name && run.wakeWord == bundle.wakeWord)
    #expect(run.strideRows == bundle.strideRows)
    #expect(run.detection == bundle.detection && run.detection != nil)
    var generator = SeededGenerator(seed: 2)
    let sound = (0..<20 * 16_000).map { index in
      let level: Float = index / 8_000 % 2 == 0 ? 30 : 6_000
      return Int16(generator.uniform(-level, level))
    }
    func codes(_ model: EvaluatedModel) throws -> [UInt8]? {
      var blocks = [sound][...]
      return try StreamScorer(model, threads: 1).codes({ blocks.popFirst() })
    }
    // Lowered and as quantized: other operators, the same bits.
    #expect(try codes(run) == codes(bundle))
  }
}
