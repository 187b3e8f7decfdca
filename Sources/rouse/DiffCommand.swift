import ArgumentParser
import RouseCompiler
import RouseNumerics

/// `rouse diff A B [--target BOARD] [--features X.npy | --audio FILE…] [--json]`
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Tell what changed between two compiled models, and whether a device would notice.",
    discussion: """
      Compares operators, tensors, scales, weights, file bytes, the tensor arena for every kernel library of the target and \
      the manifests, and runs both models on the same features: a built-in sound, or your own.

      Exit code 0: same behaviour (all outputs and the detection settings are equal, whatever else changed); 2: another \
      behaviour, or one that could not be compared; 1: a file cannot be read; 64: wrong usage. Unlike diff and cmp, 1 is an \
      error here as for every command of Rouse.
      """)

  @Argument(
    help: ArgumentHelp(
      "A .tflite model, a manifest (its model is found beside it), or a bundle's folder.",
      valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("The model to compare it with.", valueName: "b"))
  var second: String

  @Option(
    help: ArgumentHelp(
      "The board whose kernel libraries decide the arena: a built-in target or a .yaml file."))
  var target = "esp32-s3-n16r8"

  @Option(
    help: ArgumentHelp(
      "Feature rows for both: int8 [n, channels], or uint16 [n, 40] from `rouse features`.",
      valueName: "npy"))
  var features: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Recordings for both, one after the other.", valueName: "file"))
  var audio: [String] = []

  @Flag(help: "Print JSON with stable keys instead of text.")
  var json = false

  func validate() throws {
    guard features == nil || audio.isEmpty else {
      throw ValidationError("give either --features or --audio")
    }
  }

  func run() throws {
    let profile = try TargetCatalog.profile(target)
    let (a, b) = (try DiffModel(at: first), try DiffModel(at: second))
    let report = Diff.report(a, b, profile: profile, features: try heard(a, b))
    if json {
      print(report.json, terminator: "")
    } else {
      print(DiffScreen(report: report).text)
    }
    if report.verdict == .differentBehaviour || report.verdict == .unknown {
      throw ExitCode.doesNotFit
    }
  }

  /// nil for the built-in sound.
  private func heard(_ a: DiffModel, _ b: DiffModel) throws -> DiffFeatures? {
    if let features {
      return try located(features) {
        try DiffFeatures(NPYArray(bytes: InputFile.read(features)), name: features)
      }
    }
    guard !audio.isEmpty else { return nil }
    return try DiffFeatures(audio: audio, stepMilliseconds: Diff.stepMilliseconds(a, b))
  }
}
