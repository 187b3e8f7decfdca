import RouseAudio
import RouseNumerics

/// What a network is trained on and what its checkpoints are compared on.
struct Examples: Sendable {
  var bank: FeatureBank
  var validation: ValidationSet

  /// Composes and augments the clips of a corpus as the preset says.
  ///
  /// - Returns: nil when cancelled.
  static func make(
    _ clips: TrainingClips, preset: Preset, seed: UInt64, threads: Int, observer: TrainingObserver
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
    guard
      let validation = ValidationSet.make(
        held, noises: clips.noises, preset: preset, seed: seed, threads: threads,
        observer: observer),
      let bank = FeatureBank.make(
        composer, augmenter, preset: preset, seed: seed, threads: threads, observer: observer)
    else { return nil }
    return Examples(bank: bank, validation: validation)
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
