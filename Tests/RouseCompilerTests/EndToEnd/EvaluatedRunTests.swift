import Foundation
import RouseCompiler
import RouseNumerics
import RouseTraining
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

  /// A teacher says in logits what its int8 output says in codes.
  @Test func aModelTeachesWhatItsCodesSay() throws {
    let model = try EvaluatedModel(at: try TinyRun.made().bundle)
    guard case .listener(let teacher) = model.teacher else {
      Issue.record("a .tflite is no listener")
      return
    }
    #expect(teacher.digest == model.sha256 && teacher.stepMilliseconds == 10)
    // 204 rows of a window are heard in 68 steps.
    #expect(teacher.strideRows == 3)
    #expect((60...70).contains(teacher.settlingSteps))
    var generator = SeededGenerator(seed: 4)
    let rows = (0..<40 * 500).map { _ in Int8(generator.below(256) - 128) }
    var interpreter = model.model.interpreter
    let codes = interpreter.runStream(rows)
    #expect(codes.count == 166)
    let logits = teacher.logits(rows)
    #expect(logits.map { UInt8(256 / (1 + exp(-Double($0)))) } == codes)
    #expect(teacher.logits(rows) == logits)
  }
}
