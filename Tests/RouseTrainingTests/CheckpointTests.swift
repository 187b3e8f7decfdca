import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct CheckpointTests {
  private let identity = RunIdentity(presetDigest: "p", corpusDigest: "c", seed: 7)

  private func trainer(_ graph: Graph, _ state: TrainingState) throws -> Trainer {
    Trainer(
      graph, settings: try TinyTraining.settings(steps: 20), examples: TinyTraining.Tones(seed: 3),
      state: state, threads: 1)
  }

  private func bits(_ buffer: FloatBuffer) -> [UInt32] {
    FloatView(buffer, shape: [buffer.count]).values.map(\.bitPattern)
  }

  @Test func goingOnEqualsNeverStopping() throws {
    let folder = try TemporaryFolder()
    let graph = try TinyTraining.graph()
    let layout = ParameterLayout(graph)
    let whole = try trainer(graph, TrainingState(graph, layout))
    let first = try trainer(graph, TrainingState(graph, layout))
    for step in 0..<12 {
      _ = try whole.step()
      if step < 5 { _ = try first.step() }
      if step == 3 {
        let score = ValidationScore(recall: 0.25, recallWithoutFalseAccepts: 0, loss: 1)
        whole.consider(score)
        first.consider(score)
      }
    }
    let file = folder.path + "/c.rouse"
    try Checkpoint(first.state, identity, layout).write(to: file)
    let second = try trainer(graph, try Checkpoint.read(file, identity, layout))
    #expect(second.state.step == 5)
    #expect(second.state.bestStep == 4)
    #expect(second.state.bestScore == whole.state.bestScore)
    for _ in 5..<12 { _ = try second.step() }
    #expect(bits(second.state.values) == bits(whole.state.values))
    #expect(bits(second.state.firstMoment) == bits(whole.state.firstMoment))
    #expect(bits(second.state.secondMoment) == bits(whole.state.secondMoment))
    #expect(bits(second.state.average) == bits(whole.state.average))
    #expect(bits(second.state.best) == bits(whole.state.best))
  }

  @Test func anotherRunsCheckpointIsRefused() throws {
    let folder = try TemporaryFolder()
    let graph = try TinyTraining.graph()
    let layout = ParameterLayout(graph)
    let file = folder.path + "/c.rouse"
    try Checkpoint(TrainingState(graph, layout), identity, layout).write(to: file)
    var other = identity
    other.corpusDigest = "d"
    #expect(
      throws: TrainingError.notTheSameRun(file: file, field: "corpus", expected: "d", found: "c")
    ) { try Checkpoint.read(file, other, layout) }
    var wide = TinyTraining.architecture
    wide.firstConvFilters = 5
    var generator = SeededGenerator(seed: 1)
    let wideGraph = try MixedNet.graph(wide, stepMilliseconds: 10, generator: &generator)
    #expect {
      try Checkpoint.read(file, identity, ParameterLayout(wideGraph))
    } throws: { error in
      guard case .notTheSameRun(_, "network", _, _) = error as? TrainingError else { return false }
      return true
    }
  }
}
