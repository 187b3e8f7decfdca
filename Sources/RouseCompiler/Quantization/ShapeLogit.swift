import Glibc
import RouseEvaluation
import RouseIR
import RouseRuntime

/// Moves the logit so that the operating point falls where output codes are fine: `logit′ = stretch · logit + shift`, in
/// the weights of the last layer of the float networks, and a range for it that holds no more than the 8-bit probability
/// can tell apart.
///
/// A network that is trained to say 0 or 1 decides at a probability close to 1, where a handful of codes is left. A
/// probability near 1/2 has the same meaning once the cutoff moves along, and a hundred codes above it. The firmware
/// averages probabilities, not logits, so moving them changes what it averages: each candidate is therefore judged on the
/// validation streams, by misses at the wanted false accepts first and by codes second.
public enum ShapeLogit {
  /// Where the operating point is moved to.
  static let targets = [0.4, 0.5, 0.6]
  /// Flatter logits spread a decision over more codes.
  static let stretches = [1.0, 0.7]

  public static func apply(
    to model: CalibratedModel, _ request: CompilationRequest
  ) throws(GraphError) -> CalibratedModel {
    guard let layer = LogitLayer(model.deployable.streaming),
      let range = model.choices.ranges[layer.logit]
    else { return model }
    var clipped = model
    clipped.choices.ranges[layer.logit] = LogitLayer.clipped(range)
    // A cutoff that the user has fixed means the probabilities that the network was trained to say.
    let streams = request.validation
    guard request.detection == nil, !streams.positives.isEmpty, !streams.ambient.isEmpty else {
      return clipped
    }
    var trial = try LogitTrial(clipped, layer, request)
    let before = try trial.outcome(of: model)
    var best = try trial.outcome(of: clipped)
    let start = best
    let centre = logit((Double(start.point.cutoff) + 0.5) / 256)
    for stretch in stretches {
      for target in targets {
        let shift = logit(target) - stretch * centre
        let shaped = shape(clipped, layer, stretch, shift)
        let outcome = try trial.outcome(of: shaped, stretch: stretch, shift: shift)
        if outcome.isBetter(than: best) { best = outcome }
      }
    }
    var result = best.model
    result.report.logit = QuantizationReport.Logit(
      stretch: best.stretch, shift: best.shift, cutoff: best.point.cutoff,
      window: best.point.window, misses: best.point.misses.misses,
      falseAccepts: best.point.accepts.accepts, missesBefore: before.point.misses.misses,
      codesAboveCutoff: best.codes, codesAboveCutoffBefore: before.codes,
      candidates: targets.count * stretches.count + 2)
    return result
  }

  private static func logit(_ probability: Double) -> Double {
    log(probability / (1 - probability))
  }

  private static func shape(
    _ model: CalibratedModel, _ layer: LogitLayer, _ stretch: Double, _ shift: Double
  ) -> CalibratedModel {
    var model = model
    model.deployable.update(layer.weights) { _, weight in Float(Double(weight) * stretch) }
    model.deployable.update(layer.bias) { _, bias in Float(Double(bias) * stretch + shift) }
    func moved(_ range: ValueRange) -> ValueRange {
      ValueRange(
        low: Float(Double(range.low) * stretch + shift),
        high: Float(Double(range.high) * stretch + shift))
    }
    model.channels[layer.logit] = model.channels[layer.logit]?.map(moved)
    if let whole = model.channels[layer.logit].flatMap(ValueRange.init(of:)) {
      model.choices.ranges[layer.logit] = LogitLayer.clipped(whole)
    }
    model.choices.biasCorrections[layer.bias] =
      model.choices.biasCorrections[layer.bias]?.map { $0 * stretch }
    return model
  }
}

/// Runs the end of the int8 network over the validation streams with one logit after the other; the rest runs once.
struct LogitTrial {
  struct Outcome {
    var model: CalibratedModel
    var stretch: Double
    var shift: Double
    var point: OperatingPoint
    var codes: Int

    /// Fewer misses; of equal misses more codes.
    func isBetter(than other: Outcome) -> Bool {
      (point.misses.misses, -codes) < (other.point.misses.misses, -other.codes)
    }
  }

  private let layer: LogitLayer
  private let request: CompilationRequest
  private let streams: StagedStreams
  private var weights = QuantizedWeights()

  init(
    _ model: CalibratedModel, _ layer: LogitLayer, _ request: CompilationRequest
  ) throws(GraphError) {
    self.layer = layer
    self.request = request
    let validation = request.validation
    streams = try StagedStreams(
      try QuantizeModel.streaming(model, &weights), validation.positives + validation.ambient,
      upTo: layer.logit)
  }

  mutating func outcome(
    of model: CalibratedModel, stretch: Double = 1, shift: Double = 0
  ) throws(GraphError) -> Outcome {
    let graph = try QuantizeModel.streaming(model, &weights)
    let codes = try streams.outputs(of: graph)
    let sweep = Scoring.sweep(
      codes, positives: request.validation.positives.count,
      stride: graph[graph.inputs[0]].type.shape[1],
      stepMilliseconds: request.source.stepMilliseconds)
    let point = ChooseOperatingPoint.point(on: sweep, request)
    var model = model
    model.validation = sweep
    return Outcome(
      model: model, stretch: stretch, shift: shift, point: point,
      codes: OutputResolution(of: graph)?.codes(above: point.cutoff) ?? 0)
  }
}
