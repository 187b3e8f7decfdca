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
  let validation: ValidationSet
  private let maker: BankMaker
  private let settings: ExampleSettings
  private let threads: Int
  private let isCancelled: @Sendable () -> Bool
  private var next: BankInTheMaking?
  /// Of the generations before the next one.
  private var past = ExampleRenewal()

  private init(
    _ bank: FeatureBank, generation: Int, _ validation: ValidationSet, _ maker: BankMaker,
    _ settings: ExampleSettings, threads: Int, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.bank = bank
    self.generation = generation
    self.validation = validation
    self.maker = maker
    self.settings = settings
    self.threads = threads
    self.isCancelled = isCancelled
  }

  /// Composes and augments the clips of a corpus as the preset says.
  ///
  /// - Returns: nil when cancelled.
  static func make(
    _ clips: TrainingClips, preset: Preset, seed: UInt64, generation: Int = 0, threads: Int,
    observer: TrainingObserver
  ) -> Examples? {
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
    return Examples(
      bank, generation: generation, validation, maker, settings, threads: threads,
      isCancelled: observer.isCancelled)
  }

  /// The generation that a run goes on with from `state`: that of its next step, or of its last one when none is left.
  static func generation(_ state: TrainingState, _ preset: Preset) -> Int {
    let isFinished = state.isFinished(preset.training)
    return preset.examples.generation(ofStep: max(0, isFinished ? state.step - 1 : state.step))
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
    let made = next.finish(threads: threads)
    past = past + next.work
    past.waitedSeconds += (ContinuousClock.now - started) / .seconds(1)
    self.next = nil
    guard let made else { return false }
    bank = made
    self.generation = generation
    return true
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
