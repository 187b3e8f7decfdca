import RouseIR
import RouseNumerics

/// Trains one graph: forward, loss, backward, Adam, moving average. A step allocates nothing.
///
/// Results depend on the graph, the settings, the seed, the examples and the kind of CPU, not on the number of threads.
package final class Trainer {
  package private(set) var state: TrainingState
  package let layout: ParameterLayout
  private let settings: TrainingSettings
  private var examples: any ExampleSource
  private let seed: UInt64
  private let plan: NetworkPlan
  private let outputGradient: FloatView
  private let targets: FloatView
  private let weights: FloatView
  private let shards: Shards
  private let views: Views
  private let decay: WeightDecay
  private let dropout: Dropout?

  /// Views of the state and the gradients, made once so that a step makes none.
  private struct Views {
    let values: FloatView
    let gradients: FloatView
    let firstMoment: FloatView
    let secondMoment: FloatView
    let all: FloatView
    let average: FloatView
  }

  /// - Parameters:
  ///   - graph: its one output is the logistic function of one logit.
  ///   - state: of a graph with the same layout.
  ///   - seed: of masks and dropout.
  package init(
    _ graph: Graph, settings: TrainingSettings, examples: any ExampleSource, state: TrainingState,
    threads: Int, seed: UInt64 = 0
  ) {
    precondition(threads > 0)
    layout = ParameterLayout(graph)
    self.settings = settings
    self.examples = examples
    self.state = state
    self.seed = seed
    let logit = Self.logit(of: graph)
    dropout = settings.dropout > 0 ? Dropout(rate: settings.dropout, seed: seed) : nil
    let gradients = FloatBuffer(count: layout.trainableCount)
    plan = NetworkPlan(
      dropout == nil ? graph : Dropout.graph(graph, logit: logit), target: logit, layout: layout,
      values: state.values, gradients: gradients, batch: settings.batch, threads: threads)
    guard let gradient = plan.outputGradient else {
      preconditionFailure("a plan without gradients")
    }
    outputGradient = gradient
    targets = FloatView(zeros: [settings.batch])
    weights = FloatView(zeros: [settings.batch])
    shards = Shards(batch: settings.batch, threads: threads)
    views = Views(
      values: layout.trainable(state.values), gradients: layout.trainable(gradients),
      firstMoment: layout.trainable(state.firstMoment),
      secondMoment: layout.trainable(state.secondMoment), all: layout.all(state.values),
      average: layout.all(state.average))
    decay = WeightDecay(
      layout, decay: settings.optimizer == .adamw ? settings.weightDecay : 0)
  }

  /// Does one step and returns its loss.
  ///
  /// - Throws: `.diverged`; the weights are then as they were before the step.
  package func step() throws(TrainingError) -> Double {
    let step = state.step
    if step - state.phaseStart >= settings.phases[state.phase].steps,
      state.phase + 1 < settings.phases.count
    {
      state.beginNextPhase()
    }
    let phase = settings.phases[state.phase]
    examples.fill(
      step: step, phase: phase, hardNegatives: state.hardNegatives, input: plan.input,
      targets: targets, weights: weights, shards: shards)
    phase.masks.apply(to: plan.input, seed: seed, step: step, shards: shards)
    dropout?.fill(plan.inputs[plan.inputs.count - 1], step: step, shards: shards)
    plan.forward(isTraining: true)
    let loss = settings.focal.evaluate(
      logits: plan.output, targets: targets, weights: weights, gradient: outputGradient)
    plan.backward()
    let norm = views.gradients.sumOfSquares.squareRoot()
    guard loss.isFinite, norm.isFinite else { throw .diverged(step: step) }
    let rate = phase.learningRate(at: min(step - state.phaseStart, phase.steps - 1))
    decay.apply(to: views.values, rate: rate)
    let limit = settings.gradientLimit
    AdamUpdate(beta1: Float(settings.adamBeta1), beta2: Float(settings.adamBeta2)).apply(
      values: views.values, gradients: views.gradients, firstMoment: views.firstMoment,
      secondMoment: views.secondMoment, rate: Float(rate), step: step + 1,
      gradientScale: norm > limit ? Float(limit / norm) : 1)
    state.step += 1
    views.average.average(with: views.all, decay: averageDecay)
    state.unrecorded.add(loss: loss, gradientNorm: norm, learningRate: rate)
    return loss
  }

  /// The decay grows with the steps done, so that the average forgets the random start: at most `(1 + n) / (10 + n)`.
  ///
  /// - Source: TensorFlow, `tf.train.ExponentialMovingAverage`, argument `num_updates`.
  private var averageDecay: Float {
    let n = Double(state.step)
    return Float(min(settings.averageDecay, (1 + n) / (10 + n)))
  }

  /// Counts a validation; remembers the average as the best so far when `score` is higher than the best one's.
  ///
  /// - Returns: true when it is.
  @discardableResult
  package func consider(_ score: ValidationScore) -> Bool {
    let isBest = state.count(score, settings)
    if isBest { layout.all(state.best).copy(from: views.average) }
    return isBest
  }

  /// Takes batches from `examples` from now on.
  package func use(_ examples: any ExampleSource) { self.examples = examples }

  /// Draws the windows of `rows` more often from now on.
  package func use(hardNegatives rows: [UInt32]) { state.hardNegatives = rows }

  /// Sums over the steps since this was last asked, nil when there were none.
  package func takeUnrecorded() -> UnrecordedSteps? {
    guard state.unrecorded.steps > 0 else { return nil }
    let taken = state.unrecorded
    state.unrecorded = UnrecordedSteps()
    state.latestLoss = taken.loss / Double(taken.steps)
    return taken
  }

  /// True when no step is left.
  package var isFinished: Bool { state.isFinished(settings) }

  /// The value that the graph's logistic output is the function of.
  private static func logit(of graph: Graph) -> ValueID {
    precondition(graph.outputs.count == 1 && graph.inputs.count == 1)
    guard let producer = graph.producers[graph.outputs[0].index],
      case .logistic = graph.nodes[producer].op
    else { preconditionFailure("the output must be a logistic function") }
    return graph.nodes[producer].inputs[0]
  }
}
