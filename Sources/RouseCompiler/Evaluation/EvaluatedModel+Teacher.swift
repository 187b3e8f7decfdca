import Glibc
import RouseTraining

extension EvaluatedModel {
  /// The model as a teacher: its int8 probabilities as logits, each that of the middle of its code.
  public var teacher: Teacher {
    .listener(
      TeacherListener(
        digest: sha256, stepMilliseconds: stepMilliseconds, strideRows: strideRows,
        settlingSteps: batch?.memorySteps ?? unknownMemorySteps
      ) { rows in
        var run = CodeRun(self)
        var codes: [UInt8] = []
        run.run(rows, into: &codes)
        return codes.map(Self.logit)
      })
  }

  /// Of a model whose state does not say how far back it reaches: two seconds, which wake words of one or two seconds
  /// see at most.
  private var unknownMemorySteps: Int { 2_000 / (stepMilliseconds * strideRows) }

  /// `ln(p / (1 − p))` with `p = (code + 0.5) / 256`: from −6.2 to 6.2.
  private static func logit(_ code: UInt8) -> Float {
    let probability = (Double(code) + 0.5) / 256
    return Float(log(probability) - log1p(-probability))
  }
}
