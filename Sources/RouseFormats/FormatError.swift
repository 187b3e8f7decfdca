import RouseIR
import RouseNumerics

/// The file formats of this module, as a person would name the file.
public enum FileKind: String, Hashable, Sendable, CaseIterable {
  case tflite, onnx, manifest, cArray
}

/// What is wrong with a file, or with a model that a file format cannot hold.
///
/// Strings in the cases are facts (a field's name, a number that was found), not sentences: the wording lives in the
/// command line's diagnostic printer.
public enum FormatError: Error, Hashable, Sendable {
  // MARK: Bytes

  /// Say that the file is damaged or is not of this kind, and what stands at byte `offset` instead of what must.
  case malformed(FileKind, offset: Int, expected: String, found: String)
  /// Say that the file is sound but uses `feature`, which Rouse does not read; `offset` is where it stands.
  case unsupported(FileKind, offset: Int, feature: String)
  /// Say that the file holds or refers to more of `what` than Rouse accepts from a file.
  case tooLarge(FileKind, offset: Int, what: String, limit: Int, found: Int)
  /// Say that the format's own checker refuses the file although Rouse's reader found nothing; ask for the file.
  case refusedByVerifier(FileKind, bytes: Int)

  // MARK: Models

  /// Say that the operator numbered `index`, called `name` by the format, has no counterpart in Rouse.
  case unknownOperator(FileKind, index: Int, name: String)
  /// Say which rule the operator breaks with which tensor.
  case operatorRule(FileKind, op: String, tensor: String, rule: String, found: String)
  /// Say which rule a tensor breaks on its own: its type, its size, its name.
  case tensorRule(FileKind, tensor: String, rule: String, found: String)
  /// Say the same of a rule that TFLite Micro does not have: the model runs on a device, Rouse cannot run it.
  case unmodelledTensor(FileKind, tensor: String, rule: String, found: String)
  /// Say which rule the model as a whole breaks: subgraphs, outputs, variables.
  case modelRule(FileKind, what: String, rule: String, found: String)
  /// Say what the operator's own file refuses, and at which operator with which result.
  case graph(FileKind, op: String, tensor: String, GraphError)

  // MARK: Import

  /// List every operator of another program's network that cannot be imported, where it is and why.
  case notImportable(FileKind, [ImportProblem])
  /// Say that both axes of the input could be time, and how to choose.
  case ambiguousTime(FileKind, input: String, shape: [Int])
  /// Say that the file leaves the rows of a window open (the axis), and how to state them.
  case openWindow(FileKind, input: String, axis: Int)

  // MARK: Text

  /// Say what stands on this line (the first is 1) instead of what must.
  case text(FileKind, line: Int, expected: String, found: String)
  /// Say which field (`micro.tensor_arena_size`) is missing, unknown, of another type or outside its range.
  case field(FileKind, name: String, expected: String, found: String)

  // MARK: Output

  /// Say that an artefact cannot have this name: empty, hidden, leading out of the bundle, or with `\` or a control
  /// character.
  case unsafeFileName(String)
  /// Say that two artefacts of one bundle would have this name.
  case duplicateFileName(String)
  /// Say that the output folder holds files that no bundle of this name brought (`strangers`; folders end in `/`) or that
  /// were changed since (`edited`), and that they would be lost: another folder, or moving them away, helps.
  case occupied(folder: String, strangers: [String], edited: [String])
  /// Say that the output folder holds the bundle `found`, and that each bundle needs a folder of its own.
  case occupiedByBundle(folder: String, found: String, name: String)
  /// Say that the program runs inside the folder that is to be replaced, and that it must be started elsewhere.
  case insideOutput(folder: String)
  /// Say what the operating system refused and why; for ENOSPC that the disk is full. Nothing has changed.
  case file(FileError)
}
