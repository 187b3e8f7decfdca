import Glibc
import RouseIR
import RouseRuntime

/// Finds convolutions that can do with one weight scale for all channels. The lowering pass may write such a layer as a
/// dense one where that takes less memory: dense layers have one scale, because the kernels that ESPHome pins misread more.
///
/// One scale wastes bits of channels with small weights. So the channels of a result are first made alike, by factors that
/// the following layer takes back (`ChannelScaling`). Which factors are best, and whether one scale is good enough,
/// the measured error of the logit says.
public enum EqualizeChannels {
  /// One scale is taken when the error grows by no more than this factor for the layer. Kernels share their scratch memory,
  /// so a single layer that keeps a scale for each channel keeps the 4 to 8 KB that a dense layer saves; a tenth of the
  /// logit's error is far below one output code, and the search for ranges that follows takes it away again.
  static let allowedGrowth = 1.1
  /// Factors stay within 64 and 1/64: a channel of tiny weights is left to be rounded.
  static let largestFactor = 64.0

  public static func apply(to model: CalibratedModel) throws(GraphError) -> CalibratedModel {
    guard let reference = model.reference else { return model }
    let graph = model.deployable.streaming
    var probe = LogitProbe(reference, input: graph[graph.inputs[0]].name)
    var result = model
    // What was chosen has been measured: only the first layer's start is not known.
    var known = model.report.errorAfter
    for node in model.deployable.window.nodes {
      guard case .conv2D = node.op else { continue }
      let window = model.deployable.window
      let (name, weights) = (window[node.outputs[0]].name, window[node.inputs[1]].name)
      try probe.advance(to: name, with: result)
      let before = if let known { known } else { try probe.error(of: result) }
      if result.report.errorBefore == nil { result.report.note(before, steps: reference.steps) }
      var choice = QuantizationReport.Choice(
        subjects: [weights],
        candidates: [.init(name: QuantizationReport.perChannel, error: before)],
        chosen: QuantizationReport.perChannel)
      var best: (error: Double, model: CalibratedModel)?
      for candidate in candidates(node, result) {
        let error = try probe.error(of: candidate.model)
        choice.candidates.append(.init(name: candidate.name, error: error))
        if error <= before * allowedGrowth, best.map({ error < $0.error }) ?? true {
          best = (error, candidate.model)
          choice.chosen = candidate.name
        }
      }
      if let best {
        let report = result.report
        result = best.model
        result.report = report
        result.report.note(best.error, steps: reference.steps)
      }
      known = best?.error ?? before
      result.report.weights.append(choice)
    }
    return result
  }

  private static func candidates(
    _ node: Node, _ model: CalibratedModel
  ) -> [(name: String, model: CalibratedModel)] {
    let window = model.deployable.window
    var plain = model
    plain.choices.oneScale.insert(window[node.inputs[1]].name)
    var result = [(name: "one scale", model: plain)]
    guard let scaling = ChannelScaling(node, in: window) else { return result }
    let sizes = largestWeights(scaling, model)
    let peaks = model.channels[scaling.result].map { ranges in
      ranges.map { Double(max(abs($0.low), abs($0.high))) }
    }
    for (name, weightPower, peakPower) in [
      ("one scale, equalized by half", 0.5, 0.0), ("one scale, equalized", 1.0, 0.0),
      ("one scale, balanced with activations", 0.5, 0.5),
    ] {
      let factors = zip(relative(sizes), relative(peaks ?? sizes)).map { size, peak in
        min(max(pow(size, weightPower) * pow(peak, peakPower), 1 / largestFactor), largestFactor)
      }
      result.append((name, scaling.applied(factors, to: plain)))
    }
    return result
  }

  /// The largest absolute weight of each result channel.
  private static func largestWeights(
    _ scaling: ChannelScaling, _ model: CalibratedModel
  ) -> [Double] {
    let values = model.deployable.floats(scaling.weights) ?? []
    let inner = values.count / scaling.channels
    return (0..<scaling.channels).map { channel in
      values[channel * inner..<(channel + 1) * inner].reduce(0) { max($0, Double(abs($1))) }
    }
  }

  /// Each number relative to the geometric mean of the positive ones; 1 for 0.
  private static func relative(_ numbers: [Double]) -> [Double] {
    let logs = numbers.filter { $0 > 0 }.map { log($0) }
    let mean = exp(logs.reduce(0, +) / Double(max(logs.count, 1)))
    return numbers.map { $0 > 0 ? $0 / mean : 1 }
  }
}
