import ArgumentParser
import RouseCompiler
import RouseTraining

/// `rouse architectures [PRESET|FILE…] [--target BOARD] [--json]`
struct ArchitecturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures",
    abstract: "List the networks of the presets and what each takes from a board.",
    discussion: """
      Every network is really compiled, with untrained weights: sizes, arena and time are those of the files that a \
      training would end in. Tells which networks the board's firmware cannot run, and why.
      """)

  @Argument(
    help: ArgumentHelp(
      "Built-in presets (\(Preset.builtInNames.joined(separator: ", "))) or .yaml files; all "
        + "built-in ones unless given.",
      valueName: "preset"))
  var presets: [String] = []

  @Option(
    help: "A built-in target (\(TargetCatalog.names.joined(separator: ", "))) or a .yaml file.")
  var target = "esp32-s3-n16r8"

  @Flag(help: "Print JSON with stable keys instead of text.")
  var json = false

  func run() throws {
    let profile = try TargetCatalog.profile(target)
    let figures = try (presets.isEmpty ? Preset.builtInNames : presets).map {
      try ArchitectureFigures(of: try Preset(named: $0), on: profile)
    }
    if json {
      print(figures.json, terminator: "")
    } else {
      print(ArchitecturesScreen(figures: figures).text)
    }
  }
}
