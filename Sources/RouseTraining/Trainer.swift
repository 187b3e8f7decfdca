import RouseIR
import RouseNumerics

/// Everything that changes while a network trains; together with the preset and the seed it determines the rest of the
/// run.
package struct TrainingState: Sendable {
  /// Steps done.
  package var step = 0
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

/// Trains one graph: forward, loss, backward, Adam, moving average. A step allocates nothing.
///
/// Results depend on the graph, the settings, the examples and the kind of CPU, not on the number of threads.
package final class Trainer {
  package private(set) var state: TrainingState
  package let layout: ParameterLayout
  private let settings: TrainingSettings
  private let examples: any ExampleSource
  private let plan: NetworkPlan
  private let gradients: FloatBuffer
  private let targets: FloatView
  private let weights: FloatView
  private let shards: Shards

  /// - Parameters:
  ///   - graph: its one output is the logistic function of one logit.
  ///   - state: of a graph with the same layout.
  package init(
    _ graph: Graph, settings: TrainingSettings, examples: any ExampleSource, state: TrainingState,
    threads: Int
  ) {
    precondition(threads > 0)
    layout = ParameterLayout(graph)
    self.settings = settings
    self.examples = examples
    self.state = state
    gradients = FloatBuffer(count: layout.trainableCount)
    plan = NetworkPlan(
      graph, target: Self.logit(of: graph), layout: layout, values: state.values,
      gradients: gradients, batch: settings.batch, threads: threads)
    targets = FloatView(zeros: [settings.batch])
    weights = FloatView(zeros: [settings.batch])
    shards = Shards(batch: settings.batch, threads: threads)
  }

  /// Does one step and returns its loss.
  ///
  /// - Throws: `.diverged`; the weights are then as they were before the step.
  package func step() throws(TrainingError) -> Double {
    let (phase, position) = settings.phase(at: state.step)
    examples.fill(
      step: state.step, phase: phase, input: plan.input, targets: targets, weights: weights,
      shards: shards)
    guard let gradient = plan.outputGradient else {
      preconditionFailure("a plan without gradients")
    }
    plan.forward(isTraining: true)
    let loss = BinaryCrossEntropy.evaluate(
      logits: plan.output, targets: targets, weights: weights, gradient: gradient)
    plan.backward()
    let flat = layout.trainable(gradients)
    let length = flat.sumOfSquares.squareRoot()
    guard loss.isFinite, length.isFinite else { throw .diverged(step: state.step) }
    let limit = settings.gradientLimit
    AdamUpdate(beta1: Float(settings.adamBeta1), beta2: Float(settings.adamBeta2)).apply(
      values: layout.trainable(state.values), gradients: flat,
      firstMoment: layout.trainable(state.firstMoment),
      secondMoment: layout.trainable(state.secondMoment),
      rate: Float(phase.learningRate(at: position)), step: state.step + 1,
      gradientScale: length > limit ? Float(limit / length) : 1)
    state.step += 1
    layout.all(state.average).average(with: layout.all(state.values), decay: averageDecay)
    return loss
  }

  /// The decay grows with the steps done, so that the average forgets the random start: at most `(1 + n) / (10 + n)`.
  ///
  /// - Source: TensorFlow, `tf.train.ExponentialMovingAverage`, argument `num_updates`.
  private var averageDecay: Float {
    let n = Double(state.step)
    return Float(min(settings.averageDecay, (1 + n) / (10 + n)))
  }

  /// Remembers the average as the best so far when `score` is higher than the best one's.
  package func consider(_ score: ValidationScore) {
    if let best = state.bestScore, score <= best { return }
    state.bestScore = score
    state.bestStep = state.step
    layout.all(state.best).copy(from: layout.all(state.average))
  }

  /// The value that the graph's logistic output is the function of.
  private static func logit(of graph: Graph) -> ValueID {
    precondition(graph.outputs.count == 1 && graph.inputs.count == 1)
    guard let producer = graph.producers[graph.outputs[0].index],
      case .logistic = graph.nodes[producer].op
    else { preconditionFailure("the output must be a logistic function") }
    return graph.nodes[producer].inputs[0]
  }
}
