/// A manifest of version 1 or 2 as it stands in a file, with everything that is wrong with its structure.
///
/// `ESPHomeManifestReader` stops at the first fault, because what Rouse emits has none; this one is for manifests of
/// other people. Fields that are missing or of another type are nil and have a problem; ranges are not judged here.
///
/// Source: `MANIFEST_SCHEMA_V1` and `MANIFEST_SCHEMA_V2` of ESPHome's `micro_wake_word/__init__.py`.
public struct LenientManifest: Hashable, Sendable {
  /// A value and the line it stands on.
  public struct Field<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    public var line: Int

    public init(_ value: Value, line: Int) {
      self.value = value
      self.line = line
    }
  }

  public struct Problem: Hashable, Sendable {
    public enum Fault: Hashable, Sendable {
      case missing
      /// A key that the schema does not have; ESPHome refuses it.
      case unknown(allowed: [String])
      /// The last one counts.
      case duplicate
      case wrongType(expected: String, found: String)
      /// `26080.0` where an integer belongs: passes ESPHome's check.
      case fractionOfInteger(String)
      /// `"en"` where a list belongs: passes ESPHome's check, and its code generator takes the letters apart.
      case textForList(String)
    }

    /// `micro.tensor_arena_size`
    public var key: String
    public var line: Int
    public var fault: Fault

    public init(key: String, line: Int, fault: Fault) {
      self.key = key
      self.line = line
      self.fault = fault
    }
  }

  public internal(set) var type: Field<String>?
  /// 1 or 2; other numbers are read like 2.
  public internal(set) var version: Field<Int>?
  public internal(set) var wakeWord: Field<String>?
  public internal(set) var author: Field<String>?
  public internal(set) var website: Field<String>?
  public internal(set) var model: Field<String>?
  public internal(set) var trainedLanguages: Field<[String]>?
  public internal(set) var probabilityCutoff: Field<Double>?
  /// 20 for version 1.
  public internal(set) var featureStepSize: Field<Int>?
  public internal(set) var slidingWindowSize: Field<Int>?
  /// 45672 for version 1.
  public internal(set) var tensorArenaSize: Field<Int>?
  public internal(set) var minimumESPHomeVersion: Field<String>?
  /// In the order of the file, missing keys last.
  public internal(set) var problems: [Problem] = []

  public var isLegacy: Bool { version?.value == 1 }
  /// ESPHome makes a voice activity model of exactly this word.
  public var isVoiceActivity: Bool { wakeWord?.value == "vad" }
}
