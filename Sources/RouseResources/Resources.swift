/// Read access to the embedded files, by their path in the repository.
public enum Resources {
  /// The text of an embedded file: `Resources.file("targets/esp32-s3-n16r8.yaml")`.
  ///
  /// - Precondition: `path` is one of `names(in:)`; check a name that a user typed against that list first.
  public static func file(_ path: String) -> String {
    guard let row = resourceTable.first(where: { $0.path == path }) else {
      preconditionFailure("\(path) is not embedded")
    }
    return String(decoding: row.bytes, as: UTF8.self)
  }

  /// File names in an embedded folder, sorted: `Resources.names(in: "targets")` -> `["esp32-s3-n16r8.yaml"]`.
  public static func names(in folder: String) -> [String] {
    resourceTable.map(\.path).filter { $0.hasPrefix(folder + "/") }
      .map { String($0.dropFirst(folder.count + 1)) }.sorted()
  }
}
