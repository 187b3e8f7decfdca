import Foundation
import RouseIR
import RouseTraining
import Synchronization
import Testing

/// What a run does with the stage that its preset's `quantization_aware` asks for.
@Suite struct RefinedRunTests {
  private static func preset() throws -> Preset {
    let yaml = try TinyRun.preset().source.replacingOccurrences(
      of: "  validate_every: 6\n",
      with: "  validate_every: 6\n  quantization_aware: {steps: 7, learning_rate: 0.01}\n")
    return try Preset(yaml: yaml, file: "tiny.yaml")
  }

  /// Stands for training: doubles the bias of the dense unit.
  private static func changed(_ graph: Graph) -> Graph {
    var graph = graph
    if let id = graph.value(named: "dense/bias") {
      graph[id].constant = .float32(graph[id].floats.map { 2 * $0 + 1 })
    }
    return graph
  }

  private static let recalls = QuantizationAwareRecalls(steps: 7, before: 0.7, after: 0.8)

  @Test func theRefinedWeightsAreTheResult() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let seen = Mutex<TrainedModel?>(nil)
    let summary = try TrainingRun.execute(
      preset: try Self.preset(), corpus: corpus, output: folder.path + "/run", threads: 1,
      refine: { training throws(TrainingError) in
        // Everything but the model is there.
        _ = (try training.folder.calibration(), try training.folder.validation())
        seen.withLock { $0 = training.model }
        return Refinement(
          graph: Self.changed(training.model.graph), outcome: .compared(Self.recalls))
      })
    #expect(summary.quantizationAware == .compared(Self.recalls))
    let model = try summary.folder.model()
    let float = try #require(seen.withLock { $0 })
    #expect(model.graph == Self.changed(float.graph) && model.graph != float.graph)
    #expect(model.provenance.quantizationAware == Self.recalls)
    #expect(model.provenance.score == float.provenance.score)
    #expect(
      try summary.folder.history().description.quantizationAware == .compared(Self.recalls))
    let run = try String(contentsOfFile: summary.folder.summaryFile, encoding: .utf8)
    #expect(
      run.contains(
        "quantization_aware: {steps: 7, recall_before: 0.7, recall_after: 0.8, kept: true}\n"))

    // A checkpoint is of the float network.
    let exported = RunFolder(folder.path + "/exported")
    try summary.folder.exportCheckpoint(step: summary.bestStep, to: exported.path)
    #expect(try exported.model().graph == float.graph)
    let facts = try String(contentsOfFile: exported.summaryFile, encoding: .utf8)
    #expect(!facts.contains("quantization_aware"))
  }

  @Test func withoutStepsThereIsNoStage() throws {
    let folder = try TemporaryFolder()
    let summary = try TrainingRun.execute(
      preset: try TinyRun.preset(), corpus: try TinyRun.corpus(in: folder),
      output: folder.path + "/run", threads: 1,
      refine: { _ throws(TrainingError) in
        Issue.record("nobody asked")
        return nil
      })
    #expect(summary.outcome == .finished && summary.quantizationAware == nil)
    #expect(try summary.folder.model().provenance.quantizationAware == nil)
  }

  @Test func stoppedInTheStageItEndsInTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let stage: RefiningStage = { training throws(TrainingError) in
      Refinement(
        graph: Self.changed(training.model.graph),
        outcome: .unsupported(op: "add", node: "block \"2\"/add"))
    }
    func run(_ name: String, resume: Bool, _ stage: @escaping RefiningStage) throws -> RunSummary {
      try TrainingRun.execute(
        preset: try Self.preset(), corpus: corpus, output: "\(folder.path)/\(name)", threads: 2,
        refine: stage, resume: resume)
    }
    let whole = try run("whole", resume: false, stage)
    let stopped = try run("parts", resume: false) { _ throws(TrainingError) in nil }
    #expect(stopped.outcome == .stopped && stopped.steps == 24)
    #expect(throws: TrainingError.missingPart(file: stopped.folder.modelFile)) {
      try stopped.folder.model()
    }
    let resumed = try run("parts", resume: true, stage)
    #expect(resumed.outcome == .finished && resumed.quantizationAware == whole.quantizationAware)
    let (expected, found) = (try whole.folder.files(), try resumed.folder.files())
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }
    #expect(try resumed.folder.history().description.quantizationAware == whole.quantizationAware)
    // What cannot be simulated leaves the model's file as any other.
    #expect(try resumed.folder.model().provenance.quantizationAware == nil)
  }

  @Test(arguments: [
    (
      QuantizationAwareOutcome.compared(.init(steps: 500, before: 0.93125, after: 0.94)),
      "of 500 steps kept: int8 mean recall 93.13 % before, 94.00 % after"
    ),
    (
      .compared(.init(steps: 500, before: 1, after: 1)),
      "of 500 steps not kept: int8 mean recall 100.00 % before, 100.00 % after"
    ),
    (
      .diverged(step: 12),
      "not kept: it diverged at step 12; lower its learning_rate in the preset"
    ),
    (
      .unsupported(op: "add", node: "block2/add"),
      "skipped: int8 `add` cannot be simulated (`block2/add`)"
    ),
  ])
  func outcomesAreSaid(_ outcome: QuantizationAwareOutcome, _ text: String) {
    #expect(outcome.text == text)
  }
}
