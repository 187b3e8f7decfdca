import RouseIR
import RouseNumerics

/// Writes `NAME_model.h` and `NAME_model.c`, which compile without warnings as C11 and as C++17.
public enum CArrayWriter {
  /// - Precondition: the model is not empty, since C has no empty arrays; input and output have one scale each; the
  ///   tool version could stand in a C comment.
  public static func write(_ array: CArray) -> [Artefact] {
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
    let values = [
      "identifier": identifier, "prefix": identifier.uppercased(), "version": array.toolVersion,
      "sha256": SHA256.hex(SHA256.digest(array.model)), "modelBytes": "\(array.model.count)",
      "arenaBytes": "\(array.arenaBytes)", "step": "\(array.stepMilliseconds)",
      "rows": "\(array.input.shape[1])", "features": "\(array.input.shape[2])",
      "inputScale": literal(input.scale), "inputZeroPoint": "\(input.zeroPoint)",
      "outputScale": literal(output.scale), "outputZeroPoint": "\(output.zeroPoint)",
      "bytes": lines(array.model),
    ]
    return ["h", "c"].map { suffix in
      Artefact(
        fileName: "\(identifier)_model.\(suffix)",
        text: TextTemplate.fill("model.\(suffix).mustache", values))
    }
  }

  /// The shortest decimal that is this float again: Swift's `description`, which C reads the same way.
  private static func literal(_ value: Float) -> String { "\(value)f" }

  /// `0x1c, 0x00, …`, 16 on a line.
  private static func lines(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 6 + bytes.count / 8)
    for (index, byte) in bytes.enumerated() {
      text += index.isMultiple(of: 16) ? (index == 0 ? "  " : "\n  ").utf8 : " ".utf8
      text += [
        UInt8(ascii: "0"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
        UInt8(ascii: ","),
      ]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
