import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

/// Streams that are made anew while a network trains.
@Suite struct RenewalTests {
  private static let renewEvery = 8

  /// Validations, and with them reports, every four steps.
  private static func preset(renewEvery: Int? = renewEvery) throws -> Preset {
    let renewal = renewEvery.map { "  renew_every: \($0)\n" } ?? ""
    var yaml = try TinyRun.preset().source
    for (old, new) in [
      ("validate_every: 6", "validate_every: 4"),
      ("  hard_negatives:", "\(renewal)  hard_negatives:"),
      ("search_every: 8", "search_every: 5"),
    ] {
      yaml.replaceSubrange(try #require(yaml.range(of: old)), with: new)
    }
    return try Preset(yaml: yaml, file: "tiny.yaml")
  }

  // MARK: - Settings

  @Test func generationsFollowTheSteps() throws {
    var settings = try TinyRun.preset().examples
    #expect(settings.renewEvery == 0)
    #expect(try Preset(named: "esphome-standard").examples.renewEvery == 0)
    #expect([0, 1, 1000].map(settings.generation) == [0, 0, 0])
    #expect(![0, 1, 1000].contains(where: settings.isRenewed))
    settings.renewEvery = 3
    #expect((0...7).map(settings.generation) == [0, 0, 0, 1, 1, 1, 2, 2])
    #expect((0...7).filter(settings.isRenewed) == [3, 6])
  }

  @Test func aSearchThatARenewalMakesIsNotMadeTwice() throws {
    var preset = try TinyRun.preset()
    preset.examples.hardNegatives.searchEvery = 4
    preset.examples.renewEvery = 6
    let hard = HardNegatives(FeatureBank(), preset)
    #expect((1...16).filter(hard.isDue) == [4, 8, 16])
  }

  // MARK: - Streams

  @Test func aGenerationIsNewStreamsOfTheSameRecordings() throws {
    let folder = try TemporaryFolder()
    let preset = try Self.preset()
    let listing = try CorpusListing(try TinyRun.corpus(in: folder))
    let store = try #require(
      try ClipStore.load(listing, threads: 2, observer: TrainingObserver()))
    let composer = SceneComposer(
      positives: store.clips(.positive, .train), negatives: store.clips(.negative, .train),
      noises: [], preset: preset)
    let augmenter = Augmenter(preset.examples.augmentation, noises: [], rooms: [])
    let maker = BankMaker(composer, augmenter, preset: preset, seed: 5)
    #expect(maker.count == 6 + 2)
    for index in [0, 5, 6, 7] {
      let streams = (0..<3).map { maker.stream(index, generation: $0) }
      #expect(Set(streams.map(\.rows)).count == 3)
      #expect(streams.allSatisfy { $0.rows.count == streams[0].rows.count })
      #expect(streams.allSatisfy { $0.word == streams[0].word })
      #expect(streams.allSatisfy { ($0.word != nil) == (index < 6) })
      #expect(maker.stream(index, generation: 2).rows == streams[2].rows)
    }
    // The first generation is drawn as when there were no others.
    var generator = SeededGenerator(seed: 5, stream: 0x1_0000_0003)
    let clips = composer.positives.clips
    let scene = composer.positive(clips[3 % clips.count], &generator)
    let word = try #require(scene.word)
    let varied = augmenter.augment(scene.samples, keeping: word.upperBound, &generator)
    let first = maker.stream(3, generation: 0)
    #expect(first.rows == FeatureStreams.rows(varied, stepMilliseconds: 10))
    #expect(first.word == word)
  }

  // MARK: - Runs

  private func run(
    _ preset: Preset, _ corpus: Corpus, _ output: String, threads: Int, resume: Bool = false,
    observer: TrainingObserver = TrainingObserver()
  ) throws -> RunSummary {
    try TrainingRun.execute(
      preset: preset, corpus: corpus, output: output, threads: threads, resume: resume,
      observer: observer)
  }

  private func expectSame(_ a: RunFolder, _ b: RunFolder) throws {
    let (expected, found) = (try a.files(), try b.files())
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }
  }

  @Test func neitherThreadsNorInterruptionsChangeTheResult() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try Self.preset()
    let one = try run(preset, corpus, folder.path + "/one", threads: 1)
    let renewals = Mutex<[ExampleRenewal]>([])
    let two = try run(
      preset, corpus, folder.path + "/two", threads: 2,
      observer: TrainingObserver(progress: { report in
        if let renewal = report.renewal { renewals.withLock { $0.append(renewal) } }
      }))
    try expectSame(one.folder, two.folder)
    // Two more generations of eight streams each.
    let last = try #require(renewals.withLock { $0.last })
    #expect(last.streams == 16 && last.seconds > 0 && last.waitedSeconds >= 0)

    // Stops at the boundary, then while the next streams are made, then behind it, and goes on to the end.
    let parts = folder.path + "/parts"
    let atBoundary = Interruption { report, _ in report == 8 }
    #expect(try stopped(preset, corpus, parts, atBoundary, threads: 2) == 8)
    #expect(try Checkpoint(path: RunFolder(parts).checkpointFile).state.hardNegatives.isEmpty)
    let behindIt = Interruption { report, _ in report == 12 }
    #expect(try stopped(preset, corpus, parts, behindIt, threads: 1) == 12)
    let whileMaking = Interruption { report, questions in report == 16 && questions == 3 }
    #expect(try stopped(preset, corpus, parts, whileMaking, threads: 1) == 16)
    let resumed = try run(preset, corpus, parts, threads: 2, resume: true)
    #expect(resumed.outcome == .finished)
    try expectSame(one.folder, resumed.folder)
    // A run that lacks nothing but its result makes the same result.
    try FileManager.default.removeItem(atPath: resumed.folder.modelFile)
    try FileManager.default.removeItem(atPath: resumed.folder.calibrationFile)
    try expectSame(
      one.folder, try run(preset, corpus, parts, threads: 2, resume: true).folder)
  }

  /// Asks a run to stop by the step of the latest report and the questions since.
  private final class Interruption: Sendable {
    private let state = Mutex((report: 0, questions: 0))
    private let isWanted: @Sendable (Int, Int) -> Bool

    init(_ isWanted: @escaping @Sendable (Int, Int) -> Bool) { self.isWanted = isWanted }

    var observer: TrainingObserver {
      TrainingObserver(
        progress: { report in
          guard report.stage == .training else { return }
          self.state.withLock { $0 = (report.done, 0) }
        },
        isCancelled: {
          self.state.withLock { state in
            state.questions += 1
            return self.isWanted(state.report, state.questions)
          }
        })
    }

    /// Questions that were asked since the latest report.
    var questions: Int { state.withLock { $0.questions } }
  }

  /// Steps done when the run stopped; it asks nothing more then.
  private func stopped(
    _ preset: Preset, _ corpus: Corpus, _ output: String, _ interruption: Interruption,
    threads: Int
  ) throws -> Int {
    let summary = try run(
      preset, corpus, output, threads: threads, resume: true, observer: interruption.observer)
    #expect(summary.outcome == .stopped)
    let questions = interruption.questions
    usleep(20_000)
    #expect(interruption.questions == questions)
    return summary.steps
  }

  @Test func streamsThatOutliveTheRunChangeNothing() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let without = try run(
      try Self.preset(renewEvery: nil), corpus, folder.path + "/without", threads: 1)
    let late = try run(
      try Self.preset(renewEvery: 24), corpus, folder.path + "/late", threads: 2)
    let renewed = try run(try Self.preset(), corpus, folder.path + "/renewed", threads: 2)
    // The last weights: the best ones may be older than the first renewal.
    let weights = try [without, late, renewed].map { summary -> [Float] in
      let values = try Checkpoint(path: summary.folder.checkpointFile).state.values
      return FloatView(values, shape: [values.count]).values
    }
    #expect(zip(weights[0], weights[1]).allSatisfy { $0 == $1 })
    #expect(!zip(weights[0], weights[2]).allSatisfy { $0 == $1 })
  }
}
