import ArgumentParser
import Foundation

/// `rouse bench [NAME|all] [--threads N] [--seconds S] [--json]`
struct BenchCommand: ParsableCommand {
  /// What can be measured, in the order of a run.
  private static let benchmarks: [(name: String, type: any Benchmark.Type)] = [
    ("training", TrainingBenchmark.self),
    ("front-end", FrontEndBenchmark.self),
    ("augmentation", AugmentationBenchmark.self),
    ("scoring", ScoringBenchmark.self),
  ]

  private static var names: String { (benchmarks.map(\.name) + ["all"]).joined(separator: ", ") }

  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the program's speed goals on this machine.",
    discussion: """
      Everything is measured on generated data, the best and the middle of several rounds. Figures of one core are per \
      CPU-second, those of several threads per second of the clock. Absolute figures belong to the machine, which is named.
      """)

  @Argument(help: ArgumentHelp("One of \(BenchCommand.names).", valueName: "name"))
  var subject = "all"

  @Option(help: "Threads of the figures that are not of one core.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seconds for each figure, at least.")
  var seconds = 3.0

  @Flag(help: "Print JSON with stable keys instead of text.")
  var json = false

  func validate() throws {
    guard subject == "all" || Self.benchmarks.contains(where: { $0.name == subject }) else {
      throw ValidationError("no benchmark `\(subject)`, expected one of \(Self.names)")
    }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads is \(threads), expected 1 to 256")
    }
    guard seconds >= 0, seconds <= 3600 else {
      throw ValidationError("--seconds is \(seconds), expected 0 to 3600")
    }
  }

  func run() throws {
    let options = BenchmarkOptions(threads: threads, seconds: seconds)
    var figures: [BenchmarkFigure] = []
    for benchmark in Self.benchmarks where subject == "all" || subject == benchmark.name {
      if Terminal.isInteractive { Terminal.status("measuring \(benchmark.name)") }
      figures += try benchmark.type.init(options).measure()
    }
    Terminal.clearStatus()
    let report = BenchmarkReport(figures: figures, threads: threads)
    print(json ? try report.json() : report.text, terminator: "")
  }
}
