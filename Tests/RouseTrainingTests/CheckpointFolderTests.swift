import Foundation
import RouseNumerics
import RouseTraining
import Testing

@Suite struct CheckpointFolderTests {
  private let identity = RunIdentity(presetDigest: "p", corpusDigest: "c", seed: 7)

  private func score(_ recall: Double) -> ValidationScore {
    ValidationScore(recall: recall, recallWithoutFalseAccepts: 0, loss: 1)
  }

  /// A run folder with a checkpoint for each score, a step apart, keeping all.
  private func run(
    _ temporary: TemporaryFolder, scores: [Double], keep: Int = 100
  ) throws -> RunFolder {
    let folder = RunFolder(temporary.path + "/run")
    try folder.create()
    let graph = try TinyTraining.graph()
    let trainer = Trainer(
      graph, settings: try TinyTraining.settings(), examples: TinyTraining.Tones(seed: 3),
      state: TrainingState(graph, ParameterLayout(graph)), threads: 1)
    for recall in scores {
      _ = try trainer.step()
      trainer.consider(score(recall))
      _ = trainer.takeUnrecorded()
      let checkpoint = Checkpoint(trainer.state, identity, trainer.layout)
      try CheckpointFolder(folder).add(checkpoint, keep: keep)
      try checkpoint.write(to: folder.checkpointFile)
    }
    return folder
  }

  @Test func theLatestFewAndTheBestStay() throws {
    let temporary = try TemporaryFolder()
    let folder = try run(temporary, scores: [0.1, 0.5, 0.2, 0.3, 0.4, 0.1], keep: 2)
    let all = try folder.checkpoints()
    #expect(all.map(\.step) == [2, 5, 6])
    #expect(all.map(\.isBest) == [true, false, false])
    #expect(all.map(\.isLatest) == [false, false, true])
    #expect(all.map(\.score?.recall) == [0.5, 0.4, 0.1])
    #expect(all.allSatisfy { $0.loss > 0 && $0.bytes > 1000 && $0.phase == 1 })
  }

  @Test func pruningSaysWhatItRemovesAndDryRunRemovesNothing() throws {
    let temporary = try TemporaryFolder()
    let folder = try run(temporary, scores: [0.1, 0.5, 0.2, 0.3])
    let planned = try folder.pruneCheckpoints(keep: 1, dryRun: true)
    #expect(planned.map(\.step) == [1, 3])
    #expect(try folder.checkpoints().count == 4)
    #expect(try folder.pruneCheckpoints(keep: 1, dryRun: false) == planned)
    #expect(try folder.checkpoints().map(\.step) == [2, 4])
    _ = try folder.pruneCheckpoints(keep: 0, dryRun: false)
    #expect(try folder.checkpoints().map(\.step) == [2, 4])
    #expect(FileManager.default.fileExists(atPath: folder.checkpointFile))
  }

  @Test func comparingMeasuresEachLayer() throws {
    let temporary = try TemporaryFolder()
    let folder = try run(temporary, scores: [0.1, 0.5, 0.2])
    let same = try folder.compareCheckpoints(2, 2)
    #expect(same.layers.allSatisfy { $0.distance == 0 })
    let different = try folder.compareCheckpoints(1, 3)
    let first = try #require(different.layers.first)
    let states = try [1, 3].map { try Checkpoint(path: folder.checkpointFolder + "/\($0).rouse") }
    let layout = states[0].layout
    let entry = layout.entries[0]
    let values = states.map {
      Array(FloatView($0.state.average, shape: [layout.count]).values[..<entry.shape.count])
    }
    let expected = zip(values[0], values[1]).reduce(0.0) {
      $0 + pow(Double($1.0) - Double($1.1), 2)
    }.squareRoot()
    #expect(first.name == entry.name)
    #expect(abs(first.distance - expected) < 1e-12 && expected > 0)
    let squares = different.layers.reduce(0) { $0 + $1.distance * $1.distance }
    #expect(abs(different.total.distance - squares.squareRoot()) < 1e-12)
  }

  @Test func stepsThatAreNotKeptAreNamed() throws {
    let temporary = try TemporaryFolder()
    let folder = try run(temporary, scores: [0.1, 0.5])
    #expect(
      throws: TrainingError.noCheckpoint(folder: folder.path, step: 9, available: [1, 2])
    ) { try folder.compareCheckpoints(1, 9) }
  }

  @Test func aFolderWithoutCheckpointsIsAnError() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(temporary.path + "/none")
    #expect(throws: TrainingError.missingPart(file: folder.checkpointFile)) {
      try folder.checkpoints()
    }
  }

  /// Files of other names, as a person might leave them there, are not checkpoints.
  @Test func otherFilesAreLeftAlone() throws {
    let temporary = try TemporaryFolder()
    let folder = try run(temporary, scores: [0.1])
    for name in ["notes.txt", "007.rouse", "-3.rouse", "x.rouse"] {
      try Data().write(to: URL(fileURLWithPath: "\(folder.checkpointFolder)/\(name)"))
    }
    #expect(try folder.checkpoints().map(\.step) == [1])
    try CheckpointFolder(folder).remove(after: 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.checkpointFolder)
    #expect(left.sorted() == ["-3.rouse", "007.rouse", "notes.txt", "x.rouse"])
  }
}
