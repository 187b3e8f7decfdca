import RouseNumerics

/// The steps of a run with everything that happens between them: validations, metrics, checkpoints, progress.
struct TrainingLoop {
  private let trainer: Trainer
  private let examples: Examples
  private let scanner: StreamScanner
  private var hardNegatives: HardNegatives
  private let preset: Preset
  private let settings: TrainingSettings
  private let identity: RunIdentity
  private let folder: RunFolder
  private let checkpoints: CheckpointFolder
  private let metrics: MetricsLog
  private let observer: TrainingObserver

  private static let stepsPerRecord = 10

  /// Takes from `folder` what a killed run did after the trainer's state.
  init(
    _ trainer: Trainer, _ examples: Examples, _ preset: Preset, _ identity: RunIdentity,
    _ folder: RunFolder, threads: Int, _ observer: TrainingObserver
  ) throws(TrainingError) {
    self.trainer = trainer
    self.examples = examples
    self.preset = preset
    hardNegatives = HardNegatives(examples.bank, preset)
    scanner = try StreamScanner(
      preset, layout: trainer.layout, values: trainer.state.average, threads: threads)
    settings = preset.training
    self.identity = identity
    self.folder = folder
    self.observer = observer
    checkpoints = CheckpointFolder(folder)
    try folder.removeRemains()
    try checkpoints.remove(after: trainer.state.step)
    metrics = try MetricsLog(folder, upTo: trainer.state.step)
  }

  /// False when cancelled; the checkpoint is up to date either way.
  mutating func run() throws(TrainingError) -> Bool {
    defer { examples.stop() }
    examples.makeAhead(ofSteps: settings.steps)
    while !trainer.isFinished {
      if observer.isCancelled() || !renewExamples() {
        try save()
        return false
      }
      _ = try trainer.step()
      let step = trainer.state.step
      if preset.examples.isRenewed(beforeStep: step) {
        // Rows of streams that no step uses any more.
        trainer.use(hardNegatives: [])
      } else if hardNegatives.isDue(after: step) {
        trainer.use(hardNegatives: hardNegatives.search(scanner))
      }
      let isValidation = step % settings.validateEvery == 0 || trainer.isFinished
      if !isValidation {
        if step % Self.stepsPerRecord == 0 { try record(nil) }
        continue
      }
      let score = examples.validation.score(scanner)
      let phase = trainer.state.phase
      let isBest = trainer.consider(score)
      try record(score, phase: phase)
      let isDue = step % (settings.validateEvery * settings.checkpointEvery) == 0
      if isBest || isDue || trainer.isFinished {
        try checkpoints.add(checkpoint, keep: settings.keepCheckpoints)
      }
      if isDue || trainer.isFinished { try save() }
    }
    return true
  }

  /// Goes on with other streams before the step that is their first, and searches them.
  ///
  /// - Returns: false when cancelled; the step then begins with this again.
  private mutating func renewExamples() -> Bool {
    let step = trainer.state.step
    guard preset.examples.isRenewed(beforeStep: step) else { return true }
    guard examples.renew(to: preset.examples.generation(ofStep: step)) else { return false }
    trainer.use(examples.sampler(preset, seed: identity.seed))
    hardNegatives = HardNegatives(examples.bank, preset)
    if hardNegatives.areUsed { trainer.use(hardNegatives: hardNegatives.search(scanner)) }
    examples.makeAhead(ofSteps: settings.steps)
    return true
  }

  private var checkpoint: Checkpoint { Checkpoint(trainer.state, identity, trainer.layout) }

  /// Everything before a checkpoint is on the disk when the checkpoint is.
  private func save() throws(TrainingError) {
    try metrics.flush()
    try checkpoint.write(to: folder.checkpointFile)
  }

  private func record(
    _ validation: ValidationScore?, phase: Int? = nil
  ) throws(TrainingError) {
    guard let sums = trainer.takeUnrecorded() else { return }
    let record = TrainingRecord(
      step: trainer.state.step, phase: (phase ?? trainer.state.phase) + 1,
      loss: sums.loss / Double(sums.steps), learningRate: sums.learningRate,
      gradientNorm: sums.gradientNorm / Double(sums.steps), validation: validation)
    try metrics.append(record)
    observer.progress(
      TrainingProgress(
        stage: .training, done: record.step, total: settings.steps, loss: record.loss,
        validation: trainer.state.latestScore, learningRate: record.learningRate,
        examplesPerStep: settings.batch, renewal: examples.renewal))
  }
}
