import ArgumentParser
import Foundation
import RouseAudio
import RouseCompiler
import RouseTraining

/// `rouse demo [--phrase TEXT]`
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Speak a phrase with synthetic voices, train on it and compile the result.",
    discussion: """
      Uses espeak-ng and flite for positives, near misses and other speech; some voices are only used for the score. \
      The model hears synthetic speech well; for people, train on recordings of people. What was spoken is kept in the \
      user's cache folder and used again.
      """)

  @Option(help: "The wake phrase, in English.")
  var phrase = "hey nova"

  @Option(help: "Where the run and the bundle go; out/demo/NAME unless given.")
  var output: String?

  @Option(help: "Seed of everything random.")
  var seed: UInt64 = 1

  @OptionGroup var options: CompileOptions

  func run() throws {
    let started = ContinuousClock.now
    let phrase = try WakePhrase(phrase)
    let name = phrase.description.replacing(" ", with: "_")
    let folder = output ?? "out/demo/\(name)"
    let corpus = try Corpus(file: try speak(phrase))
    let run = "\(folder)/run"
    let isFinished = (try? RunFolder(run).model()) != nil
    if !isFinished {
      let threads = ProcessInfo.processInfo.activeProcessorCount
      try TrainingSession(
        preset: try Preset(named: "demo"), corpus: corpus, output: run, threads: threads
      ).run(resume: RunFolder(run).holdsRun, help: "rouse demo --phrase \"\(phrase)\"")
    }
    let compilation = try RunCompilation(folder: run, target: options.target)
    let request = try options.request(compilation, output: "\(folder)/bundle")
    guard let result = try Pipeline(request).run() else { return }
    let score = try compilation.score(result, request)
    print("\nWake phrase: \(phrase)\n")
    let resolution = try ChooseOperatingPoint.resolution(of: result.planned, request)
    print(
      CompilationScreen(
        request: request, result: result, score: score, resolution: resolution
      ).text)
    print("\nThe demo took \(Progress.time((ContinuousClock.now - started) / .seconds(1))).")
  }

  /// The path of the corpus file.
  private func speak(_ phrase: WakePhrase) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSTemporaryDirectory()
    let cache = environment["XDG_CACHE_HOME"] ?? "\(home)/.cache"
    let progress = Progress("Speaking", unit: "s of sound")
    let corpus = try DemoCorpus.build(phrase: phrase, seed: seed, into: "\(cache)/rouse/corpora") {
      progress.update(done: Int($0.done), of: Int($0.total))
    }
    progress.finish("done")
    return corpus
  }
}
