import ArgumentParser
import Foundation
import RouseNumerics
import RouseTraining

/// `rouse corpus CORPUS.yaml [--json]`
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "List and check the recordings of a corpus without training.",
    discussion: """
      Decodes every recording once and says what training would find: clips, minutes and speakers by role and split, \
      the words and how long they are, what is left out and why, and what a run needs of disk and memory. Exit code 1 \
      when there is nothing to train on.
      """)

  @Argument(help: "The corpus: a YAML file that names folders or indices of recordings.")
  var corpus: String

  @Flag(help: "Print JSON; its keys are explained at `CorpusReport`.")
  var json = false

  @Option(help: "Threads to use; the result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads is \(threads), expected 1 to 256")
    }
  }

  func run() throws {
    let corpus = try Corpus(file: corpus)
    let interruption = Interruption()
    let progress = [
      TrainingProgress.Stage.reading: Progress("Reading recordings", unit: "files"),
      .heldOut: Progress("Reading ambient recordings", unit: "files"),
    ]
    let started = ContinuousClock.now
    let observer = TrainingObserver(
      progress: { progress[$0.stage]?.update(done: $0.done, of: $0.total) },
      isCancelled: { interruption.isRequested })
    let report = try CorpusReport.make(corpus, threads: threads, observer: observer)
    Terminal.clearStatus()
    guard let report else {
      throw Diagnostic(message: "stopped on request", exitCode: .interrupted)
    }
    if json {
      print(report.json, terminator: "")
    } else {
      let seconds = (ContinuousClock.now - started) / .seconds(1)
      print(CorpusScreen(report: report, threads: threads, seconds: seconds).text)
    }
    if let missing = report.missing.first { throw missing.diagnostic }
  }
}

/// What `rouse corpus` prints.
struct CorpusScreen {
  var report: CorpusReport
  var threads: Int
  /// That reading took.
  var seconds: Double

  var text: String {
    var blocks = ["Corpus of \"\(report.wakeWord)\"", parts]
    if let words { blocks.append(words) }
    let remarks = CorpusWarning.lines(report.warnings) + SkippedClip.lines(report.skipped)
    if !remarks.isEmpty { blocks.append(remarks.joined(separator: "\n")) }
    blocks.append(needs)
    return blocks.joined(separator: "\n\n").printable
  }

  private var parts: String {
    var rows = [["role", "split", "clips", "minutes", "speakers", "left out"]]
    rows += report.parts.map { part in
      [
        part.role.rawValue, part.split.rawValue, "\(part.recordings)",
        String(format: "%.1f", part.minutes), part.speakers == 0 ? "-" : "\(part.speakers)",
        part.skipped == 0 ? "" : "\(part.skipped)",
      ]
    }
    return TextColumns.text(rows, right: Set(2...5))
  }

  private var words: String? {
    report.words.map { words in
      "Words found: \(words.words), \(words.shortest) to \(words.longest) ms long, half of them "
        + "at most \(words.median) ms, nine in ten between \(words.low) and \(words.high) ms"
    }
  }

  private var needs: String {
    let disk = String(format: "%.1f", Double(report.scratchBytes) / 1e6)
    let memory = (report.memoryBytes(threads: threads) + 999_999) / 1_000_000
    return
      "Training needs \(disk) MB of disk for decoded sound while it works, at most \(memory) MB "
      + "of memory for the recordings (features and network not counted), and "
      + "\(Progress.time(seconds)) to read them"
  }
}
