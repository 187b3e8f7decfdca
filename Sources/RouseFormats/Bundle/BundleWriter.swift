/// Writes several files as one bundle, so that all of them change or none.
public enum BundleWriter {
  /// Makes `folder`, and those above it, when it is missing; `name` is that of the bundle's list of files.
  ///
  /// - Throws: As `StagedBundle`; then `folder` is as it was.
  public static func write(
    _ artefacts: [Artefact], named name: String = "bundle", to folder: String
  ) throws(FormatError) {
    try write(artefacts, named: name, to: folder, calls: .system)
  }

  package static func write(
    _ artefacts: [Artefact], named name: String = "bundle", to folder: String, calls: DiskCalls
  ) throws(FormatError) {
    let staged = try StagedBundle(artefacts, named: name, in: folder, calls: calls)
    defer { staged.discard() }
    try staged.publish(with: [])
  }
}
