import Glibc

extension TrainingSettings.Phase {
  /// The learning rate at step `step` (from 0) of the phase: a straight line from 0 over the warm-up, then from
  /// `learningRate` on as `schedule` says; with `cosine`, it reaches `finalLearningRate` in the phase's last step.
  package func learningRate(at step: Int) -> Double {
    if step < warmUpSteps { return learningRate * Double(step + 1) / Double(warmUpSteps) }
    switch schedule {
    case .constant: return learningRate
    case .cosine:
      let falling = steps - warmUpSteps
      guard falling > 1 else { return learningRate }
      let progress = Double(step - warmUpSteps) / Double(falling - 1)
      let share = (1 + cos(.pi * min(progress, 1))) / 2
      return finalLearningRate + (learningRate - finalLearningRate) * share
    case .step:
      let times = (step - warmUpSteps) / decaySteps
      return max(finalLearningRate, learningRate * pow(decayFactor, Double(times)))
    }
  }
}
