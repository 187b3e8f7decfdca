import Foundation

/// Reads a manifest of version 2 and names the first thing that is wrong with it.
public enum ESPHomeManifestReader {
  /// Manifests have a few hundred bytes.
  static let maximumBytes = 1 << 16
  /// A manifest nests 2 deep.
  static let maximumDepth = 8

  /// - Throws: `FormatError.field` for text that is not a JSON object, a missing or unknown key, a value of the wrong
  ///   type or outside the range of `ESPHomeManifest.validate()`; `.malformed` and `.tooLarge` for bytes that no
  ///   manifest holds.
  public static func read(_ bytes: [UInt8]) throws(FormatError) -> ESPHomeManifest {
    guard bytes.count <= maximumBytes else {
      throw .tooLarge(.manifest, offset: 0, what: "bytes", limit: maximumBytes, found: bytes.count)
    }
    try JSONDepth.check(bytes, limit: maximumDepth, file: .manifest)
    guard let json = try? JSONDecoder().decode(JSON.self, from: Data(bytes)) else {
      throw .field(.manifest, name: "the file", expected: "a JSON object", found: "other text")
    }
    let top = try Fields(
      json, name: "the file", prefix: "",
      keys: [
        "type", "wake_word", "author", "website", "model", "trained_languages", "version", "micro",
      ])
    let type = try top.text("type")
    guard type == "micro" else { throw top.wrong("type", "\"micro\"", "\"\(type)\"") }
    let version = try top.integer("version")
    guard version == 2 else { throw top.wrong("version", "2", "\(version)") }
    let micro = try Fields(
      try top.value("micro"), name: "micro", prefix: "micro.",
      keys: [
        "probability_cutoff", "feature_step_size", "sliding_window_size", "tensor_arena_size",
        "minimum_esphome_version",
      ])
    let manifest = ESPHomeManifest(
      wakeWord: try top.text("wake_word"), author: try top.text("author"),
      website: try top.text("website"), model: try top.text("model"),
      trainedLanguages: try top.texts("trained_languages"),
      probabilityCutoff: try micro.number("probability_cutoff"),
      featureStepSize: try micro.integer("feature_step_size"),
      slidingWindowSize: try micro.integer("sliding_window_size"),
      tensorArenaSize: try micro.integer("tensor_arena_size"),
      minimumESPHomeVersion: try micro.text("minimum_esphome_version"))
    try manifest.validate()
    return manifest
  }
}

/// A JSON object whose keys are exactly the expected ones.
private struct Fields {
  let values: [String: JSON]
  let prefix: String

  init(
    _ json: JSON, name: String, prefix: String, keys: [String]
  ) throws(FormatError) {
    guard case .object(let values) = json else {
      throw .field(.manifest, name: name, expected: "a JSON object", found: json.summary)
    }
    for key in values.keys.sorted() where !keys.contains(key) {
      throw .field(
        .manifest, name: prefix + String(key.prefix(80)),
        expected: "none but \(keys.joined(separator: ", "))", found: "an unknown key")
    }
    self.values = values
    self.prefix = prefix
  }

  func value(_ key: String) throws(FormatError) -> JSON {
    guard let value = values[key] else { throw wrong(key, "a value", "missing") }
    return value
  }

  func text(_ key: String) throws(FormatError) -> String {
    let value = try value(key)
    guard case .string(let text) = value else { throw wrong(key, "a string", value.summary) }
    return text
  }

  func integer(_ key: String) throws(FormatError) -> Int {
    let value = try value(key)
    guard case .integer(let number) = value else { throw wrong(key, "an integer", value.summary) }
    return number
  }

  func number(_ key: String) throws(FormatError) -> Double {
    let value = try value(key)
    switch value {
    case .integer(let number): return Double(number)
    case .number(let number): return number
    default: throw wrong(key, "a number", value.summary)
    }
  }

  func texts(_ key: String) throws(FormatError) -> [String] {
    let value = try value(key)
    guard case .array(let items) = value else {
      throw wrong(key, "a list of strings", value.summary)
    }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item else {
        throw wrong(key, "a list of strings", "\(item.summary) in it")
      }
      texts.append(text)
    }
    return texts
  }

  func wrong(_ key: String, _ expected: String, _ found: String) -> FormatError {
    .field(.manifest, name: prefix + key, expected: expected, found: found)
  }
}

/// Any JSON value, with the kinds of number apart.
private indirect enum JSON: Decodable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  case integer(Int)
  case number(Double)
  case bool(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  /// What it is, short enough for an error.
  var summary: String {
    switch self {
    case .object: "an object"
    case .array: "a list"
    case .string(let text): "\"\(text.prefix(80))\""
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .bool(let value): "\(value)"
    case .null: "null"
    }
  }
}
