import RouseIR
import RouseRuntime

/// The probability codes of feature rows, from a state that goes on from call to call: many steps at a time where the
/// network allows it, one at a time otherwise. The codes are the same.
struct CodeRun: Sendable {
  // One of them is nil; two optionals are changed in place, a case of an enum would be copied with its memory.
  private var batch: BatchInterpreter?
  private var steps: Interpreter?

  /// In the state of a device that has just started.
  init(_ model: EvaluatedModel) {
    batch = model.batch
    steps = model.batch == nil ? model.model.interpreter : nil
  }

  /// Steps after which an earlier state no longer matters; nil when that is not known.
  var memorySteps: Int? { batch?.memorySteps }

  mutating func reset() {
    batch?.reset()
    steps?.reset()
  }

  /// - Parameter rows: int8 features; what does not fill a step at the end is left out.
  mutating func run(_ rows: [Int8], into codes: inout [UInt8]) {
    batch?.run(rows[...], into: &codes)
    if let found = steps?.runStream(rows) { codes += found }
  }
}
