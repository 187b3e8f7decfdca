import RouseIR

/// Chooses one form for each site so that the whole graph is best for the objective.
///
/// Sites depend on each other: scratch memory and activations share one head, of which only the largest use counts.
/// So the search starts once for each size of scratch that any form needs: every site takes the form that adds least
/// on its own among those that need no more. From the best starts single sites are changed until nothing improves.
package struct LoweringSearch {
  package typealias Choice = [Int]

  private let graph: Graph
  let sites: [LoweringSite]
  private let objective: Objective
  private let cost: TargetCost
  private var known: [Choice: LoweringFigures] = [:]
  private let base: LoweringFigures
  /// Graphs that were rewritten, written and simulated.
  package private(set) var simulations = 0

  /// How many starts are improved.
  private static let descents = 3
  /// Rounds over all sites; each round improves, so a descent ends by itself long before.
  private static let rounds = 16

  package init(_ graph: Graph, _ sites: [LoweringSite], objective: Objective, cost: TargetCost)
    throws
  {
    self.graph = graph
    self.sites = sites
    self.objective = objective
    self.cost = cost
    base = try cost.measure(graph).figures
    known[[Int](repeating: 0, count: sites.count)] = base
    simulations = 1
  }

  package func rewritten(_ choice: Choice) -> Graph {
    LoweringSite.rewrite(graph, sites, zip(sites, choice).map { $0.forms[$1] })
  }

  package mutating func figures(_ choice: Choice) throws -> LoweringFigures {
    if let figures = known[choice] { return figures }
    let figures = try cost.measure(rewritten(choice)).figures
    simulations += 1
    known[choice] = figures
    return figures
  }

  package func isBetter(
    _ a: LoweringFigures, than b: LoweringFigures, for aim: Objective? = nil
  ) -> Bool {
    let aim = aim ?? objective
    return aim.score(a, relativeTo: base) < aim.score(b, relativeTo: base)
  }

  // MARK: - Search

  package mutating func best() throws -> Choice {
    guard !sites.isEmpty else { return [] }
    var candidates = try starts()
    candidates.append([Int](repeating: 0, count: sites.count))
    var scored: [(choice: Choice, figures: LoweringFigures)] = []
    for choice in candidates where !scored.contains(where: { $0.choice == choice }) {
      scored.append((choice, try figures(choice)))
    }
    scored.sort { isBetter($0.figures, than: $1.figures) }
    var best = scored[0].choice
    for start in scored.prefix(Self.descents) {
      let end = try descend(from: start.choice)
      if isBetter(try figures(end), than: try figures(best)) { best = end }
    }
    // A single aim has shallow valleys; the end that another aim finds may lie behind one.
    for aim in Objective.allCases where objective != .balanced && aim != objective {
      scored.sort { isBetter($0.figures, than: $1.figures, for: aim) }
      for start in scored.prefix(Self.descents) {
        let other = try descend(from: start.choice, for: aim)
        let end = try descend(from: other)
        if isBetter(try figures(end), than: try figures(best)) { best = end }
      }
    }
    return best
  }

  /// Changes one site at a time, the best change of each site, until a round changes nothing.
  private mutating func descend(
    from start: Choice, for aim: Objective? = nil
  ) throws -> Choice {
    var choice = start
    for _ in 0..<Self.rounds {
      var improved = false
      for (site, place) in sites.enumerated() {
        for form in place.forms.indices where form != choice[site] {
          var other = choice
          other[site] = form
          if isBetter(try figures(other), than: try figures(choice), for: aim) {
            choice = other
            improved = true
          }
        }
      }
      if !improved { break }
    }
    return choice
  }

  // MARK: - Starts

  /// What one form costs on its own, in a graph where all that only moves elements is at its best.
  private struct Alone {
    /// With the persistent part of the arena only: scratch is paid once, by the start's limit.
    var figures: LoweringFigures
    /// Bytes of the largest scratch buffer of the site's own operators.
    var scratch: Int
  }

  private mutating func starts() throws -> [Choice] {
    let foundation = sites.map { $0.kind == .convolution ? 0 : $0.forms.count - 1 }
    var alone: [[Alone]] = []
    for (site, place) in sites.enumerated() {
      var row: [Alone] = []
      for form in place.forms.indices {
        var choice = foundation
        choice[site] = form
        row.append(try measureAlone(choice, place))
      }
      alone.append(row)
    }
    let limits = Set(alone.flatMap { $0.map(\.scratch) }).sorted()
    // What another objective prefers site by site may be the better start for this one.
    return Objective.allCases.flatMap { aim in
      limits.map { limit in
        alone.map { row in
          let least = row.map(\.scratch).min() ?? 0
          let usable = row.indices.filter { row[$0].scratch <= max(limit, least) }
          return usable.min {
            aim.score(row[$0].figures, relativeTo: base)
              < aim.score(row[$1].figures, relativeTo: base)
          } ?? 0
        }
      }
    }
  }

  private mutating func measureAlone(_ choice: Choice, _ site: LoweringSite) throws -> Alone {
    let rewritten = rewritten(choice)
    let measured = try cost.measure(rewritten)
    simulations += known[choice] == nil ? 1 : 0
    known[choice] = measured.figures
    var figures = measured.figures
    figures.arenaBytes = measured.tailBytes
    // Only convolutions have forms that differ in scratch by more than a few bytes.
    guard site.kind == .convolution else { return Alone(figures: figures, scratch: 0) }
    let own = measured.scratch.filter { node, _ in
      node.outputs.contains {
        let name = rewritten[$0].name
        return name == site.name || name.hasPrefix("\(site.name)/")
      }
    }
    return Alone(figures: figures, scratch: own.map(\.bytes).max() ?? 0)
  }
}
