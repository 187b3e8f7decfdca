import ArgumentParser
import Foundation
import RouseResources

@main
struct Rouse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rouse",
    abstract: "A wake-word model compiler for microcontrollers.",
    discussion: """
      Recordings in, a proven int8 model out: trained, quantized, checked against a board's memory and time, and \
      verified byte for byte.
      """,
    version: "rouse \(Version.current)",
    subcommands: [
      DemoCommand.self, CorpusCommand.self, TrainCommand.self, CheckpointsCommand.self,
      ReportCommand.self, CompileCommand.self, CheckCommand.self, RunCommand.self,
      EvalCommand.self, ListenCommand.self, DiffCommand.self, InspectCommand.self,
      FeaturesCommand.self, ArchitecturesCommand.self, BenchCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any Diagnosable {
      error.diagnostic.print()
      Foundation.exit(error.diagnostic.exitCode.rawValue)
    } catch let error as Diagnostic {
      error.print()
      Foundation.exit(error.exitCode.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}
