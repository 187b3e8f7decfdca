import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

@Suite struct TrainingRunTests {
  /// A corpus of chirps: the wake word rises, everything else falls. Four speakers of each.
  private func corpus(in folder: TemporaryFolder) throws -> Corpus {
    var generator = SeededGenerator(seed: 11)
    for speaker in 0..<4 {
      for take in 0..<2 {
        for (name, from, to) in [("word", 500.0, 2500.0), ("other", 2500, 500)] {
          let pitch = 1 + 0.1 * Double(speaker) + 0.02 * Double(take)
          let chirp = (0..<6400).map { index -> Float in
            let t = Double(index) / 16000
            let phase = 2 * Double.pi * pitch * (from * t + (to - from) * t * t / 0.8)
            return Float(0.4 * sin(phase))
          }
          let samples = Timing.padded(chirp, before: 4800, after: 4800, &generator)
          let path = "\(folder.path)/\(name)/s\(speaker)/\(take).wav"
          try folder.write("\(name)/s\(speaker)/keep.txt", "")
          try AudioFile.write(AudioClip(samples: samples), to: path, format: .wav)
        }
      }
    }
    try folder.write("word/s0/broken.wav", "not sound")
    try folder.write("long/keep.txt", "")
    let hum = (0..<20_000).map { _ in generator.uniform(-0.05, 0.05) }
    try AudioFile.write(
      AudioClip(samples: hum), to: folder.path + "/long/hum.wav", format: .wav)
    let yaml = """
      wake_word: "rise: up"
      seed: 5
      sources:
        - {role: positive, folder: word}
        - {role: negative, folder: other}
        - {role: ambient, folder: long}
      """
    return try Corpus(file: try folder.write("corpus.yaml", yaml))
  }

  private func preset() throws -> Preset {
    var yaml = try Preset(named: "demo").source
    for (old, new) in [
      ("clip_ms: 1500", "clip_ms: 300"), ("first_conv_filters: 32", "first_conv_filters: 4"),
      ("[64, 64, 64, 64]", "[6, 6]"), ("[[5], [7, 11], [9, 15], [23]]", "[[3], [3, 5]]"),
      ("positive_streams: 3000", "positive_streams: 6"),
      ("negative_hours: 2", "negative_hours: 0.005"),
      ("validation_hours: 0.4", "validation_hours: 0.003"), ("batch: 128", "batch: 16"),
      ("steps: 2500", "steps: 24"), ("warm_up_steps: 100", "warm_up_steps: 4"),
      ("validate_every: 250", "validate_every: 6"), ("simulated_rooms: 24", "simulated_rooms: 1"),
      ("clips: 300", "clips: 3"), ("sliding_window: 5", "sliding_window: 2"),
    ] {
      #expect(yaml.contains(old))
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    return try Preset(yaml: yaml, file: "tiny.yaml")
  }

  @Test func aRunLeavesEverythingThatCompilingNeeds() throws {
    let folder = try TemporaryFolder()
    let corpus = try corpus(in: folder)
    let preset = try preset()
    let stages = Mutex(Set<TrainingProgress.Stage>())
    let summary = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/runs/a", threads: 2,
      observer: TrainingObserver(progress: { report in
        stages.withLock { _ = $0.insert(report.stage) }
      }))
    #expect(summary.outcome == .finished)
    #expect(summary.steps == 24)
    #expect(summary.skipped.map(\.name) == ["word/s0/broken.wav"])
    #expect(summary.clips[.positive]?[.test] == 2)
    #expect(stages.withLock { $0 } == Set(TrainingProgress.Stage.allCases))

    let model = try summary.folder.model()
    #expect(model.wakeWord == "rise: up")
    #expect(model.preset == preset)
    #expect(model.provenance.steps == 24)
    #expect(model.provenance.bestStep == summary.bestStep)
    #expect(model.provenance.score == summary.score)
    #expect(try summary.folder.calibration().clips.count == 3)
    let test = try summary.folder.test()
    #expect(test.clips.count == 2)
    // 1.5 s + 1 s + 0.6 s, less what the front end's window takes.
    #expect(test.clips.map(\.rows.count) == [308, 308])
    #expect(try summary.folder.ambient().clips.map(\.name) == ["long/hum.wav"])
    for store in [try summary.folder.calibration(), test, try summary.folder.ambient()] {
      try store.verifyRows()
    }

    #expect(throws: TrainingError.runExists(folder: folder.path + "/runs/a")) {
      try TrainingRun.execute(
        preset: preset, corpus: corpus, output: folder.path + "/runs/a", threads: 1)
    }
    let copy = folder.path + "/copy.rouse"
    try model.write(to: copy)
    #expect(try bytes(copy) == bytes(summary.folder.modelFile))
  }

  @Test func anInterruptedRunEndsInTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let corpus = try corpus(in: folder)
    let preset = try preset()
    let whole = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/whole", threads: 1)

    let isEnough = Mutex(false)
    let stopped = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/parts", threads: 2,
      observer: TrainingObserver(
        progress: { report in
          if report.stage == .training { isEnough.withLock { $0 = true } }
        }, isCancelled: { isEnough.withLock { $0 } }))
    #expect(stopped.outcome == .stopped)
    #expect(stopped.steps == 10)
    #expect(throws: TrainingError.missingPart(file: stopped.folder.modelFile)) {
      try stopped.folder.model()
    }
    let resumed = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/parts", threads: 2, resume: true)
    #expect(resumed.outcome == .finished)
    for (a, b) in zip(files(whole.folder), files(resumed.folder)) {
      #expect(try bytes(a) == bytes(b), "\(a)")
    }
  }

  @Test func aCorpusWithoutUsableWordsIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write("word/broken.wav", "not sound")
    try AudioFile.write(
      AudioClip(samples: [Float](repeating: 0, count: 16_000)),
      to: folder.path + "/word/silent.wav",
      format: .wav)
    let corpus = try Corpus(
      file: try folder.write(
        "c.yaml", "wake_word: w\nseed: 1\nsources:\n  - {role: positive, folder: word}\n"))
    #expect {
      try TrainingRun.execute(
        preset: try preset(), corpus: corpus, output: folder.path + "/run", threads: 1)
    } throws: { error in
      guard case .noUsableClips(.positive, .train, 2, let skipped) = error as? TrainingError else {
        return false
      }
      return skipped.map(\.name) == ["word/broken.wav", "word/silent.wav"]
        && skipped[1].reason == .noSpeech
    }
  }

  @Test func anotherPresetDoesNotResume() throws {
    let folder = try TemporaryFolder()
    let corpus = try corpus(in: folder)
    let preset = try preset()
    _ = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/run", threads: 1)
    var other = preset
    other.source += "# changed\n"
    #expect {
      try TrainingRun.execute(
        preset: other, corpus: corpus, output: folder.path + "/run", threads: 1, resume: true)
    } throws: { error in
      guard case .notTheSameRun(_, "preset", _, _) = error as? TrainingError else { return false }
      return true
    }
  }

  private func files(_ folder: RunFolder) -> [String] {
    [
      folder.presetFile, folder.summaryFile, folder.checkpointFile, folder.modelFile,
      folder.calibrationFile, folder.testFile, folder.ambientFile,
    ]
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
