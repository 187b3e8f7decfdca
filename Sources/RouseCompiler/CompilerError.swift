import RouseFormats
import RouseNumerics
import RouseTraining

/// What stops a compilation. The wording lives in the command line's diagnostic printer.
public enum CompilerError: Error, Hashable, Sendable {
  // MARK: Targets

  /// A line of a target profile is wrong. Word it as for presets, and call the file a target profile.
  case profile(TrainingError)
  /// No built-in target is called `name`. List `available`, suggest `nearest` when there is one, and mention that
  /// `--target` also takes the path of a YAML file.
  case unknownTarget(name: String, nearest: String?, available: [String])
  /// The target's firmware has no release of this name. List `available`, suggest `nearest` when there is one.
  case unknownFirmware(name: String, target: String, nearest: String?, available: [String])
  /// A file cannot be read or written. Word it as for every file.
  case file(FileError)

  // MARK: Models

  /// A model or manifest cannot be read. Word the inner error, name the file, and say what it resembles instead.
  case unreadable(file: String, FormatError, resembles: FileResemblance?)
  /// A folder holds neither manifests nor models.
  case nothingToCheck(folder: String)
  /// A folder holds several models where one is compared. List them.
  case severalModels(folder: String, names: [String])

  // MARK: Memory

  /// The memory of a model file cannot be planned: an index points nowhere, a shape is absurd, or TFLite Micro would
  /// refuse it. Name the operator (`CONV_2D`, its index) and the tensor when there are any.
  case unplannable(
    subgraph: Int, operator: Int?, tensor: Int?, expected: String, found: String)

  // MARK: Running

  /// The model has another number of inputs than arrays were given.
  case wrongInputCount(expected: Int, found: Int)
  /// Array number `index` cannot be what the model's input `name` takes.
  case wrongInput(index: Int, name: String, expected: String, found: String)
  /// The model is not one that firmware can feed with features: say what its interface is.
  case notStreaming(what: String, expected: String, found: String)
  /// Neither the command nor a manifest states a cutoff; `manifest` is the one that was read.
  case noCutoff(manifest: String?)

  // MARK: Verdict

  /// The model exceeds what the target has, or uses operators that its firmware does not register. Print the report;
  /// the exit code is 2.
  case doesNotFit(BudgetReport)

  // MARK: Proof

  /// A file of the bundle does not hold what it should; nothing was left under a final name. Print the checks that
  /// fail and ask for the run folder: this is a defect of Rouse.
  case verificationFailed(VerificationReport)
}
