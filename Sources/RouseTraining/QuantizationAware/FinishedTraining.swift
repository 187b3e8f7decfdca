import RouseIR
import RouseNumerics

/// A run whose steps are done and whose feature files are written, before its model is.
///
/// What may happen to the weights here is up to the caller of `TrainingRun`: training under simulated int8 needs the
/// compiler, of which this module knows nothing.
public struct FinishedTraining: Sendable {
  /// The best weights.
  public let model: TrainedModel
  /// Where the feature files are.
  public let folder: RunFolder
  package let examples: any ExampleSource
  /// Windows that the last search found, see `HardNegatives`.
  package let hardNegatives: [UInt32]
  package let threads: Int
  package let observer: TrainingObserver

  package init(
    model: TrainedModel, folder: RunFolder, examples: any ExampleSource, hardNegatives: [UInt32],
    threads: Int, observer: TrainingObserver = TrainingObserver()
  ) {
    self.model = model
    self.folder = folder
    self.examples = examples
    self.hardNegatives = hardNegatives
    self.threads = threads
    self.observer = observer
  }
}

/// What a stage made of a finished training.
public struct Refinement: Hashable, Sendable {
  /// The training graph with the weights that the run keeps.
  public var graph: Graph
  public var outcome: QuantizationAwareOutcome

  public init(graph: Graph, outcome: QuantizationAwareOutcome) {
    self.graph = graph
    self.outcome = outcome
  }
}

/// A stage between the last step of a run and its model. Depends on the training alone, so that a run that was stopped
/// in it does it again when it is resumed.
///
/// - Returns: nil when the observer cancelled it.
public typealias RefiningStage =
  @Sendable (FinishedTraining) throws(TrainingError) -> Refinement?

/// The examples of another source from a later step on: those that it has not given yet.
package struct LaterExamples: ExampleSource {
  private let source: any ExampleSource
  private let steps: Int

  /// - Parameter steps: how many steps of `source` are done.
  package init(_ source: any ExampleSource, after steps: Int) {
    self.source = source
    self.steps = steps
  }

  package func fill(
    step: Int, phase: TrainingSettings.Phase, hardNegatives: [UInt32], input: FloatView,
    targets: FloatView, weights: FloatView, shards: Shards
  ) {
    source.fill(
      step: steps + step, phase: phase, hardNegatives: hardNegatives, input: input,
      targets: targets, weights: weights, shards: shards)
  }
}
