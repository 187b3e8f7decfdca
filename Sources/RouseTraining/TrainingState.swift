import RouseIR
import RouseNumerics

/// Everything that changes while a network trains; together with the preset and the seed it determines the rest of the
/// run.
package struct TrainingState: Sendable {
  /// Steps done.
  package var step = 0
  /// The phase of the next step, and the step at which it began.
  package var phase = 0
  package var phaseStart = 0
  /// True once patience has ended the run.
  package var hasStopped = false
  /// Weights and moving statistics, in the layout of the graph.
  package let values: FloatBuffer
  /// Adam's moments of the trainable part.
  package let firstMoment: FloatBuffer
  package let secondMoment: FloatBuffer
  /// The moving average of `values`.
  package let average: FloatBuffer
  /// The average at the best validation so far.
  package let best: FloatBuffer
  package var bestScore: ValidationScore?
  package var bestStep = 0
  /// The latest validation.
  package var latestScore: ValidationScore?
  /// Validations since the best one of the run, and of the phase.
  package var validationsSinceBest = 0
  package var validationsSincePhaseBest = 0
  package var phaseBestScore: ValidationScore?
  /// Mean loss over the latest record's steps.
  package var latestLoss = 0.0
  /// Windows without the wake word that the last search found, see `HardNegatives`.
  package var hardNegatives: [UInt32] = []
  /// Sums over the steps since the last record of the metrics.
  package var unrecorded = UnrecordedSteps()

  init(_ layout: ParameterLayout) {
    values = FloatBuffer(count: layout.count)
    firstMoment = FloatBuffer(count: layout.trainableCount)
    secondMoment = FloatBuffer(count: layout.trainableCount)
    average = FloatBuffer(count: layout.count)
    best = FloatBuffer(count: layout.count)
  }

  /// The state before the first step.
  package init(_ graph: Graph, _ layout: ParameterLayout) {
    self.init(layout)
    let initial = layout.values(of: graph)
    for buffer in [values, average, best] { layout.all(buffer).copy(from: layout.all(initial)) }
  }
}

/// What the next record of the metrics is a mean over.
package struct UnrecordedSteps: Hashable, Sendable {
  package var steps = 0
  package var loss = 0.0
  package var gradientNorm = 0.0
  /// Of the latest step.
  package var learningRate = 0.0

  package init() {}

  package mutating func add(loss: Double, gradientNorm: Double, learningRate: Double) {
    steps += 1
    self.loss += loss
    self.gradientNorm += gradientNorm
    self.learningRate = learningRate
  }
}

// MARK: - Phases

extension TrainingState {
  package mutating func beginNextPhase() {
    phase += 1
    phaseStart = step
    phaseBestScore = nil
    validationsSincePhaseBest = 0
  }

  /// Counts a validation after `step` steps, and ends the phase or the run when patience with it is exhausted.
  ///
  /// - Returns: true when `score` is the best one of the run so far, or the first of the steps to choose among.
  package mutating func count(_ score: ValidationScore, _ settings: TrainingSettings) -> Bool {
    latestScore = score
    let isBest =
      bestScore.map { settings.prefers(score, of: step, to: $0, of: bestStep) } ?? true
    if isBest { (bestScore, bestStep) = (score, step) }
    validationsSinceBest = isBest ? 0 : validationsSinceBest + 1
    if phaseBestScore.map({ score > $0 }) ?? true {
      phaseBestScore = score
      validationsSincePhaseBest = 0
    } else {
      validationsSincePhaseBest += 1
    }
    let isLast = phase == settings.phases.count - 1
    let phaseIsOver = settings.phases[phase].patience.isExhausted(
      validationsSincePhaseBest, steps: step - phaseStart)
    if settings.patience.isExhausted(validationsSinceBest, steps: step) || (phaseIsOver && isLast) {
      hasStopped = true
    } else if phaseIsOver {
      beginNextPhase()
    }
    return isBest
  }

  /// True when no step is left.
  package func isFinished(_ settings: TrainingSettings) -> Bool {
    hasStopped
      || (phase == settings.phases.count - 1 && step - phaseStart >= settings.phases[phase].steps)
  }
}
