import Foundation
import RouseIR
import RouseNumerics
import RouseTraining
import Testing

/// Training on from the weights of an earlier run, and runs made of checkpoints.
@Suite struct StartTests {
  @Test func aRunBeginsWithTheWeightsOfAnother() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
    let first = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: folder.path + "/first", threads: 1)
    let model = try first.folder.model()
    // So slow that the weights hardly move.
    var slow = preset.source
    for (old, new) in [
      ("learning_rate: 0.002", "learning_rate: 0.00000001"),
      ("final_learning_rate: 0.0001", "final_learning_rate: 0"),
    ] {
      let range = try #require(slow.range(of: old))
      slow.replaceSubrange(range, with: new)
    }
    let slowPreset = try Preset(yaml: slow, file: "slow.yaml")
    let output = folder.path + "/second"
    let second = try TrainingRun.execute(
      preset: slowPreset, corpus: corpus, output: output, threads: 2, start: model)
    let found = try second.folder.model()
    #expect(found.provenance.startDigest.count == 64)
    for (a, b) in zip(model.graph.values, found.graph.values) where a.isParameter {
      guard case .float32(let x) = a.constant, case .float32(let y) = b.constant else { continue }
      #expect(zip(x, y).allSatisfy { abs($0 - $1) < 1e-4 }, "\(a.name)")
    }
    // The same command resumes it; without the weights to begin with it is another run.
    _ = try TrainingRun.execute(
      preset: slowPreset, corpus: corpus, output: output, threads: 1, start: model, resume: true)
    #expect {
      try TrainingRun.execute(
        preset: slowPreset, corpus: corpus, output: output, threads: 1, resume: true)
    } throws: { error in
      guard case .notTheSameRun(_, "start", _, _) = error as? TrainingError else { return false }
      return true
    }
    try checkExport(second.folder, to: folder.path + "/exported")
  }

  private func checkExport(_ run: RunFolder, to output: String) throws {
    let step = try #require(try run.checkpoints().last).step
    try run.exportCheckpoint(step: step, to: output)
    let exported = RunFolder(output)
    let state = try Checkpoint(path: run.checkpointFile)
    let model = try exported.model()
    #expect(model.graph == state.layout.graph(model.graph, with: state.state.average))
    #expect(model.provenance.bestStep == step)
    #expect(try exported.validation().clips.count == run.validation().clips.count)
    #expect(try exported.calibration().clips.count == run.calibration().clips.count)
    #expect(throws: TrainingError.runExists(folder: output)) {
      try run.exportCheckpoint(step: step, to: output)
    }
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    let folder = try TemporaryFolder()
    let corpus = try TinyRun.corpus(in: folder)
    let preset = try TinyRun.preset()
    var wide = TinyTraining.architecture
    wide.firstConvFilters = 9
    var generator = SeededGenerator(seed: 1)
    let graph = try MixedNet.graph(wide, stepMilliseconds: 10, generator: &generator)
    let output = folder.path + "/run"
    #expect {
      try TrainingRun.execute(
        preset: preset, corpus: corpus, output: output, threads: 1,
        start: TrainedModel.withoutProvenance(graph, preset))
    } throws: { error in
      guard case .otherNetwork(_, let expected, let found) = error as? TrainingError else {
        return false
      }
      return expected == "first_conv/weights [4, 5, 1, 40]"
        && found == "first_conv/weights [9, 3, 1, 40]"
    }
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}

extension TrainedModel {
  fileprivate static func withoutProvenance(_ graph: Graph, _ preset: Preset) -> TrainedModel {
    TrainedModel(
      graph: graph, preset: preset, wakeWord: "w",
      provenance: TrainingProvenance(
        presetDigest: "", corpusDigest: "", seed: 0, startDigest: "", steps: 0, bestStep: 0,
        score: nil))
  }
}
