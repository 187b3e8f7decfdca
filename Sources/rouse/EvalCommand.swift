import ArgumentParser
import Foundation
import RouseCompiler
import RouseRuntime
import RouseTraining
import Synchronization

/// `rouse eval MODEL|RUN|BUNDLE --corpus CORPUS.yaml [--split test] [--target-fa N] [--output DIR]`
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract:
      "Score a model on recordings: misses, false accepts per hour, and what may be claimed.",
    discussion: """
      Runs the int8 streaming model exactly as a device does, on the features that the firmware computes, with a fresh \
      device for every clip: 1.5 s of quiet before it and 0.6 s after. Works on any ESPHome .tflite, with its manifest or \
      without, on a bundle and on a run folder, which is quantized first.

      The cutoff is the manifest's, or --cutoff, or the best one for --target-fa on these recordings. --output writes \
      NAME.eval.json, NAME.eval.csv (one row a clip), operating-points.csv, drawings, and NAME.eval.html.

        rouse eval okay_nabu.tflite --corpus corpus.yaml --split all --output scores
        rouse eval out/hey_nova --corpus corpus.yaml --target-fa 0.5 --snr 10 0 --rule votes:3/5

      Exit code 130 after Ctrl-C; nothing is written then.
      """)

  @Argument(
    help: ArgumentHelp(
      "A .tflite, a manifest, a bundle's folder or a run folder.", valueName: "model"))
  var model: String

  @Option(help: "The corpus: a YAML file that names folders or indices of recordings.")
  var corpus: String

  @Option(help: "The part of the corpus: train, validation, test or all.")
  var split = "test"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Noise under the clips with the word, in decibels below it; several are several conditions (default 10).",
      valueName: "decibels"))
  var snr: [Float] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Noise recordings or folders in place of the corpus's.", valueName: "path"))
  var noise: [String] = []

  @Flag(help: "Score the clips as recorded only.")
  var noNoise = false

  @Option(
    help: ArgumentHelp(
      "Choose the cutoff with the fewest misses at so many false accepts per hour.",
      valueName: "per-hour"))
  var targetFa: Double?

  @Option(help: "Probabilities in the window, 1 to 255, or any to choose among 1 to 10.")
  var window: String?

  @Option(help: "The cutoff, above 0 and below 1.")
  var cutoff: Double?

  @Option(help: ArgumentHelp("The detection rule: \(DetectionRule.forms).", valueName: "rule"))
  var rule = "esphome"

  @Option(help: "Milliseconds after a detection in which another one does not count.")
  var lockoutMs = 0

  @Option(help: "Folder for the files; made when it is missing.")
  var output: String?

  @Flag(help: "Print the report as JSON instead of a table.")
  var json = false

  @Flag(help: "Print a row for each clip as CSV instead of a table.")
  var csv = false

  @Option(help: "Threads to use; the result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard split == "all" || Split(rawValue: split) != nil else {
      throw ValidationError("--split is `\(split)`, expected train, validation, test or all")
    }
    guard !(json && csv) else { throw ValidationError("give either --json or --csv") }
    guard !noNoise || (snr.isEmpty && noise.isEmpty) else {
      throw ValidationError("--no-noise goes without --snr and --noise")
    }
    guard Set(snr).count == snr.count, snr.allSatisfy({ (-60...100).contains($0) }) else {
      throw ValidationError("--snr takes different numbers of -60 to 100 decibels")
    }
    if let targetFa, !(targetFa > 0 && targetFa <= 3600) {
      throw ValidationError("--target-fa is \(targetFa), expected above 0 and at most 3600")
    }
    guard targetFa == nil || cutoff == nil else {
      throw ValidationError("give either --target-fa or --cutoff")
    }
    if let cutoff, !(cutoff > 0 && cutoff < 1) {
      throw ValidationError("--cutoff is \(cutoff), expected a number between 0 and 1")
    }
    if let window, window != "any", Int(window).map({ (1...255).contains($0) }) != true {
      throw ValidationError("--window is `\(window)`, expected 1 to 255 or any")
    }
    guard let parsed = DetectionRule.parse(rule, window: 5) else {
      throw ValidationError("--rule is `\(rule)`, expected \(DetectionRule.forms)")
    }
    if window != nil, rule != "esphome" {
      throw ValidationError("--window goes with ESPHome's rule")
    }
    if parsed.cutoff != nil, cutoff != nil {
      throw ValidationError("--rule states a cutoff already")
    }
    guard (0...600_000).contains(lockoutMs) else {
      throw ValidationError("--lockout-ms is \(lockoutMs), expected 0 to 600000")
    }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads is \(threads), expected 1 to 256")
    }
  }

  func run() throws {
    let interruption = Interruption()
    let scored = try located(model) { try EvaluatedModel(at: model) }
    let corpus = try Corpus(file: corpus)
    let reporter = EvaluationReporter()
    let evaluation = try Evaluation.run(
      scored, corpus: corpus, options, progress: { reporter.report($0) },
      isCancelled: { interruption.isRequested })
    reporter.finish()
    guard let evaluation else {
      throw Diagnostic(
        message: "stopped on request; nothing was written", exitCode: .interrupted)
    }
    for warning in evaluation.warnings { Terminal.note("warning: \(warning.text)") }
    for clip in evaluation.skipped { Terminal.note("skipped \(clip.name): \(clip.reasonText)") }
    if let output { try evaluation.write(to: output) }
    if json {
      print(try evaluation.json, terminator: "")
    } else if csv {
      print(evaluation.csv, terminator: "")
    } else {
      print(EvalScreen(report: evaluation.report, output: output).text)
    }
  }

  private var options: EvaluationOptions {
    var options = EvaluationOptions()
    options.split = split == "all" ? nil : Split(rawValue: split)
    if noNoise { options.noiseDecibels = [] } else if !snr.isEmpty { options.noiseDecibels = snr }
    options.noisePaths = noise
    options.target = targetFa
    options.cutoff = cutoff.map(StreamingDetector.quantizedCutoff)
    options.window = window.flatMap { Int($0) }
    options.anyWindow = window == "any"
    if rule != "esphome", let parsed = DetectionRule.parse(rule, window: 5) {
      options.rule = parsed.rule
      options.cutoff = options.target == nil ? parsed.cutoff ?? options.cutoff : nil
    }
    options.lockoutMilliseconds = lockoutMs
    options.threads = threads
    return options
  }
}

/// One progress line for each stage of an evaluation.
private final class EvaluationReporter: Sendable {
  private let current = Mutex<(stage: EvaluationProgress.Stage, line: Progress)?>(nil)

  func report(_ progress: EvaluationProgress) {
    let line = current.withLock { current -> Progress in
      if let current, current.stage == progress.stage { return current.line }
      current?.line.finish("done")
      let line = Progress(progress.stage.title, unit: progress.stage.unit)
      current = (progress.stage, line)
      return line
    }
    line.update(done: progress.done, of: progress.total)
  }

  func finish() {
    current.withLock { current in
      current?.line.finish("done")
      current = nil
    }
  }
}

extension EvaluationProgress.Stage {
  fileprivate var title: String {
    switch self {
    case .clips: "Hearing clips"
    case .ambient: "Hearing ambient recordings"
    case .counting: "Counting"
    }
  }

  fileprivate var unit: String {
    switch self {
    case .clips: "files"
    case .ambient: "s of sound"
    case .counting: "steps"
    }
  }
}
