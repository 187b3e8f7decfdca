import ArgumentParser
import Foundation
import RouseCompiler
import RouseTraining
import Synchronization

/// Runs a training with progress lines, stops it cleanly on Ctrl-C, and says what came of it.
struct TrainingSession {
  var preset: Preset
  var corpus: Corpus
  var output: String
  var threads: Int
  /// Weights to begin with; nil for new ones.
  var start: TrainedModel?
  /// What to learn from beside the labels.
  var teacher: Teacher?

  /// - Parameter help: the command that goes on after an interruption.
  @discardableResult
  func run(resume: Bool, help: String) throws -> RunSummary {
    let interruption = Interruption()
    let reporter = TrainingReporter()
    let observer = TrainingObserver(
      progress: { reporter.report($0) }, isCancelled: { interruption.isRequested })
    let summary = try TrainingRun.execute(
      preset: preset, corpus: corpus, output: output, threads: threads, start: start,
      teacher: teacher, refine: try QuantizationAwareTraining().refine, resume: resume,
      observer: observer)
    reporter.finish()
    tell(summary)
    if summary.outcome == .stopped {
      throw Diagnostic(
        message: "stopped on request after step \(summary.steps); nothing is lost",
        location: output, help: "go on with `\(help)`", exitCode: .interrupted)
    }
    return summary
  }

  private func tell(_ summary: RunSummary) {
    CorpusWarning.lines(summary.warnings).forEach(Terminal.note)
    SkippedClip.lines(summary.skipped).forEach(Terminal.note)
    let clips = SourceRole.allCases.compactMap { role -> String? in
      guard let counts = summary.clips[role], !counts.isEmpty else { return nil }
      let splits = Split.allCases.compactMap { split in
        counts[split].map { "\($0) \(split.rawValue)" }
      }
      return "\(role.rawValue): \(splits.joined(separator: ", "))"
    }
    Terminal.note(
      "clips  \(clips.joined(separator: "; "))"
        + (summary.skipped.isEmpty ? "" : "; \(summary.skipped.count) skipped"))
    if let score = summary.score {
      Terminal.note(
        "model  best of \(summary.steps) steps at \(summary.bestStep), mean recall on held-out people "
          + Percent.text(score.recall))
    }
    if let outcome = summary.quantizationAware {
      Terminal.note("int8   quantization-aware training \(outcome.text)")
    }
  }
}

/// One progress line for each stage of a training.
private final class TrainingReporter: Sendable {
  private let current = Mutex<(stage: TrainingProgress.Stage, line: Progress)?>(nil)

  func report(_ progress: TrainingProgress) {
    let line = current.withLock { current -> Progress in
      if let current, current.stage == progress.stage { return current.line }
      current?.line.finish("done")
      let line = Progress(
        progress.stage.title, unit: progress.stage.unit, from: progress.done)
      current = (progress.stage, line)
      return line
    }
    line.update(
      done: progress.done, of: progress.total, note: progress.note,
      also: progress.examplesPerStep.map { ("examples", $0) })
  }

  func finish() {
    current.withLock { current in
      current?.line.finish("done")
      current = nil
    }
  }
}

extension TrainingProgress {
  /// `loss 0.210, rate 2.0e-03, miss 4.1 % at 1.2 false accepts/h, making 812 clips/s`
  fileprivate var note: String {
    var parts: [String] = []
    if let loss { parts.append(String(format: "loss %.3f", loss)) }
    if let learningRate { parts.append(String(format: "rate %.1e", learningRate)) }
    if let validation {
      parts.append(
        "miss \(Percent.text(validation.missRate)) at "
          + String(format: "%.1f false accepts/h", validation.falseAcceptsPerHour))
    }
    if let renewal { parts.append(renewal.note) }
    return parts.joined(separator: ", ")
  }
}

extension ExampleRenewal {
  /// `making 812 clips/s, waited 3.1 s`
  fileprivate var note: String {
    let rate = seconds > 0 ? Double(streams) / seconds : 0
    return String(format: "making %.0f clips/s", rate)
      + (waitedSeconds >= 0.05 ? String(format: ", waited %.1f s", waitedSeconds) : "")
  }
}

extension TrainingProgress.Stage {
  fileprivate var title: String {
    switch self {
    case .reading: "Reading recordings"
    case .examples: "Making examples"
    case .teacher: "Asking the teacher"
    case .training: "Training"
    case .heldOut: "Held-out features"
    case .quantizationAware: "Training in int8"
    }
  }

  fileprivate var unit: String {
    switch self {
    case .reading, .heldOut: "files"
    case .examples, .teacher: "streams"
    case .training, .quantizationAware: "steps"
    }
  }
}

enum Percent {
  static func text(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
}

extension ExitCode {
  /// 128 + SIGINT, what a shell reports for an interrupted program.
  static let interrupted = ExitCode(130)
}
