import RouseAudio
import RouseFrontEnd
import RouseIR
import RouseNumerics

/// What can go wrong between a preset, a corpus and a trained model.
///
/// Cases carry what the command line needs to print; the wording lives there.
public enum TrainingError: Error, Hashable, Sendable {
  // MARK: Text files written by a person

  /// A file cannot be read or written; the cause carries the path, the operation and the system's code.
  case file(FileError)
  /// A file that should be text is not UTF-8.
  case notText(file: String)
  /// Not YAML. Show the line.
  case yamlSyntax(file: String, line: Int, reason: String)
  /// A key that nothing reads, most often a typing error. Offer `nearest`.
  case unknownKey(file: String, line: Int, key: String, nearest: String?)
  /// A key without a default is absent from the mapping that starts at `line`.
  case missingKey(file: String, line: Int, key: String)
  /// The value has the wrong type or is out of range; `expected` says what is allowed.
  case wrongValue(file: String, line: Int, key: String, expected: String, found: String)
  /// No built-in preset has this name. Offer `nearest`, list `available`.
  case unknownPreset(name: String, nearest: String?, available: [String])

  // MARK: Corpus

  /// The index has no such column. List the columns it has.
  case missingColumn(file: String, column: String, found: [String])
  /// A row that cannot be read as CSV, or has too few or too many fields.
  case badRow(file: String, line: Int, expected: String, found: String)
  /// A source's folder or index is not there; `nearest` is what that folder holds with a similar name. Paths are relative
  /// to the corpus file.
  case sourceMissing(file: String, line: Int, path: String, nearest: String?)
  /// A source's folder, or one below it, cannot be listed, or is none.
  case folderUnreadable(file: String, line: Int, cause: AudioError)
  /// Nothing is left of a role that training cannot do without.
  case noUsableClips(MissingRole)
  /// The disk of `folder` took `written` bytes of decoded sound and has `free` bytes left. An hour of sound takes 115 MB.
  case diskFull(folder: String, written: Int, free: Int)

  // MARK: Network

  /// The preset describes a network that cannot exist; `reason` names the fields.
  case impossibleArchitecture(reason: String)
  /// A broken graph: a defect of Rouse or of a hand-written model file.
  case graph(GraphError)
  /// The loss became infinite or not a number. Suggest a lower learning rate.
  case diverged(step: Int)

  /// The weights to begin with are of another network than the preset describes; name and shape of the first parameter
  /// that differs.
  case otherNetwork(preset: String, expected: String, found: String)

  // MARK: Teacher

  /// A teacher whose rows are as many milliseconds apart as the student's are not.
  case teacherStep(expected: Int, found: Int)
  /// A teacher that has heard so many rows before it says anything, and the most that there are before the end of a word.
  case teacherWindow(rows: Int, most: Int)
  /// A score file names a recording that the corpus does not list as one of the wake word. Offer `nearest`.
  case unknownRecording(file: String, line: Int, name: String, nearest: String?)
  /// A score file without a recording of the wake word that trains.
  case noScores(file: String)

  // MARK: Runs

  /// A feature file of a run could not be written or read; the cause says why.
  case features(FrontEndError)

  /// A run folder that exists already and was not asked to be resumed.
  case runExists(folder: String)
  /// A part of a run folder is missing: the run never got that far. Suggest to resume it.
  case missingPart(file: String)
  /// A binary file of ours that is damaged, cut short or from another version.
  case corrupt(file: String, offset: Int, expected: String, found: String)
  /// A checkpoint made from another preset, corpus or program version: `field` differs.
  case notTheSameRun(file: String, field: String, expected: String, found: String)
  /// A line of a run's metrics that is not a record.
  case badRecord(file: String, line: Int)
  /// The run holds no checkpoint of this step. List those it has.
  case noCheckpoint(folder: String, step: Int, available: [Int])
}
