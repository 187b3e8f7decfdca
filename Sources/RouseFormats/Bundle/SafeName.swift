/// Names that hold in C, in YAML and as files: `[a-z][a-z0-9_]*`.
public enum SafeName {
  /// `Hey, Röuse!` -> `hey_r_use`; every run of other characters becomes one `_`, and `model` stands in for an empty
  /// or digit-first name's beginning.
  public static func identifier(_ name: String) -> String {
    var result = ""
    for byte in name.lowercased().utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: if !result.isEmpty, !result.hasSuffix("_") { result += "_" }
      }
    }
    while result.hasSuffix("_") { result.removeLast() }
    guard let first = result.first else { return "model" }
    return first.isNumber ? "model_" + result : result
  }
}
