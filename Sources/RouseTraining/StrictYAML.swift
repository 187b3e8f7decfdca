import RouseNumerics
import Yams

/// A YAML mapping that refuses keys nobody reads and remembers on which line everything stood.
///
/// - Limits: files above 256 KiB, and texts of more aliases than `YAMLLimits` allows, are refused before parsing.
package struct StrictYAML {
  package let file: String
  package let line: Int
  /// `training.phases[1]`, empty for the document itself.
  let path: String
  private let entries: [String: Node]

  static let largestFile = 1 << 18

  /// The top-level mapping of `text`.
  package init(text: String, file: String, keys: [String]) throws(TrainingError) {
    guard text.utf8.count <= Self.largestFile else {
      throw .wrongValue(
        file: file, line: 1, key: "", expected: "at most \(Self.largestFile) bytes",
        found: "\(text.utf8.count) bytes")
    }
    try YAMLLimits.check(text, file: file)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw Self.syntaxError(error, file: file)
    }
    guard let node else {
      throw .wrongValue(file: file, line: 1, key: "", expected: "a mapping", found: "nothing")
    }
    try self.init(node, file: file, path: "", keys: keys)
  }

  /// The top-level mapping of a file.
  package init(file: String, keys: [String]) throws(TrainingError) {
    try self.init(text: try Self.text(of: file), file: file, keys: keys)
  }

  /// The text of a file that a person wrote.
  static func text(of file: String) throws(TrainingError) -> String {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(file, limit: largestFile) } catch { throw .file(error) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(file: file) }
    return text
  }

  private init(_ node: Node, file: String, path: String, keys: [String]) throws(TrainingError) {
    self.file = file
    self.path = path
    line = node.mark?.line ?? 1
    guard let mapping = node.mapping else {
      throw .wrongValue(
        file: file, line: line, key: path, expected: "a mapping", found: Self.describe(node))
    }
    var entries: [String: Node] = [:]
    for (key, value) in mapping {
      let line = key.mark?.line ?? line
      guard let name = key.scalar?.string else {
        throw .wrongValue(
          file: file, line: line, key: path, expected: "a plain key", found: Self.describe(key))
      }
      guard keys.contains(name) else {
        throw .unknownKey(
          file: file, line: line, key: Self.join(path, name),
          nearest: EditDistance.nearest(to: name, among: keys))
      }
      entries[name] = value
    }
    self.entries = entries
  }

  // MARK: - Values

  package func has(_ key: String) -> Bool { entries[key] != nil }

  /// The line of a key's value, or of the mapping when the key is absent.
  package func line(of key: String) -> Int { entries[key]?.mark?.line ?? line }

  package func mapping(_ key: String, keys: [String]) throws(TrainingError) -> StrictYAML {
    try StrictYAML(node(key), file: file, path: Self.join(path, key), keys: keys)
  }

  /// A mapping of any keys to lists of plain values, in the order of the file.
  package func lists(_ key: String) throws(TrainingError) -> [(key: String, values: [String])] {
    let node = try node(key)
    guard let mapping = node.mapping else { throw wrong(key, node, "a mapping of names to lists") }
    var result: [(key: String, values: [String])] = []
    for (name, list) in mapping {
      guard let name = name.scalar?.string else { throw wrong(key, node, "a plain key") }
      guard let sequence = list.sequence else {
        throw wrong("\(key).\(name)", list, "a list of values")
      }
      var values: [String] = []
      for item in sequence {
        guard let value = item.scalar?.string else {
          throw wrong("\(key).\(name)", item, "a value")
        }
        values.append(value)
      }
      result.append((name, values))
    }
    return result
  }

  package func mappings(
    _ key: String, count: ClosedRange<Int>, keys: [String]
  ) throws(TrainingError) -> [StrictYAML] {
    var result: [StrictYAML] = []
    for (index, item) in try sequence(key, count: count).enumerated() {
      let path = "\(Self.join(path, key))[\(index)]"
      result.append(try StrictYAML(item, file: file, path: path, keys: keys))
    }
    return result
  }

  package func text(_ key: String) throws(TrainingError) -> String {
    let node = try node(key)
    guard let value = node.scalar?.string, !value.isEmpty else { throw wrong(key, node, "text") }
    return value
  }

  package func texts(_ key: String, count: ClosedRange<Int>) throws(TrainingError) -> [String] {
    var result: [String] = []
    for item in try sequence(key, count: count) {
      guard let value = item.scalar?.string, !value.isEmpty else { throw wrong(key, item, "text") }
      result.append(value)
    }
    return result
  }

  /// A list of texts, or one text, which stands for a list of one.
  package func oneOrMoreTexts(
    _ key: String, count: ClosedRange<Int>
  ) throws(TrainingError) -> [String] {
    try node(key).scalar == nil ? texts(key, count: count) : [text(key)]
  }

  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _: Choice.Type
  ) throws(TrainingError) -> Choice where Choice.RawValue == String {
    let node = try node(key)
    guard let text = node.scalar?.string, let value = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw wrong(key, node, "one of \(names)")
    }
    return value
  }

  package func int(_ key: String, _ range: ClosedRange<Int>) throws(TrainingError) -> Int {
    try int(try node(key), key, range)
  }

  package func number(_ key: String, _ range: ClosedRange<Double>) throws(TrainingError) -> Double {
    try number(try node(key), key, range)
  }

  package func ints(
    _ key: String, count: ClosedRange<Int>, _ range: ClosedRange<Int>
  ) throws(TrainingError) -> [Int] {
    var result: [Int] = []
    for item in try sequence(key, count: count) { result.append(try int(item, key, range)) }
    return result
  }

  package func intLists(
    _ key: String, count: ClosedRange<Int>, inner: ClosedRange<Int>, _ range: ClosedRange<Int>
  ) throws(TrainingError) -> [[Int]] {
    var result: [[Int]] = []
    for list in try sequence(key, count: count) {
      guard let items = list.sequence, inner.contains(items.count) else {
        throw wrong(key, list, "lists of \(Self.describe(inner)) integers")
      }
      var numbers: [Int] = []
      for item in items { numbers.append(try int(item, key, range)) }
      result.append(numbers)
    }
    return result
  }

  /// `[low, high]` with `low <= high`, both within `range`.
  package func interval(
    _ key: String, _ range: ClosedRange<Double>
  ) throws(TrainingError) -> ClosedRange<Double> {
    let items = try sequence(key, count: 2...2)
    let low = try number(items[0], key, range)
    let high = try number(items[1], key, range)
    guard low <= high else { throw wrong(key, items[1], "[low, high] with low <= high") }
    return low...high
  }

  /// An error at a key's value, for checks that involve several keys.
  package func wrong(_ key: String, expected: String, found: String) -> TrainingError {
    .wrongValue(
      file: file, line: line(of: key), key: Self.join(path, key), expected: expected, found: found)
  }
}

// MARK: - Nodes

extension StrictYAML {
  private func node(_ key: String) throws(TrainingError) -> Node {
    guard let node = entries[key] else {
      throw .missingKey(file: file, line: line, key: Self.join(path, key))
    }
    return node
  }

  private func sequence(_ key: String, count: ClosedRange<Int>) throws(TrainingError) -> [Node] {
    let node = try node(key)
    guard let sequence = node.sequence, count.contains(sequence.count) else {
      throw wrong(key, node, "a list of \(Self.describe(count)) items")
    }
    return Array(sequence)
  }

  private func int(
    _ node: Node, _ key: String, _ range: ClosedRange<Int>
  ) throws(TrainingError) -> Int {
    guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
      throw wrong(key, node, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private func number(
    _ node: Node, _ key: String, _ range: ClosedRange<Double>
  ) throws(TrainingError) -> Double {
    guard let text = node.scalar?.string, let value = Double(text), range.contains(value) else {
      throw wrong(key, node, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private func wrong(_ key: String, _ node: Node, _ expected: String) -> TrainingError {
    .wrongValue(
      file: file, line: node.mark?.line ?? line, key: Self.join(path, key), expected: expected,
      found: Self.describe(node))
  }

  private static func join(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  private static func describe(_ range: ClosedRange<Int>) -> String {
    range.lowerBound == range.upperBound
      ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }

  private static func describe(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "`\(scalar.string.prefix(60))`"
    case .mapping: "a mapping"
    case .sequence(let sequence): "a list of \(sequence.count) items"
    case .alias: "an alias"
    }
  }

  private static func syntaxError(_ error: any Error, file: String) -> TrainingError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      .yamlSyntax(file: file, line: mark.line, reason: YAMLLimits.reason(problem))
    case .duplicatedKeysInMapping(let names, let context):
      .yamlSyntax(
        file: file, line: context.mark.line,
        reason: "duplicate key " + names.sorted().joined(separator: ", "))
    case .reader(let problem, _, _, _): .yamlSyntax(file: file, line: 1, reason: problem)
    default: .yamlSyntax(file: file, line: 1, reason: "not YAML")
    }
  }
}
