import RouseIR
import RouseRuntime

/// Chooses the range of every group of values by the error that the logit then has, in the order of the network: later
/// groups are chosen with the earlier choices in place.
///
/// The whole range is always a candidate, so no choice is worse than it; of equal candidates the first is taken, which
/// is the widest.
public enum SearchRanges {
  /// - Parameter includingLogit: also choose the logit's own range; `ShapeLogit` does otherwise.
  public static func apply(
    to model: CalibratedModel, includingLogit: Bool
  ) throws(GraphError) -> CalibratedModel {
    guard let reference = model.reference else { return model }
    let graph = model.deployable.streaming
    let groups = try QuantizeModel.groups(of: graph)
    let distributions = try ValueDistribution.observe(groups, of: model, over: reference)
    var probe = LogitProbe(reference, input: graph[graph.inputs[0]].name)
    var result = model
    // The error of `result` with the logit clipped: what was chosen has been measured.
    var known = model.report.errorAfter
    for (group, distribution) in zip(groups, distributions) {
      let isLogit = group.contains(reference.layer.logit)
      if isLogit && !includingLogit { continue }
      try probe.advance(to: group[0], with: result)
      probe.clipsLogit = !isLogit
      var choice = QuantizationReport.Choice(subjects: group, candidates: [], chosen: "")
      var best: (error: Double, model: CalibratedModel)?
      for (index, candidate) in distribution.candidates.enumerated() {
        var tried = result
        for name in group { tried.choices.ranges[name] = candidate.range }
        // The first candidate is the range that the group has.
        let error =
          if index == 0, !isLogit, let known { known } else { try probe.error(of: tried) }
        if best == nil, !isLogit { result.report.note(error, steps: reference.steps) }
        choice.candidates.append(.init(name: candidate.name, error: error))
        if best.map({ error < $0.error }) ?? true {
          best = (error, tried)
          choice.chosen = candidate.name
        }
      }
      if let best {
        result.choices = best.model.choices
        if !isLogit {
          result.report.note(best.error, steps: reference.steps)
          known = best.error
        }
      }
      result.report.ranges.append(choice)
    }
    return result
  }
}
