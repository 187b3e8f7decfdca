/// One recording that a corpus names, before it is opened.
public struct ClipRecord: Hashable, Sendable {
  /// The folder that `name` starts from, with a final slash; empty for the current folder. Shared by all of a source.
  var base: String
  /// The path as the corpus writes it: what people recognise, the same on every machine.
  public var name: String
  public var role: SourceRole
  /// Index into the corpus's sources.
  public var source: Int
  public var label: String?
  public var speaker: String?
  /// The split that the source or its index asks for.
  public var declaredSplit: Split?
  public var split: Split

  /// Where the file is.
  public var file: String { name.hasPrefix("/") ? name : base + name }

  /// A recording that no corpus lists: one that a person named, or found in a folder.
  package init(file: String, role: SourceRole) {
    self.init(
      base: "", name: file, role: role, source: 0, label: nil, speaker: nil, declaredSplit: nil,
      split: .train)
  }

  init(
    base: String, name: String, role: SourceRole, source: Int, label: String?, speaker: String?,
    declaredSplit: Split?, split: Split
  ) {
    self.base = base
    self.name = name
    self.role = role
    self.source = source
    self.label = label
    self.speaker = speaker
    self.declaredSplit = declaredSplit
    self.split = split
  }
}
