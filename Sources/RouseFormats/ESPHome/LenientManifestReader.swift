/// Reads as much of a manifest as there is.
public enum LenientManifestReader {
  /// Manifests have a few hundred bytes.
  static let maximumBytes = 1 << 16
  /// What ESPHome gives to manifests of version 1, which cannot say it.
  static let legacyArena = 45_672
  static let legacyStep = 20

  static let topKeys = [
    "type", "model", "author", "version", "wake_word", "trained_languages", "website", "micro",
  ]
  static let microKeys = [
    "feature_step_size", "tensor_arena_size", "probability_cutoff", "sliding_window_size",
    "minimum_esphome_version",
  ]
  static let legacyTopKeys = topKeys.filter { $0 != "trained_languages" }
  static let legacyMicroKeys = [
    "probability_cutoff", "sliding_window_average_size", "minimum_esphome_version",
  ]

  /// - Throws: `FormatError.malformed` for text that is not a JSON object, `tooLarge` for more than 64 KiB.
  public static func read(_ bytes: [UInt8]) throws(FormatError) -> LenientManifest {
    guard bytes.count <= maximumBytes else {
      throw .tooLarge(.manifest, offset: 0, what: "bytes", limit: maximumBytes, found: bytes.count)
    }
    let root = try JSONText.read(bytes, .manifest)
    guard case .object(let members) = root.value else {
      throw .malformed(.manifest, offset: 0, expected: "a JSON object", found: root.summary)
    }
    var manifest = LenientManifest()
    var top = ManifestFields(members, line: root.line, prefix: "")
    manifest.version = top.integer("version")
    let isLegacy = manifest.isLegacy
    top.check(allowed: isLegacy ? legacyTopKeys : topKeys)
    manifest.type = top.text("type")
    manifest.model = top.text("model")
    manifest.author = top.text("author")
    manifest.wakeWord = top.text("wake_word")
    manifest.website = top.text("website", isOptional: !isLegacy)
    if !isLegacy { manifest.trainedLanguages = top.texts("trained_languages") }
    guard var micro = top.fields("micro") else {
      manifest.problems = top.sortedProblems
      return manifest
    }
    micro.check(allowed: isLegacy ? legacyMicroKeys : microKeys)
    manifest.probabilityCutoff = micro.number("probability_cutoff")
    manifest.slidingWindowSize = micro.integer(
      isLegacy ? "sliding_window_average_size" : "sliding_window_size")
    manifest.minimumESPHomeVersion = micro.text("minimum_esphome_version", isOptional: isLegacy)
    if isLegacy {
      manifest.trainedLanguages = .init(["en"], line: root.line)
      manifest.featureStepSize = .init(legacyStep, line: micro.line)
      manifest.tensorArenaSize = .init(legacyArena, line: micro.line)
    } else {
      manifest.featureStepSize = micro.integer("feature_step_size")
      manifest.tensorArenaSize = micro.integer("tensor_arena_size")
    }
    top.problems += micro.problems
    manifest.problems = top.sortedProblems
    return manifest
  }

  /// True for a JSON object that was meant to be a manifest: other tools leave other JSON files beside models.
  public static func resemblesManifest(_ bytes: [UInt8]) throws(FormatError) -> Bool {
    guard case .object(let members) = try JSONText.read(bytes, .manifest).value else {
      return false
    }
    return members.contains { ["micro", "wake_word"].contains($0.key) }
  }
}

/// The members of one object; every look-up that fails leaves a problem.
private struct ManifestFields {
  typealias Problem = LenientManifest.Problem
  let line: Int
  var problems: [Problem] = []
  private let prefix: String
  private var members: [String: JSONNode] = [:]
  private let order: [JSONNode.Member]

  init(_ members: [JSONNode.Member], line: Int, prefix: String) {
    self.line = line
    self.prefix = prefix
    order = members
    for member in members {
      if self.members.updateValue(member.node, forKey: member.key) != nil {
        add(member.key, member.node.line, .duplicate)
      }
    }
  }

  /// Missing keys have no place of their own and go last.
  var sortedProblems: [Problem] {
    problems.filter { $0.fault != .missing }.sorted { $0.line < $1.line }
      + problems.filter { $0.fault == .missing }
  }

  mutating func check(allowed: [String]) {
    for member in order where !allowed.contains(member.key) {
      add(member.key, member.node.line, .unknown(allowed: allowed))
    }
  }

  mutating func text(_ key: String, isOptional: Bool = false) -> LenientManifest.Field<String>? {
    guard let node = node(key, isOptional: isOptional) else { return nil }
    guard case .string(let text) = node.value else { return wrong(key, node, "text in quotes") }
    return .init(text, line: node.line)
  }

  mutating func integer(_ key: String) -> LenientManifest.Field<Int>? {
    guard let node = node(key) else { return nil }
    guard case .number(let text) = node.value else {
      return wrong(key, node, "an integer without quotes")
    }
    if let value = Int(text) { return .init(value, line: node.line) }
    guard let number = Double(text), let value = Int(exactly: number) else {
      return wrong(key, node, "an integer")
    }
    add(key, node.line, .fractionOfInteger(text))
    return .init(value, line: node.line)
  }

  mutating func number(_ key: String) -> LenientManifest.Field<Double>? {
    guard let node = node(key) else { return nil }
    guard case .number(let text) = node.value, let value = Double(text), value.isFinite else {
      return wrong(key, node, "a number without quotes")
    }
    return .init(value, line: node.line)
  }

  mutating func texts(_ key: String) -> LenientManifest.Field<[String]>? {
    guard let node = node(key) else { return nil }
    if case .string(let text) = node.value {
      add(key, node.line, .textForList(text))
      return .init([text], line: node.line)
    }
    guard case .array(let items) = node.value else { return wrong(key, node, "a list of texts") }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item.value else {
        return wrong(key, item, "a list of nothing but texts")
      }
      texts.append(text)
    }
    return .init(texts, line: node.line)
  }

  mutating func fields(_ key: String) -> ManifestFields? {
    guard let node = node(key) else { return nil }
    guard case .object(let members) = node.value else { return wrong(key, node, "an object") }
    return ManifestFields(members, line: node.line, prefix: prefix + key + ".")
  }

  private mutating func node(_ key: String, isOptional: Bool = false) -> JSONNode? {
    if let node = members[key] { return node }
    if !isOptional { add(key, line, .missing) }
    return nil
  }

  private mutating func wrong<Result>(
    _ key: String, _ node: JSONNode, _ expected: String
  ) -> Result? {
    add(key, node.line, .wrongType(expected: expected, found: node.summary))
    return nil
  }

  private mutating func add(_ key: String, _ line: Int, _ fault: Problem.Fault) {
    problems.append(Problem(key: prefix + String(key.prefix(80)), line: line, fault: fault))
  }
}
