import RouseCompiler
import RouseEvaluation
import RouseIR
import RouseTraining
import Synchronization
import Testing

/// Steps under simulated int8 are kept when the int8 network that is then compiled is better, and not otherwise.
@Suite struct QuantizationAwareTrainingTests {
  private func recalls(_ refinement: Refinement?) throws -> QuantizationAwareRecalls {
    guard case .compared(let recalls) = try #require(refinement).outcome else {
      throw CancellationError()
    }
    return recalls
  }

  /// The recall that `rouse compile` would report of a model, by public means only.
  private func compiledRecall(_ graph: Graph, _ model: TrainedModel, _ run: ToneRun) throws
    -> Double
  {
    var model = model
    model.graph = graph
    try model.write(to: run.folder.modelFile)
    let request = try RunCompilation(folder: run.folder.path, target: "esp32-s3-n16r8").request(
      name: nil, output: "")
    let window = try FoldBatchNorm.apply(to: request.source.graph)
    let deployable = DeployableModel(
      window: window, streaming: try MakeStreaming.apply(to: window))
    let quantized = try QuantizeModel.apply(
      to: try Tune.apply(
        to: try Calibrate.apply(to: deployable, over: request.calibration), request))
    let sweep = try Scoring.sweep(
      quantized.streaming, positives: request.validation.positives,
      ambient: request.validation.ambient, stepMilliseconds: 10)
    let points = DetectionSweep.windows.flatMap { sweep.curve(window: $0) }
    let best = (0..<10).map { allowed in
      points.filter { $0.accepts.accepts <= allowed }.map(\.misses.misses).min() ?? sweep.positives
    }
    return best.reduce(0) { $0 + 1 - Double($1) / Double(sweep.positives) } / 10
  }

  /// A network that has learned next to nothing has much to gain.
  @Test func whatIsBetterIsKept() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 90, rate: 0.02), steps: 4)
    let stage = try QuantizationAwareTraining()
    let refinement = try #require(try stage.refine(run.training(model)))
    let recalls = try recalls(refinement)
    #expect(recalls.isKept && recalls.after > recalls.before + 0.1, "\(recalls)")
    #expect(recalls.steps == 90)
    #expect(refinement.graph != model.graph && refinement.graph.nodes == model.graph.nodes)
    #expect(abs(try compiledRecall(model.graph, model, run) - recalls.before) < 1e-12)
    #expect(abs(try compiledRecall(refinement.graph, model, run) - recalls.after) < 1e-12)
  }

  /// A network that detects everything cannot detect more, whatever the steps do to it.
  @Test func whatIsNotBetterIsNotKept() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 3, rate: 0.001), steps: 120)
    let refinement = try #require(try QuantizationAwareTraining().refine(run.training(model)))
    let recalls = try recalls(refinement)
    #expect(!recalls.isKept && recalls.before > 0.95, "\(recalls)")
    #expect(refinement.graph == model.graph)
  }

  /// Steps that ruin a network cost a run nothing.
  @Test func whatIsWorseIsNotKept() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 4, rate: 10), steps: 10)
    let refinement = try #require(try QuantizationAwareTraining().refine(run.training(model)))
    let recalls = try recalls(refinement)
    #expect(!recalls.isKept && recalls.before > recalls.after + 0.1, "\(recalls)")
    #expect(refinement.graph == model.graph)
  }

  @Test func threadsDoNotChangeABit() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 8, rate: 0.02), steps: 4)
    let stage = try QuantizationAwareTraining()
    let one = try #require(try stage.refine(run.training(model, threads: 1)))
    let two = try #require(try stage.refine(run.training(model, threads: 2)))
    #expect(one.graph == two.graph && one.outcome == two.outcome)
  }

  @Test func stepsAreReportedAndCanBeCancelled() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 15, rate: 0.02), steps: 0)
    let stage = try QuantizationAwareTraining()
    let reports = Mutex<[TrainingProgress]>([])
    let record: @Sendable (TrainingProgress) -> Void = { report in
      reports.withLock { $0.append(report) }
    }
    _ = try stage.refine(run.training(model, observer: TrainingObserver(progress: record)))
    let seen = reports.withLock { $0 }
    #expect(seen.map(\.done) == [10, 15])
    #expect(seen.allSatisfy { $0.stage == .quantizationAware && $0.total == 15 })
    #expect(seen.allSatisfy { ($0.loss ?? 0) > 0 && $0.examplesPerStep == 32 })
    #expect(seen.last?.learningRate == 0)
    let observer = TrainingObserver(
      progress: record, isCancelled: { reports.withLock { $0.count > 2 } })
    #expect(try stage.refine(run.training(model, observer: observer)) == nil)
    #expect(reports.withLock { $0.count } == 3)
  }

  @Test func aLossThatIsNoNumberCostsNothing() throws {
    let run = try ToneRun()
    let model = try run.model(try ToneRun.preset(steps: 5, rate: 0.02), steps: 2)
    // The third step of this stage: two steps were done before it.
    let refinement = try #require(
      try QuantizationAwareTraining().refine(
        run.training(model, windows: ToneRun.Windows(broken: 4))))
    #expect(refinement.outcome == .diverged(step: 2))
    #expect(refinement.graph == model.graph)
  }

  @Test func aNetworkThatCannotBeSimulatedStaysAsItIs() throws {
    let run = try ToneRun()
    let preset = try ToneRun.preset(
      steps: 5, rate: 0.02,
      changes: [("  mixconv_kernels", "  residual: [0, 1]\n  mixconv_kernels")])
    let model = try run.model(preset, steps: 0)
    let refinement = try #require(try QuantizationAwareTraining().refine(run.training(model)))
    #expect(refinement.outcome == .unsupported(op: "add", node: "block2/add"))
    #expect(refinement.graph == model.graph)
  }
}
