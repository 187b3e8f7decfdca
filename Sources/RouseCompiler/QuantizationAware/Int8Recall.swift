import RouseEvaluation
import RouseIR

extension DetectionSweep {
  /// Numbers of false accepts at which two networks are compared: one alone would be a lottery.
  private static let levels = 10

  /// Mean over 0, 1, … 9 allowed false accepts of the recall at the cutoff and window that are best for each.
  var meanRecall: Double {
    let misses = RecallLoss.fewestMisses(self)
    let recalls = (0..<Self.levels).map { allowed in
      1 - Double(misses[min(allowed, misses.count - 1)]) / Double(max(positives, 1))
    }
    return recalls.reduce(0, +) / Double(Self.levels)
  }
}

extension CompilationRequest {
  /// The mean recall, on the validation streams, of the int8 network that a compilation makes.
  func int8Recall() throws(GraphError) -> Double {
    try Scoring.validation(of: try quantized(), self).meanRecall
  }
}
