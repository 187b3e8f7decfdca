/// `run.yaml`: what a run was asked to do and what it used, for people.
enum RunDescription {
  static func text(
    _ corpus: Corpus, _ preset: Preset, _ identity: RunIdentity, _ summary: RunSummary
  ) -> String {
    var lines = [
      "wake_word: \(quoted(corpus.wakeWord))", "preset: \(quoted(preset.name))",
      "preset_digest: \(identity.presetDigest)", "corpus_digest: \(identity.corpusDigest)",
      "seed: \(identity.seed)", "steps: \(summary.steps)", "best_step: \(summary.bestStep)",
      "clips:",
    ]
    for role in SourceRole.allCases {
      guard let counts = summary.clips[role] else { continue }
      let parts = Split.allCases.compactMap { split in
        counts[split].map { "\(split.rawValue): \($0)" }
      }
      lines.append("  \(role.rawValue): {\(parts.joined(separator: ", "))}")
    }
    lines.append(summary.skipped.isEmpty ? "skipped: []" : "skipped:")
    lines += summary.skipped.map { "  - \(quoted($0.name))" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A double-quoted YAML scalar.
  private static func quoted(_ text: String) -> String {
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
