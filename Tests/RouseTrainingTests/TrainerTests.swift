import RouseNumerics
import RouseTraining
import Testing

@Suite struct TrainerTests {
  private func trainer(threads: Int = 1, batch: Int = 32) throws -> Trainer {
    let graph = try TinyTraining.graph()
    return Trainer(
      graph, settings: try TinyTraining.settings(batch: batch),
      examples: TinyTraining.Tones(seed: 3),
      state: TrainingState(graph, ParameterLayout(graph)), threads: threads)
  }

  private func bits(_ buffer: FloatBuffer) -> [UInt32] {
    FloatView(buffer, shape: [buffer.count]).values.map(\.bitPattern)
  }

  @Test func solvesAnEasyProblem() throws {
    let trainer = try trainer()
    var losses: [Double] = []
    for _ in 0..<150 { losses.append(try trainer.step()) }
    let first = losses[..<5].reduce(0, +) / 5
    let last = losses[145...].reduce(0, +) / 5
    #expect(first > 0.5)
    #expect(last < 0.02)
    #expect(trainer.state.step == 150)
  }

  @Test func threadsDoNotChangeABit() throws {
    let one = try trainer(threads: 1, batch: 48)
    let two = try trainer(threads: 2, batch: 48)
    for _ in 0..<12 {
      #expect(try one.step().bitPattern == two.step().bitPattern)
    }
    #expect(bits(one.state.values) == bits(two.state.values))
    #expect(bits(one.state.average) == bits(two.state.average))
    #expect(bits(one.state.secondMoment) == bits(two.state.secondMoment))
  }

  @Test func theAverageFollowsTheWeights() throws {
    let trainer = try trainer()
    let start = bits(trainer.state.average)
    for _ in 0..<3 { _ = try trainer.step() }
    #expect(bits(trainer.state.average) != start)
    #expect(bits(trainer.state.average) != bits(trainer.state.values))
  }

  @Test func theBestValidationIsKept() throws {
    let trainer = try trainer()
    func score(_ recall: Double, _ loss: Double = 1) -> ValidationScore {
      ValidationScore(recall: recall, recallWithoutFalseAccepts: 0, loss: loss)
    }
    _ = try trainer.step()
    trainer.consider(score(0.5))
    let best = bits(trainer.state.best)
    _ = try trainer.step()
    trainer.consider(score(0.4, 0.1))
    trainer.consider(score(0.5, 1))
    #expect(bits(trainer.state.best) == best)
    #expect(trainer.state.bestStep == 1)
    trainer.consider(score(0.5, 0.9))
    #expect(trainer.state.bestStep == 2)
    #expect(bits(trainer.state.best) == bits(trainer.state.average))
  }

  @Test func aRateThatIsTooHighIsAnError() throws {
    let graph = try TinyTraining.graph()
    var settings = try TinyTraining.settings()
    settings.phases[0].learningRate = 1e38
    settings.phases[0].warmUpSteps = 0
    settings.gradientLimit = 1e6
    let trainer = Trainer(
      graph, settings: settings, examples: TinyTraining.Tones(seed: 3),
      state: TrainingState(graph, ParameterLayout(graph)), threads: 1)
    #expect {
      for _ in 0..<20 { _ = try trainer.step() }
    } throws: { error in
      guard case .diverged = error as? TrainingError else { return false }
      return true
    }
  }

  @Test func learningRateRisesAndFalls() throws {
    var phase = try TinyTraining.settings().phases[0]
    phase.steps = 110
    phase.warmUpSteps = 10
    phase.learningRate = 1
    phase.finalLearningRate = 0.1
    #expect(abs(phase.learningRate(at: 0) - 0.1) < 1e-12)
    #expect(abs(phase.learningRate(at: 9) - 1) < 1e-12)
    #expect(abs(phase.learningRate(at: 10) - 1) < 1e-12)
    #expect(abs(phase.learningRate(at: 109) - 0.1) < 1e-12)
    for step in 10..<109 {
      #expect(phase.learningRate(at: step) > phase.learningRate(at: step + 1))
    }
  }
}
