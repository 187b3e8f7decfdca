import RouseCompiler

/// The table of `rouse architectures`, as plain text.
struct ArchitecturesScreen {
  let figures: [ArchitectureFigures]

  var text: String {
    var rows = [
      [
        "preset", "parameters", "hears ms", "step ms", "MAC", "weights", "file", "arena",
        "time us", "load %", "runs",
      ]
    ]
    for network in figures {
      let numbers = [
        network.parameters, network.windowMilliseconds, network.stepMilliseconds,
        network.multiplyAccumulates, network.weightBytes, network.fileBytes, network.arenaBytes,
        network.inferenceMicroseconds, network.loadPercent,
      ]
      rows.append(
        [network.preset] + numbers.map(BudgetReport.grouped) + [network.canRun ? "yes" : "no"])
    }
    let place = figures.first.map { "Networks on \($0.target), \($0.firmware)" } ?? "No networks"
    return ([place, TextColumns.text(rows, right: Set(1...9)), Self.legend] + obstacles)
      .joined(separator: "\n")
  }

  private static let legend = """
      hears: sound that a decision depends on; step: sound between two inferences
      MAC, time: of one inference, time an estimate; weights, file, arena: bytes
    """

  private var obstacles: [String] {
    figures.flatMap { network in
      network.obstacles.map { "\(network.preset) cannot run: \($0)" }
    }
  }
}
