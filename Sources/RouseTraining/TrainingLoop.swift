import RouseNumerics

/// The steps of a run with everything that happens between them: validations, metrics, checkpoints, progress.
struct TrainingLoop {
  private let trainer: Trainer
  private let validation: ValidationSet
  private let scanner: StreamScanner
  private let hardNegatives: HardNegatives
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
    validation = examples.validation
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
  func run() throws(TrainingError) -> Bool {
    while !trainer.isFinished {
      if observer.isCancelled() {
        try save()
        return false
      }
      _ = try trainer.step()
      let step = trainer.state.step
      if hardNegatives.isDue(after: step) {
        trainer.use(hardNegatives: hardNegatives.search(scanner))
      }
      let isValidation = step % settings.validateEvery == 0 || trainer.isFinished
      if !isValidation {
        if step % Self.stepsPerRecord == 0 { try record(nil) }
        continue
      }
      let score = validation.score(scanner)
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
        examplesPerStep: settings.batch))
  }
}
