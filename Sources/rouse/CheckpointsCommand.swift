import ArgumentParser
import Foundation
import RouseCompiler
import RouseNumerics
import RouseTraining

/// `rouse checkpoints list|compare|prune|export RUN …`
struct CheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoints",
    abstract: "Look at the checkpoints that a run keeps, and use an earlier one.",
    subcommands: [List.self, Compare.self, Prune.self, Export.self])

  /// A step of a run as a user says it: a number, `best` or `latest`.
  enum Step: ExpressibleByArgument {
    case number(Int)
    case best
    case latest

    init?(argument: String) {
      switch argument {
      case "best": self = .best
      case "latest": self = .latest
      default:
        guard let step = Int(argument), step >= 0 else { return nil }
        self = .number(step)
      }
    }

    func resolved(in folder: RunFolder) throws -> Int {
      if case .number(let step) = self { return step }
      let all = try folder.checkpoints()
      if case .latest = self, let last = all.last { return last.step }
      guard let best = all.first(where: \.isBest) else {
        throw Diagnostic(
          message: "no checkpoint of the best step is kept", location: folder.path,
          help: "name a step that `rouse checkpoints list` shows")
      }
      return best.step
    }
  }

  /// The run that a subcommand is about.
  struct RunArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var path: String

    var folder: RunFolder { RunFolder(path) }
  }

  // MARK: - List

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show each checkpoint's step, loss, validation and size.")

    @OptionGroup var target: RunArgument

    func run() throws {
      print(CheckpointTable.text(try target.folder.checkpoints()))
    }
  }

  // MARK: - Compare

  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show two checkpoints' validations and how far their averaged weights are apart.")

    @OptionGroup var target: RunArgument
    @Argument(help: "A step, `best` or `latest`.")
    var first: Step
    @Argument(help: "A step, `best` or `latest`.")
    var second: Step

    func run() throws {
      let folder = target.folder
      let steps = [try first.resolved(in: folder), try second.resolved(in: folder)]
      let comparison = try folder.compareCheckpoints(steps[0], steps[1])
      let all = try folder.checkpoints().filter { steps.contains($0.step) }
      print(CheckpointTable.text(all) + "\n\n" + CheckpointTable.text(comparison))
    }
  }

  // MARK: - Prune

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove all but the latest few checkpoints and the best one.",
      discussion: "The checkpoint to resume from is not touched.")

    @OptionGroup var target: RunArgument

    @Option(help: "How many to keep beside the best one.")
    var keep: Int

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    func validate() throws {
      guard keep >= 0 else { throw ValidationError("--keep is \(keep), expected 0 or more") }
    }

    func run() throws {
      let removed = try target.folder.pruneCheckpoints(keep: keep, dryRun: dryRun)
      let bytes = removed.reduce(0) { $0 + $1.bytes }
      for checkpoint in removed { print(checkpoint.file) }
      print(
        "\(dryRun ? "Would remove" : "Removed") \(removed.count) checkpoints, "
          + "\(BudgetReport.grouped(bytes)) bytes")
    }
  }

  // MARK: - Export

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a run of a checkpoint's averaged weights, or a float ONNX file.",
      discussion: "`rouse compile` takes the folder that --output makes like any other run.")

    @OptionGroup var target: RunArgument
    @Argument(help: "A step, `best` or `latest`.")
    var step: Step

    @Option(help: "The run folder to make.")
    var output: String?

    @Option(help: "The .onnx file to write: the network over a whole window, in float.")
    var onnx: String?

    func validate() throws {
      guard output != nil || onnx != nil else {
        throw ValidationError("say what to write: --output FOLDER, --onnx FILE, or both")
      }
    }

    func run() throws {
      let folder = target.folder
      let step = try step.resolved(in: folder)
      if let onnx { try AtomicFile.write(try folder.model(atStep: step).onnx(), to: onnx) }
      if let output { try folder.exportCheckpoint(step: step, to: output) }
      let files = [output, onnx].compactMap(\.self).joined(separator: ", ")
      print("Exported step \(step) to \(files)")
    }
  }
}

/// Checkpoints as tables on a terminal.
private enum CheckpointTable {
  static func text(_ checkpoints: [CheckpointSummary]) -> String {
    let head = ["step", "phase", "loss", "mean recall", "missed", "false accepts/h", "bytes", ""]
    let rows = checkpoints.map { checkpoint -> [String] in
      let score = checkpoint.score
      let marks = [checkpoint.isBest ? "best" : nil, checkpoint.isLatest ? "latest" : nil]
      return [
        "\(checkpoint.step)", "\(checkpoint.phase)", String(format: "%.4f", checkpoint.loss),
        score.map { Percent.text($0.recall) } ?? "", score.map { Percent.text($0.missRate) } ?? "",
        score.map { String(format: "%.1f", $0.falseAcceptsPerHour) } ?? "",
        BudgetReport.grouped(checkpoint.bytes), marks.compactMap(\.self).joined(separator: ", "),
      ]
    }
    return TextColumns.text([head] + rows, right: Set(0...6))
  }

  static func text(_ comparison: CheckpointComparison) -> String {
    let rows = (comparison.layers + [comparison.total]).map { layer in
      [
        layer.name, "\(layer.count)", String(format: "%.4g", layer.norm),
        String(format: "%.4g", layer.distance), layer.relative.map(Percent.text) ?? "",
      ]
    }
    return TextColumns.text(
      [["parameter", "numbers", "length", "distance", "relative"]] + rows, right: Set(1...4))
  }
}
