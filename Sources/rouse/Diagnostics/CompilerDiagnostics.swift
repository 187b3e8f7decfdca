import ArgumentParser
import RouseCompiler
import RouseFormats

extension CompilerError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .profile(let error): error.diagnostic.with(note: "in a target profile")
    case .unknownTarget(let name, let nearest, let available):
      Diagnostic(
        message: "there is no target called `\(name)`",
        notes: ["targets: \(available.joined(separator: ", "))"],
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "give a name from the list, or the path of a .yaml file of your own")
    case .unknownFirmware(let name, let target, let nearest, let available):
      Diagnostic(
        message: "the profile `\(target)` has no firmware called `\(name)`",
        notes: ["firmware: \(available.joined(separator: ", "))"],
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "give a release from the list, such as `\(available.last ?? "")`")
    case .file(let error): error.diagnostic
    case .unreadable(let file, let error, let resemblance):
      error.diagnostic(of: file, resembling: resemblance)
    case .nothingToCheck(let folder):
      Diagnostic(
        message: "there is no manifest and no .tflite in this folder", location: folder,
        help: "name the files, or a folder that holds them")
    case .severalModels(let folder, let names):
      Diagnostic(
        message: "there are \(names.count) models in this folder, expected one", location: folder,
        notes: ["models: \(names.joined(separator: ", "))"], help: "name one of its files")
    case .unplannable(let subgraph, let node, let tensor, let expected, let found):
      Diagnostic(
        message: "the memory of the model cannot be planned: found \(found), expected \(expected)",
        location: "subgraph \(subgraph)"
          + (node.map { ", operator \($0)" } ?? "") + (tensor.map { ", tensor \($0)" } ?? ""))
    case .wrongInputCount(let expected, let found):
      Diagnostic(
        message: "the model has \(expected) inputs, \(found) arrays were given",
        help: "give --input once for each input, in the order that `rouse inspect` lists")
    case .wrongInput(let index, let name, let expected, let found):
      Diagnostic(
        message: "input \(index) `\(name)`: found \(found), expected \(expected)",
        help: "the first axis counts invocations; `rouse inspect` shows what the model takes")
    case .notStreaming(let what, let expected, let found):
      Diagnostic(
        message: "the \(what) of the model is \(found), firmware feeds and reads \(expected)",
        help: "other models run on arrays: rouse run MODEL --input X.npy --output Y.npy")
    case .noCutoff(let manifest):
      Diagnostic(
        message: "no cutoff is known, so nothing can be detected", location: manifest,
        help: "give --manifest, or --cutoff and --window; NAME.json beside NAME.tflite is found")
    case .doesNotFit(let report):
      Diagnostic(
        message: "the model does not fit \(report.target)", location: report.profile,
        notes: report.lines.filter { $0.over > 0 }.map {
          "\($0.name): \($0.used) \($0.unit.rawValue), allowed \($0.limit ?? 0), "
            + "\($0.over) over (\($0.key), \($0.place))"
        } + report.unregisteredOperators.map { "the firmware has no operator \($0)" },
        help: "choose a smaller preset (esphome-small) or another --target; --force emits anyway",
        table: report.table,
        exitCode: .doesNotFit)
    case .verificationFailed(let report):
      Diagnostic(
        message: "verification failed; nothing was published",
        notes: report.checks.filter { !$0.holds }.map {
          "\($0.artefact): \($0.claim): difference \($0.largestDifference), allowed \($0.tolerance)"
        },
        help: "this is a defect of Rouse: please report it together with the run folder")
    }
  }
}

extension FormatError {
  /// The same, with the file's name and what it seems to be instead.
  fileprivate func diagnostic(
    of file: String, resembling resemblance: FileResemblance?
  ) -> Diagnostic {
    var result = diagnostic.with(location: file)
    guard let resemblance else { return result }
    if resemblance == .nothing {
      result.message = "the file is empty (0 bytes)"
      result.location = "\(file): byte 0"
    }
    if let help = resemblance.help { result.help = help }
    return result
  }
}

extension FileResemblance {
  /// nil when it is what it should be, only damaged.
  fileprivate var help: String? {
    switch self {
    case .nothing: "the download or the conversion did not finish; make or copy the file again"
    case .json: "this looks like JSON; if it is a manifest, give it a name that ends in .json"
    case .html: "this is a web page: the download got an error page or a preview, take the raw file"
    case .gitPointer: "this is a Git LFS pointer, not the file itself: run `git lfs pull`"
    case .onnx: "this looks like ONNX; convert it to int8 TFLite first"
    case .elf: "this is a program for a processor (ELF), not a model"
    case .zip:
      "this is a ZIP archive, perhaps .keras or PyTorch; unpack it, or convert the model to TFLite"
    case .hdf5: "this looks like a Keras .h5 file; convert it to int8 TFLite first"
    case .numpy: "this is a NumPy array, not a model"
    case .tflite:
      "it begins as a TFLite file does: it was cut short or damaged; copy or download it again"
    }
  }
}
