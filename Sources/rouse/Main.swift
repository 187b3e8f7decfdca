import ArgumentParser

@main
struct Rouse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rouse", abstract: "A wake-word model compiler for microcontrollers.",
    subcommands: [FeaturesCommand.self])
}
