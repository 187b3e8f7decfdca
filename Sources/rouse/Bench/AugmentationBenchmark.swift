import Dispatch
import RouseAudio
import RouseFrontEnd
import RouseNumerics
import RouseTraining

/// Clips of 3.2 s that are varied and become features in a second.
struct AugmentationBenchmark: Benchmark {
  /// What the project set out to reach; the reference reached 163 on the machine of that goal.
  private static let goal = 1000.0
  private static let clipSeconds = 3.2
  private static let clips = 64

  let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  /// The probabilities of microWakeWord's training notebook: room 0.5, background 0.75 at −5 to 10 dB, gain always, and a
  /// tenth each of equaliser, distortion, pitch, band stop and coloured noise.
  private static var reference: AugmentationSettings {
    var settings = AugmentationSettings()
    settings.roomProbability = 0.5
    settings.noiseProbability = 0.75
    settings.snrDecibels = -5...10
    settings.colouredNoiseShare = 0
    settings.equaliserProbability = 0.1
    settings.softClipProbability = 0.1
    settings.pitchProbability = 0.1
    settings.bandStopProbability = 0.1
    settings.hissProbability = 0.1
    return settings
  }

  func measure() throws -> [BenchmarkFigure] {
    let sounds = Sounds()
    let standard = try Preset(named: "esphome-standard").examples.augmentation
    var figures = [
      figure("reference's chain, one core", Self.reference, sounds, goal: Self.goal),
      figure("esphome-standard, one core", standard, sounds),
    ]
    if options.threads > 1 {
      figures.append(
        figure(
          "reference's chain, \(options.threads) threads", Self.reference, sounds,
          threads: options.threads))
    }
    return figures
  }

  private struct Sounds: Sendable {
    let clips = (0..<4 as Range<UInt64>).map {
      BenchmarkSound.speech(seconds: clipSeconds, seed: $0)
    }
    let noises = BenchmarkSound.noises(4, seconds: 30)
    let rooms = BenchmarkSound.rooms(24)
  }

  private func figure(
    _ name: String, _ settings: AugmentationSettings, _ sounds: Sounds, goal: Double? = nil,
    threads: Int = 1
  ) -> BenchmarkFigure {
    let augmenter = Augmenter(settings, noises: sounds.noises, rooms: sounds.rooms)
    @Sendable func vary(_ index: Int) {
      var generator = SeededGenerator(seed: 3, stream: UInt64(index))
      let clip = sounds.clips[index % sounds.clips.count]
      let varied = augmenter.augment(clip, keeping: clip.count / 2, &generator)
      let rows = FeatureStreams.rows(varied, stepMilliseconds: 10)
      precondition(rows.count == FeatureStreams.channels * 318)
    }
    return BenchmarkRounds.figure(
      "augmentation and features, \(name)", unit: "clips/s", goal: goal, work: Double(Self.clips),
      per: threads == 1 ? .processor : .wall, options: options
    ) {
      guard threads > 1 else { return (0..<Self.clips).forEach(vary) }
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        for index in stride(from: thread, to: Self.clips, by: threads) { vary(index) }
      }
    }
  }
}
