import RouseFormats
import RouseIR

/// Writes each layer as the operators that the target runs cheapest; no output bit changes.
///
/// The graph that goes in is the canonical network, the one that comes out is what the file holds.
public enum Lower {
  /// - Parameters:
  ///   - graph: quantized and streaming.
  ///   - passes: of which `lower` and `schedule` matter here.
  public static func apply(
    to graph: Graph, for profile: TargetProfile, objective: Objective, passes: Set<OptionalPass>
  ) throws -> LoweredModel {
    let cost = TargetCost(profile, form: TFLiteForm(passes: passes))
    let trained = DenseResult.flatten(graph)
    let sites =
      passes.contains(.lower)
      ? LoweringSite.all(in: trained, operators: Set(profile.currentFirmware.operators)) : []
    var search = try LoweringSearch(trained, sites, objective: objective, cost: cost)
    let choice = try search.best()
    var lowered = search.rewritten(choice)
    var after = try search.figures(choice)
    var saved = 0
    if passes.contains(.schedule), let ordered = try scheduled(lowered, cost) {
      saved = after.arenaBytes - ordered.figures.arenaBytes
      (lowered, after) = ordered
    }
    let report = LoweringReport(
      objective: objective.rawValue, before: try search.figures(choice.map { _ in 0 }),
      after: after, savedBySchedule: saved, sites: try search.described(choice),
      simulations: search.simulations)
    return LoweredModel(graph: lowered, report: report)
  }

  /// The graph in the order in which the fewest bytes are alive; nil unless that makes the arena smaller.
  private static func scheduled(
    _ graph: Graph, _ cost: TargetCost
  ) throws -> (Graph, figures: LoweringFigures)? {
    let written = try cost.measure(graph)
    guard let schedule = Schedule(graph, scratch: try cost.scratch(of: graph)) else { return nil }
    let ordered = schedule.apply(to: graph)
    let figures = try cost.measure(ordered).figures
    return figures.arenaBytes < written.figures.arenaBytes ? (ordered, figures) : nil
  }
}

extension LoweringSearch {
  /// Every site with all its forms, the other sites as chosen.
  mutating func described(_ choice: Choice) throws -> [LoweringReport.Site] {
    var result: [LoweringReport.Site] = []
    for (index, site) in sites.enumerated() {
      var alternatives: [LoweringReport.Alternative] = []
      for form in site.forms.indices {
        var other = choice
        other[index] = form
        alternatives.append(
          .init(form: site.forms[form].name, figures: try figures(other)))
      }
      result.append(
        .init(
          name: site.name, kind: site.kind.rawValue, chosen: site.forms[choice[index]].name,
          alternatives: alternatives,
          saved: alternatives[0].figures - alternatives[choice[index]].figures))
    }
    return result
  }
}
