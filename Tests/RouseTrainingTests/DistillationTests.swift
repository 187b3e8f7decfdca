import Foundation
import RouseIR
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

/// Learning from a teacher beside the labels.
@Suite struct DistillationTests {
  // MARK: - Settings

  @Test func numbersThatAreLeftOutAreAsTheStandardPresetSays() throws {
    let standard = try Preset(named: "esphome-standard")
    #expect(standard.training.distillation == DistillationSettings())
    func read(_ old: String, _ new: String) throws -> DistillationSettings {
      var yaml = standard.source
      yaml.replaceSubrange(try #require(yaml.range(of: old)), with: new)
      return try Preset(yaml: yaml, file: "p.yaml").training.distillation
    }
    let section = "  distillation:\n    weight: 0.5\n    temperature: 2\n"
    #expect(try read(section, "") == DistillationSettings())
    #expect(try read(section, "  distillation: {weight: 1}\n").weight == 1)
    #expect(try read(section, "  distillation: {temperature: 4}\n").temperature == 4)
    #expect {
      try read(section, "  distillation: {weight: 2}\n")
    } throws: { error in
      guard case .wrongValue(_, _, "training.distillation.weight", _, _) = error as? TrainingError
      else { return false }
      return true
    }
  }

  @Test func targetsMixLabelAndTeacher() {
    let half = DistillationSettings(weight: 0.25, temperature: 2)
    let probability = Float(1 / (1 + exp(-1.5)))
    #expect(abs(half.target(1, logit: 3) - (0.75 + 0.25 * probability)) < 1e-6)
    #expect(abs(half.target(0, logit: -3) - 0.25 * (1 - probability)) < 1e-6)
    #expect(half.target(0.975, logit: .nan) == 0.975)
    #expect(DistillationSettings(weight: 0).target(0.025, logit: 9) == 0.025)
    // The logistic function of a logit is never quite 0 or 1; as a number of 24 bits it is.
    let hard = DistillationSettings(weight: 1, temperature: 0.01)
    #expect(hard.target(0.9, logit: 5) == 1)
    #expect(hard.target(0.1, logit: -5) < 1e-30)
  }

  // MARK: - Banks

  /// Streams of random features, the first two with a word.
  private func bank(rows: Int = 330) -> FeatureBank {
    var generator = SeededGenerator(seed: 5)
    var streams = FeatureStreams()
    for stream in 0..<5 {
      streams.append((0..<40 * (rows + stream)).map { _ in Int8(generator.below(256) - 128) })
    }
    return FeatureBank(
      streams: streams,
      positives: [
        .init(stream: 0, word: 16_000..<26_000), .init(stream: 1, word: 17_000..<28_000),
      ],
      negatives: [2, 3, 4])
  }

  private func fill(
    _ bank: FeatureBank, _ preset: Preset, _ lesson: Lesson?, hard: [UInt32] = []
  ) -> (targets: [Float], weights: [Float], inputs: [Float]) {
    let batch = preset.training.batch
    let input = FloatView(zeros: [batch, preset.windowRows, 40])
    let (targets, weights) = (FloatView(zeros: [batch]), FloatView(zeros: [batch]))
    ExampleSampler(bank, preset, seed: 1, lesson: lesson).fill(
      step: 3, phase: preset.training.phases[0], hardNegatives: hard, input: input,
      targets: targets, weights: weights, shards: Shards(batch: batch, threads: 2))
    return (targets.values, weights.values, input.values)
  }

  /// A teacher that says +5 where a stream has the word and −5 elsewhere.
  private func oracle(_ bank: FeatureBank, settling: Int = 0) -> Teacher {
    let words = bank.positives.map { positive in
      let range = bank.streams.ranges[positive.stream]
      return Array(bank.streams.values[range.lowerBound * 40..<range.upperBound * 40])
    }
    return .listener(
      TeacherListener(
        digest: "o", stepMilliseconds: 10, strideRows: 2, settlingSteps: settling
      ) { rows in
        [Float](repeating: words.contains(rows) ? 5 : -5, count: rows.count / 80)
      })
  }

  private func said(_ run: TeacherRun, _ bank: FeatureBank) -> TeacherLogits? {
    run.logits(bank, isCancelled: { false })
  }

  @Test func aTeacherThatIsAlwaysRightGivesTheLabelsBack() throws {
    var preset = try TinyRun.preset()
    preset.training.labelSmoothing = 0
    preset.examples.partialWordFraction = 0
    preset.training.distillation = DistillationSettings(weight: 1, temperature: 0.01)
    let bank = bank()
    let run = try TeacherRun(oracle(bank), preset, threads: 2)
    let logits = try #require(said(run, bank))
    let lesson = Lesson(logits, preset.training.distillation)
    let geometry = WindowGeometry(preset)
    let hard = (0..<9).map {
      UInt32(bank.streams.ranges[3].lowerBound + geometry.start(ofWindow: 10 * $0))
    }
    for hard in [[], hard] {
      let plain = fill(bank, preset, nil, hard: hard)
      let taught = fill(bank, preset, lesson, hard: hard)
      #expect(plain.inputs == taught.inputs && plain.weights == taught.weights)
      #expect(Set(plain.targets) == [0, 1])
      #expect(zip(plain.targets, taught.targets).allSatisfy { abs($0 - $1) < 1e-30 })
    }
    preset.training.distillation = DistillationSettings(weight: 0.5, temperature: 2)
    let soft = fill(bank, preset, Lesson(logits, preset.training.distillation)).targets
    let expected = 0.5 + 0.5 * Float(1 / (1 + exp(-2.5)))
    #expect(soft.allSatisfy { abs(max($0, 1 - $0) - expected) < 1e-6 })
  }

  @Test func whatATeacherHasNotHeardIsLearnedFromTheLabel() throws {
    let preset = try TinyRun.preset()
    let bank = bank()
    let whole = try TeacherRun(oracle(bank, settling: 1000), preset, threads: 1)
    let none = try #require(said(whole, bank))
    #expect(
      fill(bank, preset, Lesson(none, DistillationSettings(weight: 1))).targets
        == fill(bank, preset, nil).targets)
    let isAsked = Mutex(0)
    let stopped = whole.logits(
      bank,
      isCancelled: {
        isAsked.withLock {
          $0 += 1
          return true
        }
      })
    #expect(stopped == nil)
    #expect(isAsked.withLock { $0 } == 1)
  }

  /// A teacher with a longer window and another stride: for each window of the student the teacher's window that ends
  /// nearest, found here by looking at all of them.
  @Test(arguments: ["stride: 1", "stride: 2", "stride: 3"])
  func windowsAreAlignedByTheirEnds(_ stride: String) throws {
    let student = try TinyRun.preset()
    var yaml = student.source
    for (old, new) in [("clip_ms: 300", "clip_ms: 640"), ("stride: 3", stride)] {
      yaml.replaceSubrange(try #require(yaml.range(of: old)), with: new)
    }
    let teacher = try Preset(yaml: yaml, file: "teacher.yaml")
    var generator = SeededGenerator(seed: 9)
    let graph = try teacher.architecture.graph(stepMilliseconds: 10, generator: &generator)
    let model = TrainedModel(
      graph: graph, preset: teacher, wakeWord: "w",
      provenance: TrainingProvenance(
        presetDigest: "", corpusDigest: "", seed: 0, steps: 0, bestStep: 0, score: nil))
    let bank = bank()
    let run = try TeacherRun(.network(model), student, threads: 2)
    let found = try #require(said(run, bank))

    let layout = ParameterLayout(graph)
    let scanner = try StreamScanner(
      teacher, layout: layout, values: layout.values(of: graph), threads: 1)
    let (own, its) = (WindowGeometry(student), WindowGeometry(teacher))
    var heard = 0
    for (range, logits) in zip(bank.streams.ranges, scanner.logits(bank.streams)) {
      let ends = logits.indices.map { its.end(start: its.start(ofWindow: $0)) }
      for window in 0..<own.windows(inRows: range.count) {
        let start = own.start(ofWindow: window)
        let end = own.end(start: start)
        let nearest = try #require(
          ends.indices.min { abs(ends[$0] - end) < abs(ends[$1] - end) })
        let value = found[range.lowerBound + start]
        let distance = abs(ends[nearest] - end)
        let stride = its.stride * its.stepSamples
        if end < ends[0] ? 2 * distance < stride : 2 * distance <= stride {
          #expect(value == logits[nearest])
          heard += 1
        } else if end < ends[0] {
          #expect(value.isNaN)
        }
      }
    }
    #expect(heard > 100)
  }

  // MARK: - Runs

  /// A preset with streams that are renewed, and a trained teacher with a longer window.
  private func taught(
    _ folder: TemporaryFolder
  ) throws -> (corpus: Corpus, preset: Preset, teacher: TrainedModel) {
    let corpus = try TinyRun.corpus(in: folder)
    var yaml = try TinyRun.preset().source
    yaml.replaceSubrange(try #require(yaml.range(of: "clip_ms: 300")), with: "clip_ms: 500")
    let teacher = try TrainingRun.execute(
      preset: try Preset(yaml: yaml, file: "teacher.yaml"), corpus: corpus,
      output: folder.path + "/teacher", threads: 2)
    yaml = try TinyRun.preset().source
    yaml.replaceSubrange(
      try #require(yaml.range(of: "  hard_negatives:")), with: "  renew_every: 9\n  hard_negatives:"
    )
    return (corpus, try Preset(yaml: yaml, file: "p.yaml"), try teacher.folder.model())
  }

  @Test func aTeacherBelongsToTheRun() throws {
    let folder = try TemporaryFolder()
    let (corpus, preset, model) = try taught(folder)
    func run(
      _ name: String, _ teacher: Teacher?, threads: Int, resume: Bool = false,
      until step: Int = .max
    ) throws -> RunSummary {
      let done = Mutex(0)
      return try TrainingRun.execute(
        preset: preset, corpus: corpus, output: folder.path + "/" + name, threads: threads,
        teacher: teacher, resume: resume,
        observer: TrainingObserver(
          progress: { report in
            if report.stage == .training { done.withLock { $0 = report.done } }
          }, isCancelled: { done.withLock { $0 >= step } }))
    }
    let one = try run("one", .network(model), threads: 1)
    let provenance = try one.folder.model().provenance
    #expect(provenance.teacherDigest.count == 64)
    #expect(try one.folder.history().description.teacherDigest == provenance.teacherDigest)

    #expect(try run("parts", .network(model), threads: 2, until: 12).steps == 12)
    let other = TeacherListener(
      digest: "other", stepMilliseconds: 10, strideRows: 3, settlingSteps: 0, logits: { _ in [] })
    for other in [nil, Teacher.listener(other)] {
      #expect {
        try run("parts", other, threads: 2, resume: true)
      } throws: { error in
        guard case .notTheSameRun(_, "teacher", _, _) = error as? TrainingError else {
          return false
        }
        return true
      }
    }
    let two = try run("parts", .network(model), threads: 2, resume: true)
    let (expected, found) = (try one.folder.files(), try two.folder.files())
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }

    let alone = try run("alone", nil, threads: 2)
    #expect(try alone.folder.model().graph != one.folder.model().graph)
    #expect(try alone.folder.model().provenance.teacherDigest.isEmpty)
  }

  @Test func aTeacherOfOtherRowsIsRefused() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
    func error(_ step: Int, settling: Int) -> TrainingError? {
      let listener = TeacherListener(
        digest: "t", stepMilliseconds: step, strideRows: 3, settlingSteps: settling,
        logits: { [Float](repeating: 0, count: $0.count / 120) })
      do throws(TrainingError) {
        _ = try TrainingRun.execute(
          preset: preset, corpus: corpus, output: folder.path + "/run", threads: 1,
          teacher: .listener(listener))
        return nil
      } catch { return error }
    }
    #expect(error(20, settling: 0) == .teacherStep(expected: 10, found: 20))
    guard case .teacherWindow(303, let most) = error(10, settling: 100) else {
      Issue.record("a teacher that hears nothing was taken")
      return
    }
    #expect((100..<303).contains(most))
  }

  // MARK: - Scores

  private func scores(_ folder: TemporaryFolder, _ text: String) throws -> RecordingScores {
    try RecordingScores(file: try folder.write("scores.csv", text))
  }

  @Test func scoresAreTheTargetsOfTheirRecordings() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    var preset = try TinyRun.preset()
    preset.training.distillation = DistillationSettings(weight: 1, temperature: 1)
    let names = try CorpusListing(corpus).records(.positive, .train).map(\.name)
    let some = try scores(folder, "score,path\n0.25,\(names[0])\n1,\(names[2])\n")
    let summary = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/run", threads: 2,
      teacher: .scores(some))
    let usable = try #require(summary.clips[.positive]?[.train])
    let scored = [names[0], names[2]].count { name in !summary.skipped.contains { $0.name == name }
    }
    #expect(summary.warnings.contains(.withoutScore(usable - scored, of: usable)))
    let alone = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/alone", threads: 2)
    #expect(try summary.folder.model().graph != alone.folder.model().graph)

    // Of a positive, its score; of a window that ends within the word, and of a negative, the label.
    preset.training.labelSmoothing = 0
    preset.examples.partialWordFraction = 1
    let bank = bank()
    let logits = TeacherLogits(positives: [0, .nan])
    let taught = fill(bank, preset, Lesson(logits, preset.training.distillation)).targets
    let plain = fill(bank, preset, nil).targets
    #expect(Set(taught) == [0, 0.5, 1])
    #expect(zip(taught, plain).allSatisfy { $0 == $1 || ($0 == 0.5 && $1 == 1) })
  }

  @Test(arguments: [
    ("path,mark\na,1\n", "score"), ("path,score\nword/s0/0.wav,1.5\n", "1.5"),
    ("path,score\nword/s0/0.wav,nan\n", "nan"), ("path,score\nword/s0/0.wav,\n", "``"),
    ("path,score\nword/s0/0.wav,1\nword/s0/0.wav,0\n", "again"),
    ("path,score\nword/s0/7.wav,1\n", "word/s0/7.wav"), ("path,score\n", "scores.csv"),
    ("path,score\nother/s0/0.wav,1\n", "other/s0/0.wav"),
  ])
  func scoresThatCannotBeRightAreErrors(_ text: String, _ named: String) throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    #expect {
      let scores = try scores(folder, text)
      _ = try TrainingRun.execute(
        preset: try TinyRun.preset(), corpus: corpus, output: folder.path + "/run", threads: 1,
        teacher: .scores(scores))
    } throws: { error in
      switch error as? TrainingError {
      case .missingColumn(_, let column, _): column == named
      case .badRow(_, let line, _, let found): line >= 2 && found.contains(named)
      case .unknownRecording(_, 2, named, _): true
      case .noScores(let file): file.hasSuffix(named)
      default: false
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }
}
