import ArgumentParser
import RouseFormats

extension FileKind {
  fileprivate var description: String {
    switch self {
    case .tflite: "TFLite file"
    case .onnx: "ONNX file"
    case .manifest: "ESPHome manifest"
    case .cArray: "C array"
    }
  }
}

extension FormatError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .malformed(let kind, let offset, let expected, let found):
      Diagnostic(
        message: "damaged or not a \(kind.description): found \(found), expected \(expected)",
        location: "byte \(offset)")
    case .unsupported(let kind, let offset, let feature):
      Diagnostic(
        message: "the \(kind.description) uses \(feature), which Rouse does not read",
        location: "byte \(offset)")
    case .tooLarge(let kind, let offset, let what, let limit, let found):
      Diagnostic(
        message: "the \(kind.description) has \(found) \(what), Rouse accepts at most \(limit)",
        location: "byte \(offset)")
    case .refusedByVerifier(let kind, let bytes):
      Diagnostic(
        message: "the format's own checker refuses this \(kind.description) of \(bytes) bytes",
        help: "it is damaged, or was cut short; make or copy it again")
    case .unknownOperator(let kind, let index, let name):
      Diagnostic(
        message:
          "operator \(index) of the \(kind.description), \(name), is not one that Rouse knows")
    case .operatorRule(let kind, let op, let tensor, let rule, let found):
      Diagnostic(
        message: "\(op): found \(found), expected \(rule)",
        location: "\(kind.description), tensor `\(tensor)`")
    case .tensorRule(let kind, let tensor, let rule, let found):
      Diagnostic(
        message: "found \(found), expected \(rule)",
        location: "\(kind.description), tensor `\(tensor)`")
    case .unmodelledTensor(let kind, let tensor, let rule, let found):
      Diagnostic(
        message: "found \(found), expected \(rule)",
        location: "\(kind.description), tensor `\(tensor)`",
        notes: ["TFLite Micro runs this; Rouse does not compute what it does"])
    case .modelRule(let kind, let what, let rule, let found):
      Diagnostic(message: "\(kind.description), \(what): found \(found), expected \(rule)")
    case .graph(let kind, let op, let tensor, let error):
      error.diagnostic.with(note: "at \(op) that makes `\(tensor)` in the \(kind.description)")
    case .notImportable(let kind, let problems):
      Diagnostic(cannotImport: problems, from: kind.description)
    case .ambiguousTime(_, let input, let shape):
      Diagnostic(ambiguousTimeOf: input, shape: shape)
    case .openWindow(_, let input, let axis):
      Diagnostic(openWindowOf: input, axis: axis)
    case .text(let kind, let line, let expected, let found):
      Diagnostic(
        message: "found \(found), expected \(expected)",
        location: "\(kind.description), line \(line)")
    case .field(let kind, let name, let expected, let found):
      Diagnostic(
        message: "`\(name)` is \(found), expected \(expected)", location: kind.description)
    case .unsafeFileName(let name):
      Diagnostic(
        message: "`\(name)` cannot be the name of an artefact",
        help: "use letters, digits, `-` and `_`")
    case .duplicateFileName(let name):
      Diagnostic(message: "two artefacts would be called `\(name)`")
    case .occupied(let folder, let strangers, let edited):
      Diagnostic(
        message: "the output folder holds files that would be lost", location: folder,
        notes: Self.listed("not of this bundle", strangers)
          + Self.listed("changed since they were written", edited),
        help: "choose another folder with --output, or move these files away first")
    case .occupiedByBundle(let folder, let found, let name):
      Diagnostic(
        message: "the output folder holds the bundle `\(found)`, this one is `\(name)`",
        location: folder, help: "give each bundle a folder of its own, such as \(folder)-\(name)")
    case .insideOutput(let folder):
      Diagnostic(
        message: "a bundle replaces its whole folder, which cannot be the one you are in",
        location: folder, help: "go to the folder above and name this one with --output")
    case .file(let error): error.diagnostic
    }
  }
}

extension FormatError {
  /// `what: a, b and 3 more`; nothing for no names.
  private static func listed(_ what: String, _ names: [String]) -> [String] {
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(8).map(\.printable).joined(separator: ", ")
    return ["\(what): \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : "")]
  }
}

extension Diagnostic {
  func with(note: String) -> Diagnostic {
    var result = self
    result.notes.append(note)
    return result
  }

  /// Says as what a file was read whose name does not tell.
  func with(guessed format: ModelInspection.Format) -> Diagnostic {
    switch format {
    case .tflite: with(note: "read as TFLite: bytes 4 to 7 are TFL3")
    case .onnx:
      with(
        note: "read as ONNX: the name ends neither in .tflite nor in .onnx, and bytes 4 to 7 are "
          + "not the TFL3 of a TFLite file")
    }
  }

  func with(location: String) -> Diagnostic {
    var result = self
    result.location = self.location.map { "\(location): \($0)" } ?? location
    return result
  }
}
