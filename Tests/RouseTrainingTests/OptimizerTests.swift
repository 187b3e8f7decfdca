import Foundation
import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct FocalLossTests {
  private let z: [Float] = [-3, -0.5, 0, 1.25, 4, 30, -30]
  private let y: [Float] = [0, 1, 0.5, 0.9, 1, 0, 1]
  private let w: [Float] = [1, 2, 0.5, 3, 1, 1, 2]

  private func evaluate(_ loss: FocalLoss, _ z: [Float]) -> (loss: Double, gradient: [Float]) {
    let shape: Shape = [z.count]
    let gradient = FloatView(zeros: shape)
    let value = loss.evaluate(
      logits: FloatView(z, shape: shape), targets: FloatView(y, shape: shape),
      weights: FloatView(w, shape: shape), gradient: gradient)
    return (value, gradient.values)
  }

  @Test func gammaZeroIsCrossEntropyBitForBit() {
    let gradient = FloatView(zeros: [z.count])
    let expected = BinaryCrossEntropy.evaluate(
      logits: FloatView(z, shape: [z.count]), targets: FloatView(y, shape: [y.count]),
      weights: FloatView(w, shape: [w.count]), gradient: gradient)
    let found = evaluate(FocalLoss(), z)
    #expect(found.loss == expected)
    #expect(found.gradient == gradient.values)
  }

  /// The general formula near gamma 0, where the short cut is not taken.
  @Test func theFormulaTendsToCrossEntropy() {
    let (exact, near) = (evaluate(FocalLoss(), z), evaluate(FocalLoss(gamma: 1e-12), z))
    #expect(abs(exact.loss - near.loss) < 1e-9)
    for (a, b) in zip(exact.gradient, near.gradient) { #expect(abs(a - b) < 1e-6) }
  }

  /// Central differences in double precision; the logits are float32, so steps are powers of two.
  @Test(arguments: [(0.5, 0.5), (1, 0.25), (2, 0.5), (2, 0.75), (5, 0.9)])
  func theGradientIsTheSlope(_ gamma: Double, _ alpha: Double) {
    let loss = FocalLoss(gamma: gamma, alpha: alpha)
    let gradient = evaluate(loss, z).gradient
    let step: Float = 0x1p-8
    for i in 0..<5 {
      var (up, down) = (z, z)
      up[i] += step
      down[i] -= step
      let slope = (evaluate(loss, up).loss - evaluate(loss, down).loss) / Double(2 * step)
      #expect(abs(slope - Double(gradient[i])) < 2e-5, "\(i)")
    }
  }

  /// Equation 5 of the paper, with alpha doubled, at one example.
  @Test func isThePapersFormula() {
    let (p, gamma, alpha) = (0.8, 2.0, 0.25)
    let logit = Float(log(p / (1 - p)))
    let gradient = FloatView(zeros: [1])
    let found = FocalLoss(gamma: gamma, alpha: alpha).evaluate(
      logits: FloatView([logit], shape: [1]), targets: FloatView([1], shape: [1]),
      weights: FloatView([1], shape: [1]), gradient: gradient)
    #expect(abs(found - -2 * alpha * pow(1 - p, gamma) * log(p)) < 1e-7)
  }

  @Test func staysFiniteFarOut() {
    let gradient = FloatView(zeros: [2])
    let loss = FocalLoss(gamma: 2, alpha: 0.5).evaluate(
      logits: FloatView([1e4, -1e4], shape: [2]), targets: FloatView([0, 1], shape: [2]),
      weights: FloatView([1, 1], shape: [2]), gradient: gradient)
    #expect(loss == 1e4)
    #expect(gradient.values == [0.5, -0.5])
  }
}

@Suite struct SpectrumMaskTests {
  private let shape: Shape = [48, 30, 40]

  private func masked(
    _ masks: SpectrumMasks, seed: UInt64 = 1, step: Int = 3, threads: Int = 1
  ) -> [Float] {
    let view = FloatView(zeros: shape)
    view.fill(1)
    masks.apply(
      to: view, seed: seed, step: step, shards: Shards(batch: shape[0], threads: threads))
    return view.values
  }

  /// Rows that are 0 throughout, for each example.
  private func emptyRows(_ values: [Float]) -> [[Int]] {
    (0..<shape[0]).map { example in
      (0..<shape[1]).filter { row in
        let first = (example * shape[1] + row) * shape[2]
        return values[first..<first + shape[2]].allSatisfy { $0 == 0 }
      }
    }
  }

  private func emptyBands(_ values: [Float]) -> [[Int]] {
    (0..<shape[0]).map { example in
      (0..<shape[2]).filter { band in
        (0..<shape[1]).allSatisfy { values[(example * shape[1] + $0) * shape[2] + band] == 0 }
      }
    }
  }

  @Test func aTimeMaskIsOneRunOfRows() {
    let values = masked(SpectrumMasks(timeMasks: 1, timeMaskRows: 7))
    let rows = emptyRows(values)
    for run in rows where !run.isEmpty { #expect(Array(run[0]..<run[0] + run.count) == run) }
    #expect(Set(rows.map(\.count)) == Set(0...7))
    #expect(values.count { $0 == 0 } == rows.reduce(0) { $0 + $1.count } * shape[2])
    // Every place is possible.
    #expect(Set(rows.flatMap(\.self)).count > 20)
  }

  @Test func aFrequencyMaskIsOneRunOfBands() {
    let values = masked(SpectrumMasks(frequencyMasks: 1, frequencyMaskBands: 5))
    let bands = emptyBands(values)
    for run in bands where !run.isEmpty { #expect(Array(run[0]..<run[0] + run.count) == run) }
    #expect(Set(bands.map(\.count)) == Set(0...5))
    #expect(values.count { $0 == 0 } == bands.reduce(0) { $0 + $1.count } * shape[1])
  }

  @Test func masksWiderThanTheWindowCoverItAtMost() {
    let values = masked(SpectrumMasks(timeMasks: 3, timeMaskRows: 1000))
    #expect(emptyRows(values).contains { $0.count == shape[1] })
  }

  @Test func masksDependOnSeedAndStepAndExampleAlone() {
    let masks = SpectrumMasks(
      timeMasks: 2, timeMaskRows: 6, frequencyMasks: 2, frequencyMaskBands: 6)
    #expect(masked(masks) == masked(masks, threads: 3))
    #expect(masked(masks) != masked(masks, seed: 2))
    #expect(masked(masks) != masked(masks, step: 4))
    let perExample = shape[1] * shape[2]
    let values = masked(masks)
    #expect(Array(values[..<perExample]) != Array(values[perExample..<2 * perExample]))
  }

  @Test func withoutMasksNothingChanges() {
    #expect(masked(SpectrumMasks(timeMasks: 2)).allSatisfy { $0 == 1 })
  }
}

@Suite struct RegularizationTests {
  private func trainer(
    threads: Int = 1, _ change: (inout TrainingSettings) -> Void
  ) throws -> Trainer {
    let graph = try TinyTraining.graph()
    var settings = try TinyTraining.settings(batch: 48)
    change(&settings)
    return Trainer(
      graph, settings: settings, examples: TinyTraining.Tones(seed: 3),
      state: TrainingState(graph, ParameterLayout(graph)), threads: threads, seed: 9)
  }

  private func bits(_ buffer: FloatBuffer) -> [UInt32] {
    FloatView(buffer, shape: [buffer.count]).values.map(\.bitPattern)
  }

  private func everything(_ settings: inout TrainingSettings) {
    settings.optimizer = .adamw
    settings.dropout = 0.3
    settings.focal = FocalLoss(gamma: 2, alpha: 0.6)
    settings.phases[0].masks = SpectrumMasks(
      timeMasks: 1, timeMaskRows: 4, frequencyMasks: 1, frequencyMaskBands: 6)
  }

  @Test func threadsDoNotChangeABit() throws {
    let trainers = try [1, 2, 3].map { try trainer(threads: $0, everything) }
    for _ in 0..<8 {
      let losses = try trainers.map { try $0.step().bitPattern }
      #expect(Set(losses).count == 1)
    }
    #expect(Set(trainers.map { bits($0.state.values) }).count == 1)
    #expect(Set(trainers.map { bits($0.state.secondMoment) }).count == 1)
  }

  @Test func anEasyProblemIsStillSolved() throws {
    let trainer = try trainer(everything)
    var last = 0.0
    for step in 0..<150 {
      let loss = try trainer.step()
      if step >= 140 { last += loss / 10 }
    }
    #expect(last < 0.1)
  }

  /// The trained graph and its layout know nothing of dropout.
  @Test func dropoutLeavesNoTrace() throws {
    let plain = try trainer { _ in }
    let dropping = try trainer { $0.dropout = 0.5 }
    #expect(plain.layout == dropping.layout)
    let (first, second) = (try plain.step(), try dropping.step())
    #expect(first != second)
  }

  @Test func dropoutDropsItsShareAndKeepsTheMean() throws {
    // Without training, the expected logit is that of the whole network: the mean over many masks comes near it.
    let plain = try trainer { $0.phases[0].learningRate = 1e-9 }
    let dropping = try trainer {
      $0.phases[0].learningRate = 1e-9
      $0.dropout = 0.2
    }
    var sums = (plain: 0.0, dropping: 0.0)
    for _ in 0..<40 {
      sums.plain += try plain.step()
      sums.dropping += try dropping.step()
    }
    #expect(abs(sums.plain - sums.dropping) / sums.plain < 0.1)
  }

  /// With gradients that are all but cut off, only the decay moves weights.
  @Test func adamWShrinksWeightsAndNothingElse() throws {
    let trainer = try trainer {
      $0.optimizer = .adamw
      $0.weightDecay = 0.5
      $0.gradientLimit = 1e-30
      $0.phases[0].learningRate = 0.1
      $0.phases[0].warmUpSteps = 0
      $0.phases[0].schedule = .constant
    }
    let layout = trainer.layout
    func values() -> [Float] { FloatView(trainer.state.values, shape: [layout.count]).values }
    let before = values()
    _ = try trainer.step()
    let after = values()
    for entry in layout.entries where entry.isTrainable {
      for index in entry.offset..<entry.offset + entry.shape.count {
        let factor: Float = entry.shape.rank > 1 ? 0.95 : 1
        #expect(abs(after[index] - factor * before[index]) < 1e-6, "\(entry.name)")
      }
    }
  }

  @Test func adamIgnoresWeightDecay() throws {
    let plain = try trainer { _ in }
    let other = try trainer { $0.weightDecay = 5 }
    for _ in 0..<3 { #expect(try plain.step() == other.step()) }
  }
}

@Suite struct ScheduleTests {
  private func phase(_ schedule: TrainingSettings.Schedule) throws -> TrainingSettings.Phase {
    var phase = try TinyTraining.settings().phases[0]
    phase.steps = 110
    phase.warmUpSteps = 10
    phase.learningRate = 1
    phase.finalLearningRate = 0.1
    phase.schedule = schedule
    phase.decaySteps = 20
    phase.decayFactor = 0.5
    return phase
  }

  @Test func constantStays() throws {
    let phase = try phase(.constant)
    #expect(abs(phase.learningRate(at: 4) - 0.5) < 1e-12)
    #expect(phase.learningRate(at: 10) == 1)
    #expect(phase.learningRate(at: 109) == 1)
  }

  @Test func stepFallsInStairsToTheFloor() throws {
    let phase = try phase(.step)
    #expect(
      [10, 29, 30, 49, 50, 70].map { phase.learningRate(at: $0) } == [1, 1, 0.5, 0.5, 0.25, 0.125])
    #expect(phase.learningRate(at: 90) == 0.1)
  }
}

@Suite struct PatienceTests {
  private func score(_ recall: Double) -> ValidationScore {
    ValidationScore(recall: recall, recallWithoutFalseAccepts: 0, loss: 1)
  }

  private func trainer(_ change: (inout TrainingSettings) -> Void) throws -> Trainer {
    let graph = try TinyTraining.graph()
    var settings = try TinyTraining.settings(steps: 10)
    settings.phases.append(settings.phases[0])
    settings.phases[1].steps = 5
    settings.phases[1].negativeWeight = 7
    change(&settings)
    return Trainer(
      graph, settings: settings, examples: TinyTraining.Tones(seed: 3),
      state: TrainingState(graph, ParameterLayout(graph)), threads: 1)
  }

  @Test func withoutPatienceAllStepsAreDone() throws {
    let trainer = try trainer { _ in }
    var phases: [Int] = []
    while !trainer.isFinished {
      _ = try trainer.step()
      phases.append(trainer.state.phase)
      trainer.consider(score(0.5))
    }
    #expect(phases == Array(repeating: 0, count: 10) + Array(repeating: 1, count: 5))
  }

  @Test func aPhaseEndsEarlyAndTheNextOneBegins() throws {
    let trainer = try trainer {
      $0.phases[0].patience.validations = 2
      $0.phases[0].patience.minimumSteps = 4
    }
    var phases: [Int] = []
    while !trainer.isFinished {
      _ = try trainer.step()
      phases.append(trainer.state.phase)
      trainer.consider(score(0.5))
    }
    #expect(phases == [0, 0, 0, 0, 1, 1, 1, 1, 1])
    #expect(trainer.state.phaseStart == 4)
  }

  /// While the learning rate is high, what validation likes is luck.
  @Test func theBestIsChosenAmongTheLaterSteps() throws {
    let trainer = try trainer { $0.chooseAfter = 0.5 }
    for recall in [0.9, 0.2, 0.95, 0.2, 0.3, 0.3, 0.2] {
      _ = try trainer.step()
      trainer.consider(score(recall))
    }
    #expect(trainer.state.bestStep == 3)
    for recall in [0.4, 0.3, 0.6, 0.6, 0.5, 0.1, 0.2, 0.3] {
      _ = try trainer.step()
      trainer.consider(score(recall))
    }
    #expect(trainer.isFinished)
    #expect(trainer.state.bestStep == 10)
    #expect(trainer.state.bestScore?.recall == 0.6)
  }

  @Test func theRunEndsEarly() throws {
    let trainer = try trainer { $0.patience.validations = 3 }
    for recall in [0.1, 0.2, 0.15, 0.2, 0.3, 0.3, 0.2] {
      #expect(!trainer.isFinished)
      _ = try trainer.step()
      trainer.consider(score(recall))
    }
    #expect(!trainer.isFinished)
    _ = try trainer.step()
    trainer.consider(score(0.29))
    #expect(trainer.isFinished)
    #expect(trainer.state.step == 8)
    #expect(trainer.state.bestStep == 5)
  }
}
