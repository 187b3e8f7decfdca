import RouseNumerics

/// `run.yaml`: what a run was asked to do and what it used, for people and for `rouse report`.
public struct RunDescription: Hashable, Sendable {
  public var wakeWord: String
  public var preset: String
  public var presetDigest: String
  public var corpusDigest: String
  public var seed: UInt64
  /// SHA-256 of the weights that training began with; empty when they were drawn from the seed.
  public var startDigest: String
  /// SHA-256 of what the teacher knows; empty without one.
  public var teacherDigest: String
  /// Steps done and the best one; 0 until the run is finished.
  public var steps: Int
  public var bestStep: Int
  /// How training under simulated int8 ended; nil when there was none, and until the run is finished.
  public var quantizationAware: QuantizationAwareOutcome?
  /// Usable clips by role and split.
  public var clips: [SourceRole: [Split: Int]]
  /// Names of recordings that could not be used; the last entry of a long list counts the rest.
  public var skipped: [String]
  public var warnings: [String]

  private static let longestList = 1000

  init(
    _ corpus: Corpus, _ preset: Preset, _ identity: RunIdentity, _ summary: RunSummary
  ) {
    wakeWord = corpus.wakeWord
    self.preset = preset.name
    presetDigest = identity.presetDigest
    corpusDigest = identity.corpusDigest
    seed = identity.seed
    startDigest = identity.startDigest
    teacherDigest = identity.teacherDigest
    steps = summary.steps
    bestStep = summary.bestStep
    quantizationAware = summary.quantizationAware
    clips = summary.clips
    skipped = Self.shortened(summary.skipped.map(\.name))
    warnings = Self.shortened(summary.warnings.map(\.text))
  }

  private static func shortened(_ list: [String]) -> [String] {
    let rest = list.count - longestList
    return rest > 0 ? list.prefix(longestList) + ["and \(rest) more"] : list
  }
}

// MARK: - Writing

extension RunDescription {
  var text: String {
    var lines = [
      "wake_word: \(Self.quoted(wakeWord))", "preset: \(Self.quoted(preset))",
      "preset_digest: \(presetDigest)", "corpus_digest: \(corpusDigest)",
    ]
    if !startDigest.isEmpty { lines.append("start_digest: \(startDigest)") }
    if !teacherDigest.isEmpty { lines.append("teacher_digest: \(teacherDigest)") }
    lines += ["seed: \(seed)", "steps: \(steps)", "best_step: \(bestStep)"]
    if let quantizationAware { lines.append(quantizationAware.line) }
    lines.append(clips.isEmpty ? "clips: {}" : "clips:")
    for role in SourceRole.allCases {
      guard let counts = clips[role] else { continue }
      let parts = Split.allCases.compactMap { split in
        counts[split].map { "\(split.rawValue): \($0)" }
      }
      lines.append("  \(role.rawValue): {\(parts.joined(separator: ", "))}")
    }
    for (key, list) in [("skipped", skipped), ("warnings", warnings)] {
      lines.append(list.isEmpty ? "\(key): []" : "\(key):")
      lines += list.map { "  - \(Self.quoted($0))" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A double-quoted YAML scalar.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

// MARK: - Reading

extension RunDescription {
  init(path: String) throws(TrainingError) {
    let root = try StrictYAML(
      file: path,
      keys: [
        "wake_word", "preset", "preset_digest", "corpus_digest", "start_digest", "teacher_digest",
        "seed", "steps", "best_step", QuantizationAwareOutcome.key, "clips", "skipped", "warnings",
      ])
    wakeWord = try root.text("wake_word")
    preset = try root.text("preset")
    presetDigest = try root.text("preset_digest")
    corpusDigest = try root.text("corpus_digest")
    startDigest = root.has("start_digest") ? try root.text("start_digest") : ""
    teacherDigest = root.has("teacher_digest") ? try root.text("teacher_digest") : ""
    guard let seed = UInt64(try root.text("seed")) else {
      throw root.wrong("seed", expected: "an integer", found: "something else")
    }
    self.seed = seed
    steps = try root.int("steps", 0...Int.max)
    bestStep = try root.int("best_step", 0...Int.max)
    quantizationAware = try QuantizationAwareOutcome(root)
    let roles = try root.mapping("clips", keys: SourceRole.allCases.map(\.rawValue))
    clips = [:]
    for role in SourceRole.allCases where roles.has(role.rawValue) {
      let splits = try roles.mapping(role.rawValue, keys: Split.allCases.map(\.rawValue))
      var counts: [Split: Int] = [:]
      for split in Split.allCases where splits.has(split.rawValue) {
        counts[split] = try splits.int(split.rawValue, 0...Int.max)
      }
      clips[role] = counts
    }
    let lengths = 0...Self.longestList + 1
    skipped = try root.texts("skipped", count: lengths)
    warnings = root.has("warnings") ? try root.texts("warnings", count: lengths) : []
  }
}
