import RouseAudio
import RouseIR
import RouseNumerics

/// What came of a run.
public struct RunSummary: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    /// The model and all feature files are in the folder.
    case finished
    /// Stopped on request; the checkpoint says where to go on, unless the examples were not even made.
    case stopped
  }

  public var outcome: Outcome
  public var folder: RunFolder
  public var steps: Int
  public var bestStep: Int
  public var score: ValidationScore?
  /// How training under simulated int8 ended, once the run is finished and when its preset asks for it.
  public var quantizationAware: QuantizationAwareOutcome?
  /// Usable clips by role and split.
  public var clips: [SourceRole: [Split: Int]]
  public var skipped: [SkippedClip]
  public var warnings: [CorpusWarning]
}

/// From a preset and a corpus to a run folder.
public struct TrainingRun: Sendable {
  private let preset: Preset
  private let corpus: Corpus
  private let folder: RunFolder
  private let threads: Int
  private let observer: TrainingObserver
  /// Weights to begin with; nil for new ones.
  private var start: TrainedModel?
  private var refine: RefiningStage?
  private var teacher: Teacher?

  /// Trains a network and leaves everything that compiling needs in `output`.
  ///
  /// The result depends on the preset, the corpus and the kind of CPU; not on `threads`, and not on whether the run was
  /// interrupted and resumed.
  ///
  /// - Parameters:
  ///   - output: the run folder; made when it is not there.
  ///   - start: a model of the same network whose weights to begin with, instead of new ones.
  ///   - teacher: what to learn from beside the labels, as `training.distillation` of the preset says.
  ///   - refine: what a preset's `quantization_aware` asks for; without it the network stays as it was trained in float.
  ///   - resume: go on from the checkpoint in `output`; without one, start from the beginning.
  /// - Throws: `.runExists` when `output` holds a run and `resume` is false; everything else in `TrainingError`.
  public static func execute(
    preset: Preset, corpus: Corpus, output: String, threads: Int, start: TrainedModel? = nil,
    teacher: Teacher? = nil, refine: RefiningStage? = nil, resume: Bool = false,
    observer: TrainingObserver = TrainingObserver()
  ) throws(TrainingError) -> RunSummary {
    let run = TrainingRun(
      preset: preset, corpus: corpus, folder: RunFolder(output), threads: max(1, threads),
      observer: observer, start: start, refine: refine, teacher: teacher)
    if !resume, run.folder.holdsRun { throw .runExists(folder: output) }
    return try run.execute()
  }

  private func execute() throws(TrainingError) -> RunSummary {
    let listing = try CorpusListing(corpus)
    try teacher?.check(preset, listing)
    var summary = RunSummary(
      outcome: .stopped, folder: folder, steps: 0, bestStep: 0, score: nil, clips: [:], skipped: [],
      warnings: listing.warnings)
    let loaded = try ClipStore.load(
      listing, near: folder.path, threads: threads, observer: observer)
    guard let store = loaded else { return summary }
    summary.skipped = store.skipped
    summary.clips = store.counts
    let parts = try TrainingClips(store, listing, warnings: &summary.warnings)
    summary.warnings += teacher?.warnings(parts.positives) ?? []
    let digest = CorpusDigest.digest(corpus, store.clips)
    let identity = RunIdentity(
      presetDigest: SHA256.hex(SHA256.digest(Array(preset.source.utf8))),
      corpusDigest: SHA256.hex(digest), seed: corpus.seed,
      startDigest: start?.weightsDigest ?? "", teacherDigest: teacher?.digest ?? "")

    var weights = FeatureBank.GeneratorStream.weights.generator(corpus.seed, 0)
    var graph = try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &weights)
    if let start { graph = try start.start(graph) }
    let state = try firstState(graph, identity)
    try folder.create()
    try folder.write(preset.source, to: folder.presetFile)
    let description = RunDescription(corpus, preset, identity, summary)
    try folder.write(description.text, to: folder.summaryFile)

    let made = try Examples.make(
      parts, preset: preset, seed: corpus.seed, generation: Examples.generation(state, preset),
      teacher: teacher, threads: threads, observer: observer)
    guard let examples = made else { return summary }
    try examples.check(state, preset, folder.checkpointFile)
    let trainer = Trainer(
      graph, settings: preset.training,
      examples: examples.sampler(preset, seed: corpus.seed), state: state,
      threads: threads, seed: corpus.seed)
    var loop = try TrainingLoop(
      trainer, examples, preset, identity, folder, threads: threads, observer)
    let isFinished = try loop.run()
    summary.steps = trainer.state.step
    summary.bestStep = trainer.state.bestStep
    summary.score = trainer.state.bestScore
    guard isFinished else { return summary }
    return try finish(summary, trainer, graph, examples, parts, listing, identity, digest)
  }

  /// The state to begin with: from the checkpoint when there is one.
  private func firstState(
    _ graph: Graph, _ identity: RunIdentity
  ) throws(TrainingError) -> TrainingState {
    let layout = ParameterLayout(graph)
    guard folder.holdsCheckpoint else { return TrainingState(graph, layout) }
    return try Checkpoint.read(
      folder.checkpointFile, identity, layout, phases: preset.training.phases.count)
  }

  // MARK: - Result

  private func finish(
    _ summary: RunSummary, _ trainer: Trainer, _ graph: Graph, _ examples: Examples,
    _ parts: TrainingClips, _ listing: CorpusListing, _ identity: RunIdentity, _ digest: [UInt8]
  ) throws(TrainingError) -> RunSummary {
    var summary = summary
    try HeldOutFeatures.writeCalibration(examples.bank, preset, digest, to: folder.calibrationFile)
    summary.skipped += try HeldOutFeatures.writeValidation(
      examples.validation, listing.records(.ambient, .validation), preset, digest,
      to: folder.validationFile)
    try HeldOutFeatures.writeTest(
      parts.testPositives, preset, seed: corpus.seed, digest, to: folder.testFile)
    let skipped = try HeldOutFeatures.writeAmbient(
      listing.records(.ambient, .test), preset, digest, threads: threads, observer: observer,
      to: folder.ambientFile)
    guard let skipped else { return summary }
    summary.skipped += skipped
    let trained = TrainedModel(
      graph: trainer.layout.graph(graph, with: trainer.state.best), preset: preset,
      wakeWord: corpus.wakeWord,
      provenance: TrainingProvenance(
        presetDigest: identity.presetDigest, corpusDigest: identity.corpusDigest,
        seed: identity.seed, startDigest: identity.startDigest,
        teacherDigest: identity.teacherDigest, steps: trainer.state.step,
        bestStep: trainer.state.bestStep,
        score: trainer.state.bestScore))
    guard let model = try refined(trained, trainer, examples, &summary) else { return summary }
    try model.write(to: folder.modelFile)
    let description = RunDescription(corpus, preset, identity, summary)
    try folder.write(description.text, to: folder.summaryFile)
    summary.outcome = .finished
    return summary
  }

  /// The model after the stage that the preset asks for; nil when it was cancelled.
  private func refined(
    _ model: TrainedModel, _ trainer: Trainer, _ examples: Examples, _ summary: inout RunSummary
  ) throws(TrainingError) -> TrainedModel? {
    guard let refine, preset.training.quantizationAware != nil else { return model }
    let finished = FinishedTraining(
      model: model, folder: folder, examples: examples.sampler(preset, seed: corpus.seed),
      hardNegatives: trainer.state.hardNegatives, threads: threads, observer: observer)
    guard let refinement = try refine(finished) else { return nil }
    summary.quantizationAware = refinement.outcome
    var model = model
    model.graph = refinement.graph
    if case .compared(let recalls) = refinement.outcome {
      model.provenance.quantizationAware = recalls
    }
    return model
  }
}
