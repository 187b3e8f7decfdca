import RouseIR
import RouseNumerics

/// Writes `NAME_model.h` and `NAME_model.c`, which compile without warnings as C11 and as C++17.
public enum CArrayWriter {
  /// - Precondition: the model is not empty, since C has no empty arrays; input and output have one scale each; the
  ///   tool version could stand in a C comment.
  public static func write(_ array: CArray) -> [Artefact] {
    [
      Artefact(fileName: "\(array.identifier)_model.h", text: header(of: array)),
      Artefact(fileName: "\(array.identifier)_model.c", text: source(of: array)),
    ]
  }

  static func header(of array: CArray) -> String {
    TextTemplate.fill("model.h.mustache", values(of: array))
  }

  static func source(of array: CArray) -> String {
    var values = values(of: array)
    values["bytes"] = CText.hexadecimal(array.model)
    return TextTemplate.fill("model.c.mustache", values)
  }

  /// What both files, and those that stand beside them in packages, say of the model.
  static func values(of array: CArray) -> [String: String] {
    precondition(!array.model.isEmpty, "an empty array is not C")
    precondition(array.input.shape.rank == 3, "the input is [1, rows, features]")
    precondition(
      array.toolVersion.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || ".+-".contains($0))
      },
      "a version that could end a comment")
    guard let input = array.input.quantization, let output = array.output.quantization else {
      preconditionFailure("input and output of a model on a device are quantized")
    }
    let identifier = array.identifier
    return [
      "identifier": identifier, "prefix": identifier.uppercased(), "version": array.toolVersion,
      "sha256": SHA256.hex(SHA256.digest(array.model)), "modelBytes": "\(array.model.count)",
      "arenaBytes": "\(array.arenaBytes)", "step": "\(array.stepMilliseconds)",
      "rows": "\(array.input.shape[1])", "features": "\(array.input.shape[2])",
      "inputScale": literal(input.scale), "inputZeroPoint": "\(input.zeroPoint)",
      "outputScale": literal(output.scale), "outputZeroPoint": "\(output.zeroPoint)",
      "provenance": CText.comment(array.provenance),
      "arenaNotes": CText.comment(array.arenaNotes),
    ]
  }

  /// The shortest decimal that is this float again: Swift's `description`, which C reads the same way.
  private static func literal(_ value: Float) -> String { "\(value)f" }
}
