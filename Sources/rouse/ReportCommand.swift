import ArgumentParser
import Foundation
import RouseCompiler
import RouseNumerics
import RouseTraining

/// `rouse report RUN [--output FILE] [--text]`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw how the training of a run went.",
    discussion: """
      Writes one HTML page with the curves of loss, learning rate, gradient norm and validations, the best step and what \
      the run used; it needs nothing else to be shown. Works while the run is still training.
      """)

  @Argument(help: ArgumentHelp("The run folder that `rouse train` made.", valueName: "run"))
  var trainedRun: String

  @Option(help: "The page to write; report.html in the run folder unless given.")
  var output: String?

  @Flag(help: "Print the curves here instead.")
  var text = false

  func run() throws {
    let folder = RunFolder(trainedRun)
    let history = try folder.history()
    if text {
      print(TrainingScreen(history).text)
      return
    }
    let path = output ?? "\(folder.path)/report.html"
    try AtomicFile.write(TrainingPage(history).html, to: path)
    print("Wrote \(path)")
  }
}
