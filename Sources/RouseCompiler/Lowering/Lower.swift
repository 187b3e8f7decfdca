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
    let sites =
      passes.contains(.lower)
      ? LoweringSite.all(in: graph, operators: Set(profile.currentFirmware.operators)) : []
    var search = try LoweringSearch(graph, sites, objective: objective, cost: cost)
    let choice = try search.best()
    let lowered = search.rewritten(choice)
    let figures = try search.figures(choice)
    let report = LoweringReport(
      objective: objective.rawValue, before: try search.figures(choice.map { _ in 0 }),
      after: figures, savedBySchedule: 0, sites: try search.described(choice),
      simulations: search.simulations)
    return LoweredModel(graph: lowered, report: report)
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
