import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

@Suite struct TrainingRunTests {
  @Test func aRunLeavesEverythingThatCompilingNeeds() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
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
    let all = Set(TrainingProgress.Stage.allCases)
    #expect(stages.withLock { $0 } == all.subtracting([.quantizationAware, .teacher]))

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
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
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
    #expect(stopped.steps == 6)
    #expect(throws: TrainingError.missingPart(file: stopped.folder.modelFile)) {
      try stopped.folder.model()
    }
    let resumed = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/parts", threads: 2, resume: true)
    #expect(resumed.outcome == .finished)
    let (expected, found) = (try whole.folder.files(), try resumed.folder.files())
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }
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
        preset: try TinyRun.preset(), corpus: corpus, output: folder.path + "/run", threads: 1)
    } throws: { error in
      guard case .noUsableClips(let missing) = error as? TrainingError else { return false }
      return missing.role == .positive && missing.listed == [.train: 2]
        && missing.skipped.map(\.name) == ["word/broken.wav", "word/silent.wav"]
        && missing.skipped[1].reason == .silent
    }
  }

  @Test func anotherPresetDoesNotResume() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
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

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
