import ArgumentParser
import RouseTraining

extension TrainingError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .file(let error): error.diagnostic
    case .notText(let file):
      Diagnostic(message: "found bytes that are not UTF-8 text", location: file)
    case .yamlSyntax(let file, let line, let reason):
      Diagnostic(message: "not valid YAML: \(reason)", location: "\(file):\(line)")
    case .unknownKey(let file, let line, let key, let nearest):
      Diagnostic(
        message: "unknown key `\(key)`", location: "\(file):\(line)",
        help: nearest.map { "did you mean `\($0)`?" } ?? "remove it")
    case .missingKey(let file, let line, let key):
      Diagnostic(message: "the key `\(key)` is missing", location: "\(file):\(line)")
    case .wrongValue(let file, let line, let key, let expected, let found):
      Diagnostic(
        message: "`\(key)` is \(found), expected \(expected)", location: "\(file):\(line)")
    case .unknownPreset(let name, let nearest, let available):
      Diagnostic(
        message: "there is no preset called `\(name)`",
        notes: ["presets: \(available.joined(separator: ", "))"],
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "give a name from the list or a path to a .yaml")
    case .missingColumn(let file, let column, let found):
      Diagnostic(
        message: "the index has no column `\(column)`", location: file,
        notes: ["it has: \(found.joined(separator: ", "))"],
        help: "name the columns in the first line: path,label,speaker,split")
    case .badRow(let file, let line, let expected, let found):
      Diagnostic(
        message: "expected \(expected), found \(found)", location: "\(file):\(line)")
    case .sourceMissing(let file, let line, let path, let nearest):
      Diagnostic(
        message: "there is no `\(path)`", location: "\(file):\(line)",
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "paths in a corpus are relative to the corpus file")
    case .folderUnreadable(let file, let line, let cause):
      Diagnostic(
        message: cause.diagnostic.message,
        location: "\(file):\(line)",
        notes: cause.diagnostic.location.map { ["it is `\($0)`"] } ?? [],
        help: "name a folder of sound files that may be read, or use `index:` for a table")
    case .noUsableClips(let missing): missing.diagnostic
    case .diskFull(let folder, let written, let free):
      Diagnostic(
        message: "the disk is full: \(written >> 20) MiB of decoded sound are written, "
          + "\(free >> 20) MiB are free", location: folder,
        notes: ["an hour of sound takes 110 MiB while a run works; nothing was left behind"],
        help: "free some space, choose an --output on a larger disk, or list fewer recordings")
    case .impossibleArchitecture(let reason):
      Diagnostic(message: "the preset describes a network that cannot exist: \(reason)")
    case .graph(let error): error.diagnostic
    case .diverged(let step):
      Diagnostic(
        message: "training diverged at step \(step): the loss is not a number",
        help: "lower the learning rate in the preset")
    case .runExists(let folder):
      Diagnostic(
        message: "there is already a run here", location: folder,
        help: "continue it with --resume, or choose another --output")
    case .features(let error): error.diagnostic
    case .missingPart(let file):
      Diagnostic(
        message: "this part of the run is missing", location: file,
        help: "finish the run with `rouse train … --resume`")
    case .corrupt(let file, let offset, let expected, let found):
      Diagnostic(
        message: "damaged, cut short or from another version: found \(found), expected \(expected)",
        location: "\(file), byte \(offset)")
    case .notTheSameRun(let file, let field, let expected, let found):
      Diagnostic(
        message:
          "the checkpoint belongs to another run: \(field) is \(found), expected \(expected)",
        location: file, help: "choose another --output, or undo the change")
    case .otherNetwork(let preset, let expected, let found):
      Diagnostic(
        message: "the weights are of another network: found \(found), expected \(expected)",
        help: "train with the preset that they were trained with; `\(preset)` differs")
    case .teacherStep(let expected, let found):
      Diagnostic(
        message: "the teacher hears a row every \(found) ms, the network to train every "
          + "\(expected) ms",
        help: "take a teacher with front_end.step_ms: \(expected)")
    case .teacherWindow(let rows, let most):
      Diagnostic(
        message: "the teacher needs \(rows) rows of sound before it says anything; examples have "
          + "\(most) before the end of a word",
        help: "take a teacher with a shorter clip_ms, or make that of the network to train longer")
    case .unknownRecording(let file, let line, let name, let nearest):
      Diagnostic(
        message: "the corpus has no recording of the wake word `\(name)`",
        location: "\(file):\(line)",
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "write paths as the corpus does: below its folder, or as in its index")
    case .noScores(let file):
      Diagnostic(
        message: "no score is of a recording of the wake word that trains", location: file,
        help: "add rows `path,score` for recordings of the train split")
    case .badRecord(let file, let line):
      Diagnostic(
        message: "not a record of training, or one whose step is not above the step before",
        location: "\(file):\(line)", help: "undo the edit, or delete the file and resume the run")
    case .noCheckpoint(let folder, let step, let available):
      Diagnostic(
        message: "the run keeps no checkpoint of step \(step)", location: folder,
        notes: ["steps: \(available.map(String.init).joined(separator: ", "))"],
        help: "give one of these, or `best` or `latest`")
    }
  }
}
