import RouseNumerics
import RouseResources
import RouseTraining

/// The target profiles that come with the program, and those that users bring.
public enum TargetCatalog {
  /// A profile is a page of text; more than 1 MiB is another file.
  static let largestFile = 1 << 20

  /// Names of the built-in profiles, sorted: `esp32-s3-n16r8`.
  public static var names: [String] {
    Resources.names(in: "targets").map { String($0.dropLast(".yaml".count)) }
  }

  /// The profile that `--target` names: a built-in one, or a file when the name contains `/` or ends in `.yaml`.
  public static func profile(_ name: String) throws(CompilerError) -> TargetProfile {
    if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
      return try profile(file: name)
    }
    guard names.contains(name) else {
      throw .unknownTarget(
        name: name, nearest: EditDistance.nearest(to: name, among: names), available: names)
    }
    let file = "targets/\(name).yaml"
    return try TargetProfile(yaml: Resources.file(file), file: file)
  }

  private static func profile(file: String) throws(CompilerError) -> TargetProfile {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(file, limit: largestFile)
    } catch {
      throw .file(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .profile(
        .wrongValue(file: file, line: 1, key: "", expected: "UTF-8 text", found: "other bytes"))
    }
    return try TargetProfile(yaml: text, file: file)
  }
}
