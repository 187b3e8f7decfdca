import RouseNumerics
import RouseResources
import RouseTraining

/// The target profiles that come with the program, and those that users bring.
public enum TargetCatalog {
  /// A profile is a page of text; more than 1 MiB is another file.
  static let largestFile = 1 << 20
  /// Files that only serve to be extended: a chip, a flash size, a firmware.
  static let basePrefix = "base-"

  /// Names of the built-in boards, sorted: `esp32-s3-n16r8`.
  public static var names: [String] {
    Resources.names(in: "targets").filter { !$0.hasPrefix(basePrefix) }
      .map { String($0.dropLast(".yaml".count)) }.sorted()
  }

  /// The profile that `--target` names: a built-in one, or a file when the name contains `/` or ends in `.yaml`.
  public static func profile(_ name: String) throws(CompilerError) -> TargetProfile {
    if ProfileLayers.isPath(name) {
      let yaml: String
      do {
        yaml = try text(of: name)
      } catch .file(let error) {
        throw .file(error)
      } catch {
        throw .profile(error)
      }
      return try TargetProfile(yaml: yaml, file: name)
    }
    guard names.contains(name) else {
      throw .unknownTarget(
        name: name, nearest: EditDistance.nearest(to: name, among: names), available: names)
    }
    let file = file(of: name)
    return try TargetProfile(yaml: Resources.file(file), file: file, isBuiltIn: true)
  }

  /// The embedded file of a built-in profile.
  static func file(of name: String) -> String { "targets/\(name).yaml" }

  static func text(of file: String) throws(TrainingError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(file, limit: largestFile)
    } catch {
      throw .file(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(file: file) }
    return text
  }
}
