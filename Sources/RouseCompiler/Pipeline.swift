import RouseFormats
import RouseIR

/// The line from a trained network to a proven bundle. Read this file first.
///
/// Each arrow is one function with its own input and output type, so a wrong order does not compile; after every pass
/// `GraphVerifier` asks whether the graph holds only what the next phase allows.
public struct Pipeline {
  /// The passes by the names that `--stop-after` and `--dump` take, in order.
  public enum Pass: String, CaseIterable, Sendable {
    case train
    case foldBatchNorm = "fold-batch-norm"
    case makeStreaming = "make-streaming"
    case calibrate
    case tune
    case quantize
    case chooseOperatingPoint = "choose-operating-point"
    case lower
    case plan
    case emit
    case verify
  }

  public var request: CompilationRequest
  public var stopAfter: Pass?
  /// Receives every graph after the pass that made it.
  public var dump: (Pass, Graph) throws -> Void

  public init(
    _ request: CompilationRequest, stopAfter: Pass? = nil,
    dump: @escaping (Pass, Graph) throws -> Void = { _, _ in }
  ) {
    self.request = request
    self.stopAfter = stopAfter
    self.dump = dump
  }

  /// Compiles and proves; the bundle is in `request.output` when this returns.
  ///
  /// - Returns: nil when `stopAfter` ended the line early; nothing is written then.
  /// - Throws: `CompilerError.doesNotFit` before anything is written, `CompilerError.verificationFailed` before anything
  ///   has its final name: an older bundle is then still whole.
  public func run() throws -> Compilation? {
    let trained = request.source.graph
    guard try passed(.train, .training, [trained]) else { return nil }

    let window = try FoldBatchNorm.apply(to: trained)
    guard try passed(.foldBatchNorm, .deployable, [window]) else { return nil }

    let streaming = try MakeStreaming.apply(to: window)
    let deployable = DeployableModel(window: window, streaming: streaming)
    guard try passed(.makeStreaming, .streaming, [streaming]) else { return nil }

    var calibrated = try Calibrate.apply(to: deployable, over: request.calibration)
    guard try passed(.calibrate, .streaming, []) else { return nil }

    calibrated = try Tune.apply(to: calibrated, request)
    let tuned = calibrated.deployable
    guard try passed(.tune, .streaming, [tuned.streaming]) else { return nil }

    var quantized = try QuantizeModel.apply(to: calibrated)
    guard try passed(.quantize, .quantized, [quantized.window, quantized.streaming]) else {
      return nil
    }

    let detection = try ChooseOperatingPoint.apply(to: quantized, request)
    quantized.report.recallLoss = try RecallLoss.onValidation(tuned.streaming, quantized, request)
    guard try passed(.chooseOperatingPoint, .quantized, []) else { return nil }

    let lowered = try Lower.apply(
      to: quantized.streaming, for: request.profile, objective: request.objective,
      passes: request.passes)
    guard try passed(.lower, .quantized, [lowered.graph]) else { return nil }

    let planned = try Plan.apply(to: quantized, detection, lowered, request)
    guard try passed(.plan, .quantized, []) else { return nil }
    if !planned.budget.fits && !request.force { throw CompilerError.doesNotFit(planned.budget) }

    let artefacts = try Emit.artefacts(of: planned, calibrated, request)
    guard try passed(.emit, .quantized, []) else { return nil }

    let staged = try StagedBundle(artefacts, named: request.name, in: request.output)
    defer { staged.discard() }
    let report = try Verify.report(on: staged, planned, tuned, request)
    let page = try ReportPage(of: planned, report, request).artefact
    try staged.publish(with: [Emit.verification(report, request), page])
    return Compilation(
      deployable: tuned, planned: planned, artefacts: artefacts, verification: report)
  }

  /// Verifies and dumps what a pass made; false when the line ends here.
  private func passed(_ pass: Pass, _ phase: GraphVerifier.Phase, _ graphs: [Graph]) throws -> Bool
  {
    for graph in graphs {
      try GraphVerifier.verify(graph, phase: phase)
      try dump(pass, graph)
    }
    return pass != stopAfter
  }
}
