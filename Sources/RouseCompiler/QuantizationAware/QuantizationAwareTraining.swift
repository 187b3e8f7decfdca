import RouseIR
import RouseTraining

/// The end of a run whose preset has `quantization_aware`: trains on under simulated int8, and keeps what comes of it
/// only when the int8 network that a compilation makes of it detects more of the validation part.
///
/// ```
/// training graph ── fold, calibrate, quantize, simulate ── train ── unfold ── training graph
///       └──────────────── compile, recall ──── which is higher? ──── compile, recall ──┘
/// ```
///
/// The network is simulated with the ranges and biases that the compiler chooses, but not with equalized channels and a
/// shaped logit, which a compilation finds anew: they would move what the training graph's normalization has measured,
/// and what the loss means. Both networks are judged by everything that a compilation does.
public struct QuantizationAwareTraining: Sendable {
  private let profile: TargetProfile

  private static let passes: Set<OptionalPass> = [.searchRanges, .correctBias]
  private static let stepsPerReport = 10

  public init() throws(CompilerError) {
    profile = try TargetCatalog.profile(EvaluatedModel.anyTarget)
  }

  /// A `RefiningStage`. The same training gives the same weights on any number of threads.
  public func refine(_ training: FinishedTraining) throws(TrainingError) -> Refinement? {
    let model = training.model
    guard let settings = model.preset.training.quantizationAware else {
      preconditionFailure("the preset asks for no quantization-aware training")
    }
    var request = try RunCompilation(model, in: training.folder, profile).request(
      name: nil, output: "")
    let start: (folded: Graph, simulated: Graph)
    do {
      start = try simulation(of: model.graph, request)
    } catch .operatorNotAllowed(let op, let node, SimulateQuantization.phase, _) {
      return Refinement(graph: model.graph, outcome: .unsupported(op: op, node: node))
    } catch { throw .graph(error) }
    let trained: Graph
    switch try train(start.simulated, settings, training) {
    case .cancelled: return nil
    case .diverged(let step):
      return Refinement(graph: model.graph, outcome: .diverged(step: step))
    case .finished(let graph): trained = graph
    }
    let before: Double
    do { before = try request.int8Recall() } catch { throw .graph(error) }
    do throws(GraphError) {
      request.source.graph = try UnfoldBatchNorm.apply(
        SimulateQuantization.weights(of: trained, in: start.folded), to: model.graph)
      let recalls = QuantizationAwareRecalls(
        steps: settings.steps, before: before, after: try request.int8Recall())
      return Refinement(
        graph: recalls.isKept ? request.source.graph : model.graph, outcome: .compared(recalls))
    } catch {
      // The float network has just been compiled; what these steps made cannot be.
      return Refinement(graph: model.graph, outcome: .diverged(step: settings.steps))
    }
  }

  /// The folded network and its simulation. A bias that could not be taken back is not trained.
  private func simulation(
    of graph: Graph, _ request: CompilationRequest
  ) throws(GraphError) -> (folded: Graph, simulated: Graph) {
    let folded = try FoldBatchNorm.apply(to: graph)
    var request = request
    request.passes = Self.passes
    let quantized = try request.quantized()
    var simulated = try SimulateQuantization.apply(to: folded, quantized: quantized.window)
    let unplaced = UnfoldBatchNorm.unplaced(in: graph)
    for index in simulated.values.indices where unplaced.contains(simulated.values[index].name) {
      simulated.values[index].isParameter = false
    }
    return (folded, simulated)
  }

  // MARK: - Steps

  private enum End {
    case finished(Graph)
    case diverged(step: Int)
    case cancelled
  }

  /// Adam without weight decay and dropout: both would move the codes of a network that only has to settle on them.
  private func train(
    _ graph: Graph, _ wanted: TrainingSettings.QuantizationAware, _ training: FinishedTraining
  ) throws(TrainingError) -> End {
    let model = training.model
    var settings = model.preset.training
    settings.optimizer = .adam
    settings.dropout = 0
    settings.patience.validations = 0
    settings.phases = settings.phases.suffix(1).map { phase in
      var phase = phase
      phase.steps = wanted.steps
      phase.learningRate = wanted.learningRate
      phase.finalLearningRate = 0
      phase.warmUpSteps = 0
      phase.schedule = .cosine
      phase.patience.validations = 0
      return phase
    }
    let layout = ParameterLayout(graph)
    var state = TrainingState(graph, layout)
    state.hardNegatives = training.hardNegatives
    let trainer = Trainer(
      graph, settings: settings,
      examples: LaterExamples(training.examples, after: model.provenance.steps), state: state,
      threads: training.threads, seed: model.provenance.seed)
    while !trainer.isFinished {
      if training.observer.isCancelled() { return .cancelled }
      do { _ = try trainer.step() } catch .diverged(let step) { return .diverged(step: step) }
      report(trainer, settings, training.observer)
    }
    return .finished(layout.graph(graph, with: trainer.state.average))
  }

  private func report(
    _ trainer: Trainer, _ settings: TrainingSettings, _ observer: TrainingObserver
  ) {
    let done = trainer.state.step
    guard done % Self.stepsPerReport == 0 || trainer.isFinished,
      let sums = trainer.takeUnrecorded()
    else { return }
    observer.progress(
      TrainingProgress(
        stage: .quantizationAware, done: done, total: settings.steps,
        loss: sums.loss / Double(sums.steps), learningRate: sums.learningRate,
        examplesPerStep: settings.batch))
  }
}
