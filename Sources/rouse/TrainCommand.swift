import ArgumentParser
import Foundation
import RouseCompiler
import RouseTraining

/// `rouse train --corpus C.yaml --preset NAME --output RUN [--from RUN] [--teacher RUN] [--resume] [--threads N]`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on recordings.",
    discussion: """
      Writes a run folder that holds everything `rouse compile` needs. Ctrl-C stops at the next step and keeps the \
      checkpoint; the same command with --resume goes on to the same weights as an uninterrupted run.

      --from begins with the weights of an earlier run of the same network: to teach it new recordings, with a preset \
      of few steps and a low learning rate.

      --teacher is a model to learn from beside the labels: a finished run, usually of a larger network, any ESPHome \
      .tflite, or a .csv of the columns path and score (0 to 1: how surely that recording holds the word). How much it \
      counts stands in the preset, training.distillation.
      """)

  @Option(help: "The corpus: a YAML file that names folders or indices of recordings.")
  var corpus: String

  @Option(
    help: "A built-in preset (\(Preset.builtInNames.joined(separator: ", "))) or a .yaml file.")
  var preset = "esphome-standard"

  @Option(help: "The run folder to make.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of this finished run, or of a model.rouse.", valueName: "run"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Learn from this run, model.rouse, .tflite or .csv of scores as well.", valueName: "teacher"))
  var teacher: String?

  @Flag(help: "Go on from the checkpoint in the run folder.")
  var resume = false

  @Option(help: "Threads to use; the result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads is \(threads), expected 1 to 256")
    }
  }

  func run() throws {
    let preset = try Preset(named: preset)
    let corpus = try Corpus(file: corpus)
    let start = try from.map { try TrainedModel(from: $0) }
    let teacher = try teacher.map { path in try located(path) { try Teacher(at: path) } }
    try TrainingSession(
      preset: preset, corpus: corpus, output: output, threads: threads, start: start,
      teacher: teacher
    ).run(resume: resume, help: "rouse train … --resume")
    print("Trained. Next: rouse compile \(output) --target esp32-s3-n16r8 --output out")
  }
}

extension Teacher {
  /// A run's network runs in floating point, any other model as firmware runs it.
  fileprivate init(at path: String) throws {
    if path.hasSuffix(".csv") {
      self = .scores(try RecordingScores(file: path))
    } else if path.hasSuffix(".rouse") || RunFolder(path).holdsRun {
      self = .network(try TrainedModel(from: path))
    } else {
      self = try EvaluatedModel(at: path).teacher
    }
  }
}

extension TrainedModel {
  /// Of a run folder or of a model file.
  fileprivate init(from path: String) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    self =
      exists && isFolder.boolValue
      ? try RunFolder(path).model() : try TrainedModel(path: path)
  }
}
