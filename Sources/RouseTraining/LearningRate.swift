import Glibc

extension TrainingSettings {
  /// The phase that step `step` (from 0) belongs to, and the step's number within it.
  package func phase(at step: Int) -> (phase: Phase, step: Int) {
    var rest = step
    for phase in phases {
      if rest < phase.steps { return (phase, rest) }
      rest -= phase.steps
    }
    let last = phases[phases.count - 1]
    return (last, last.steps - 1)
  }
}

extension TrainingSettings.Phase {
  /// The learning rate at step `step` (from 0) of the phase: a straight line from 0 over the warm-up, then half a cosine
  /// from `learningRate` to `finalLearningRate`.
  package func learningRate(at step: Int) -> Double {
    if step < warmUpSteps { return learningRate * Double(step + 1) / Double(warmUpSteps) }
    let falling = steps - warmUpSteps
    guard falling > 1 else { return learningRate }
    let progress = Double(step - warmUpSteps) / Double(falling - 1)
    let share = (1 + cos(.pi * min(progress, 1))) / 2
    return finalLearningRate + (learningRate - finalLearningRate) * share
  }
}
