import RouseTraining

/// The same mapping in a profile and in those that it extends, most specific first: a key is read from the first file
/// that has it, and errors name that file and its line.
struct LayeredYAML {
  /// Every key of every layer was checked when the layer was made.
  private let layers: [StrictYAML]
  /// `memory`, empty for the documents themselves.
  private let path: String
  /// Where a key is missing when no layer has it: in the profile itself, not in what it extends.
  private let file: String
  private let line: Int

  /// - Parameter documents: The profile itself first.
  init(_ documents: [StrictYAML]) {
    guard let first = documents.first else { preconditionFailure("a profile has a document") }
    self.init(documents, path: "", file: first.file, line: first.line)
  }

  private init(_ layers: [StrictYAML], path: String, file: String, line: Int) {
    self.layers = layers
    self.path = path
    self.file = file
    self.line = line
  }

  func has(_ key: String) -> Bool { layers.contains { $0.has(key) } }

  /// True when `key` is read from a more specific layer than `other`.
  func states(_ key: String, above other: String) -> Bool {
    guard let own = layers.firstIndex(where: { $0.has(key) }) else { return false }
    return own < layers.firstIndex { $0.has(other) } ?? layers.count
  }

  /// The mapping that a key is read from.
  func layer(of key: String) throws(TrainingError) -> StrictYAML {
    guard let layer = layers.first(where: { $0.has(key) }) else {
      throw .missingKey(file: file, line: line, key: join(key))
    }
    return layer
  }

  /// The mappings of all layers under a key; layers without it do not count.
  func mapping(_ key: String, keys: [String]) throws(TrainingError) -> LayeredYAML {
    guard has(key) else { throw .missingKey(file: file, line: line, key: join(key)) }
    return try optionalMapping(key, keys: keys)
  }

  /// As `mapping`, and a mapping without keys when no layer has it.
  func optionalMapping(_ key: String, keys: [String]) throws(TrainingError) -> LayeredYAML {
    var parts: [StrictYAML] = []
    for layer in layers where layer.has(key) {
      parts.append(try layer.mapping(key, keys: keys))
    }
    let own = parts.first.flatMap { $0.file == file ? $0.line : nil }
    return LayeredYAML(parts, path: join(key), file: file, line: own ?? line)
  }

  // MARK: - Facts

  func int(
    _ key: String, _ range: ClosedRange<Int>
  ) throws(TrainingError) -> TargetProfile.Fact<Int> {
    let mapping = try fact(key)
    return .init(
      try mapping.int("value", range), source: try mapping.text("source"), place: place(mapping))
  }

  func number(_ key: String) throws(TrainingError) -> TargetProfile.Fact<Double> {
    let mapping = try fact(key)
    return .init(
      try mapping.number("value", 0...1e9), source: try mapping.text("source"),
      place: place(mapping))
  }

  func text(_ key: String) throws(TrainingError) -> TargetProfile.Fact<String> {
    let mapping = try fact(key)
    return .init(
      try mapping.text("value"), source: try mapping.text("source"), place: place(mapping))
  }

  func choice<Choice: RawRepresentable & CaseIterable & Hashable & Sendable>(
    _ key: String, _ type: Choice.Type
  ) throws(TrainingError) -> TargetProfile.Fact<Choice> where Choice.RawValue == String {
    let mapping = try fact(key)
    return .init(
      try mapping.choice("value", type), source: try mapping.text("source"), place: place(mapping))
  }

  private func fact(_ key: String) throws(TrainingError) -> StrictYAML {
    try layer(of: key).mapping(key, keys: ["value", "source"])
  }

  private func place(_ fact: StrictYAML) -> String { "\(fact.file):\(fact.line(of: "value"))" }

  private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
