import RouseAudio
import RouseNumerics
import RouseTraining
import Testing

/// What the streams without the wake word are made of.
@Suite struct SceneTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Half a second of loud sound, nothing else.
  private func composer(isolated: Double) throws -> SceneComposer {
    for index in 0..<3 {
      try folder.write("n/\(index).wav", (0..<8_000).map { $0 % 2 == 0 ? 0.5 : -0.5 })
    }
    let store = try #require(
      try ClipStore.load(
        try folder.listing(["role: negative, folder: n"]), threads: 1, observer: TrainingObserver())
    )
    var preset = try TinyRun.preset()
    preset.examples.isolatedFraction = isolated
    preset.examples.gatedProbability = 0
    preset.examples.strangeSpeech = ExampleSettings.StrangeSpeech()
    return SceneComposer(positives: [], negatives: store.clips, noises: [], preset: preset)
  }

  /// Lengths in samples of the quiet between sounds, over several scenes with speech.
  private func pauses(_ composer: SceneComposer) -> [Int] {
    var pauses: [Int] = []
    for index in 0..<30 {
      var generator = SeededGenerator(seed: 9, stream: UInt64(index))
      let scene = composer.negative(&generator).samples
      // One scene in ten is noise, whose samples are of every size; the clips have loud ones and a few in fades.
      if scene.count(where: { (0.01..<0.1).contains(abs($0)) }) > 5_000 { continue }
      var quiet: Int?
      for sample in scene {
        if abs(sample) < 0.01 {
          quiet = quiet.map { $0 + 1 }
        } else {
          // What is quiet before the first sound is no pause.
          if let quiet, quiet > 200 { pauses.append(quiet) }
          quiet = 0
        }
      }
    }
    return pauses
  }

  /// A voice after quiet must not be enough: in scenes of isolated utterances it is as quiet as before a wake word.
  @Test func isolatedUtterancesStandAfterLongPauses() throws {
    let close = pauses(try composer(isolated: 0))
    let isolated = pauses(try composer(isolated: 1))
    #expect(close.count > 100 && isolated.count > 50)
    // A fade at the end of a cut utterance is quiet for a few milliseconds more.
    #expect(close.allSatisfy { $0 <= 16_000 })
    #expect(isolated.allSatisfy { $0 >= 4_800 && $0 <= 40_200 })
    #expect(isolated.count { $0 > 16_000 } > isolated.count / 2)
  }
}
