import ArgumentParser
import Foundation
import RouseCompiler
import RouseTraining

/// What `compile` asks about a model file that another program made.
struct ImportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Recordings to calibrate and score on: a corpus as for `rouse train`.", valueName: "corpus"))
  var calibration: String?

  @Option(help: "The wake word; that of the corpus unless given.")
  var wakeWord: String?

  @Option(
    help: ArgumentHelp(
      "Axis of the model's input that is time, from 0; found unless given.", valueName: "axis"))
  var timeAxis: Int?

  @Option(
    help: ArgumentHelp(
      "Rows of a window, for a model that leaves them open.", valueName: "rows"))
  var windowRows: Int?

  @Option(
    help: ArgumentHelp(
      "Milliseconds between two feature rows that the model was trained with: 10 or 20.",
      valueName: "ms"))
  var stepMs = 10

  func validate() throws {
    guard [10, 20].contains(stepMs) else {
      throw ValidationError("--step-ms is \(stepMs), expected 10 or 20")
    }
    if let windowRows, !(1...3000).contains(windowRows) {
      throw ValidationError("--window-rows is \(windowRows), expected 1 to 3000")
    }
  }

  /// A run for a folder, an imported network for a file; tells what was found out about the network.
  func source(_ path: String, target: String) throws -> any CompilationSource {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, !isFolder.boolValue else {
      return try RunCompilation(folder: path, target: target)
    }
    guard let calibration else {
      throw ValidationError("a model file needs --calibration CORPUS.yaml")
    }
    var options = FileCompilation.Options()
    options.wakeWord = wakeWord
    options.timeAxis = timeAxis
    options.windowRows = windowRows
    options.stepMilliseconds = stepMs
    options.threads = ProcessInfo.processInfo.activeProcessorCount
    let compilation = try FileCompilation(
      file: path, corpus: calibration, target: target, options: options)
    for note in compilation.imported.notes { Terminal.note("import  \(note.text)") }
    CorpusWarning.lines(compilation.features.warnings).forEach(Terminal.note)
    SkippedClip.lines(compilation.features.skipped).forEach(Terminal.note)
    return compilation
  }
}
