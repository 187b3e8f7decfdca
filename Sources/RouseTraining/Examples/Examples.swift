import RouseAudio
import RouseNumerics

/// What a network is trained on and what its checkpoints are compared on.
///
/// While the steps of one generation of streams run, a thread of its own makes the next one; when it is not ready in time,
/// all threads finish it. One thread alone makes it when it is needed. At most two banks are in memory: the one in use and
/// the one in the making.
final class Examples {
  private(set) var bank: FeatureBank
  private(set) var generation: Int
  /// What the teacher says of the bank; nil without one.
  private var lesson: Lesson?
  let validation: ValidationSet
  private let teacher: TeacherRun?
  private let distillation: DistillationSettings
  private let maker: BankMaker
  private let settings: ExampleSettings
  private let threads: Int
  private let isCancelled: @Sendable () -> Bool
  private var next: BankInTheMaking?
  /// Of the generations before the next one.
  private var past = ExampleRenewal()

  private init(
    _ bank: FeatureBank, generation: Int, _ validation: ValidationSet, _ maker: BankMaker,
    _ preset: Preset, _ teacher: TeacherRun?, threads: Int,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.bank = bank
    self.teacher = teacher
    distillation = preset.training.distillation
    self.generation = generation
    self.validation = validation
    self.maker = maker
    settings = preset.examples
    self.threads = threads
    self.isCancelled = isCancelled
  }

  /// Composes and augments the clips of a corpus as the preset says.
  ///
  /// - Throws: `.teacherWindow`.
  /// - Returns: nil when cancelled.
  static func make(
    _ clips: TrainingClips, preset: Preset, seed: UInt64, generation: Int = 0,
    teacher: Teacher? = nil, threads: Int, observer: TrainingObserver
  ) throws(TrainingError) -> Examples? {
    let settings = preset.examples
    let rooms = FeatureBank.rooms(
      clips.impulses, simulated: settings.simulatedRooms, seed: seed)
    let augmenter = Augmenter(
      settings.augmentation, noises: clips.noises.map(\.samples), rooms: rooms)
    let composer = SceneComposer(
      positives: clips.positives, negatives: clips.negatives, noises: clips.noises, preset: preset)
    let held = SceneComposer(
      positives: clips.validationPositives, negatives: clips.validationNegatives,
      noises: clips.noises, preset: preset, settings: settings.asRecorded)
    let maker = BankMaker(composer, augmenter, preset: preset, seed: seed)
    var run: TeacherRun?
    if let teacher { run = try TeacherRun(teacher, preset, maker, threads: threads) }
    guard
      let validation = ValidationSet.make(
        held, noises: clips.noises, preset: preset, seed: seed, threads: threads,
        observer: observer),
      let bank = BankInTheMaking(
        maker, generation: generation,
        counter: ProgressCounter(.examples, total: maker.count, observer),
        isCancelled: observer.isCancelled
      ).finish(threads: threads)
    else { return nil }
    let examples = Examples(
      bank, generation: generation, validation, maker, preset, run, threads: threads,
      isCancelled: observer.isCancelled)
    let total = bank.streams.ranges.count
    let isHeard = examples.hear { heard in
      observer.progress(TrainingProgress(stage: .teacher, done: heard, total: total))
    }
    return isHeard ? examples : nil
  }

  /// The generation that a run goes on with from `state`: that of its next step, or of its last one when none is left.
  static func generation(_ state: TrainingState, _ preset: Preset) -> Int {
    let isFinished = state.isFinished(preset.training)
    return preset.examples.generation(ofStep: max(0, isFinished ? state.step - 1 : state.step))
  }

  /// Draws from the bank and, when there is a teacher, from what it says.
  func sampler(_ preset: Preset, seed: UInt64) -> ExampleSampler {
    ExampleSampler(bank, preset, seed: seed, lesson: lesson)
  }

  /// Asks the teacher about the bank; false when cancelled.
  private func hear(_ heard: (Int) -> Void = { _ in }) -> Bool {
    guard let teacher else { return true }
    guard let logits = teacher.logits(bank, heard: heard, isCancelled: isCancelled) else {
      return false
    }
    lesson = Lesson(logits, distillation)
    return true
  }

  // MARK: - Renewal

  /// What was made while training; nil when the first streams serve to the end.
  var renewal: ExampleRenewal? {
    guard settings.renewEvery > 0 else { return nil }
    return next.map { past + $0.work } ?? past
  }

  /// Begins to make the next generation in the background, unless training ends before it after `steps` steps.
  func makeAhead(ofSteps steps: Int) {
    guard threads > 1, next == nil, steps > 0,
      generation < settings.generation(ofStep: steps - 1)
    else { return }
    let next = BankInTheMaking(maker, generation: generation + 1, isCancelled: isCancelled)
    next.begin()
    self.next = next
  }

  /// Goes on with the streams of `generation`, which takes a while when they are not ready.
  ///
  /// - Returns: false when cancelled.
  func renew(to generation: Int) -> Bool {
    guard generation != self.generation else { return true }
    if next?.generation != generation { stop() }
    let next =
      self.next ?? BankInTheMaking(maker, generation: generation, isCancelled: isCancelled)
    let started = ContinuousClock.now
    defer { past.waitedSeconds += (ContinuousClock.now - started) / .seconds(1) }
    let made = next.finish(threads: threads)
    past = past + next.work
    self.next = nil
    guard let made else { return false }
    bank = made
    self.generation = generation
    return hear()
  }

  /// Ends what works in the background.
  func stop() {
    next?.stop()
    next = nil
  }

  /// - Throws: `.corrupt` when a checkpoint names windows that the examples do not have.
  func check(
    _ state: TrainingState, _ preset: Preset, _ checkpoint: String
  ) throws(TrainingError) {
    let count = bank.streams.values.count / FeatureStreams.channels
    guard let last = state.hardNegatives.max(), Int(last) + preset.windowRows > count else {
      return
    }
    throw .corrupt(
      file: checkpoint, offset: 0, expected: "windows that begin in the \(count) rows of examples",
      found: "one at row \(last)")
  }
}
