/// What `rouse check` found out; the screen and `--json` show this value and nothing else.
public struct CheckReport: Hashable, Sendable {
  public enum Verdict: String, Hashable, Sendable, Encodable {
    /// No finding is an error.
    case fits
    case refused
  }

  /// Name of the profile: `esp32-s3-n16r8`.
  public var target: String
  /// `ESPHome 2026.10.0`
  public var firmware: String
  /// `esp-nn-1.1.2`
  public var kernelLibrary: String
  public var models: [CheckedModel]
  /// Findings about all models together: budget, step size.
  public var together: [Finding]
  /// Of all models together; nil unless it could be computed for each.
  public var budget: BudgetReport?

  public var verdict: Verdict {
    findings.contains { $0.severity == .error } ? .refused : .fits
  }

  /// All findings: of the models in their order, then of all together.
  public var findings: [Finding] { models.flatMap(\.findings) + together }
}

/// One model of a report.
public struct CheckedModel: Hashable, Sendable {
  /// The model's file without its folder, or the manifest's when no model was found.
  public var name: String
  /// The manifest's file without its folder.
  public var manifest: String?
  public var wakeWord: String?
  public var isVoiceActivity: Bool
  public var stepMilliseconds: Int?
  public var fileBytes: Int?
  public var findings: [Finding]
  /// By library, that of the firmware included; empty when no arena could be computed.
  public var arenas: [ArenaReport]
  /// With the kernels of the firmware.
  public var arena: ArenaReport?
  /// `tensor_arena_size` of the manifest.
  public var manifestArenaBytes: Int?
  public var resolution: OutputResolution?
  /// `int(cutoff · 255)` of the manifest.
  public var cutoffCode: Int?
  /// Of this model alone.
  public var budget: BudgetReport?

  public var verdict: CheckReport.Verdict {
    findings.contains { $0.severity == .error } ? .refused : .fits
  }
}

extension BudgetReport {
  /// Memory by kind.
  public struct Memory: Hashable, Sendable, Encodable {
    public var `internal`: Line
    /// nil on boards without.
    public var psram: Line?
  }

  public var flash: Line? { lines.first { $0.name == "app flash" } }
  public var time: Line? { lines.first { $0.name == "time per step" } }
  public var memory: Memory? {
    lines.first { $0.name == "internal RAM" }.map { line in
      Memory(internal: line, psram: lines.first { $0.name == "PSRAM" })
    }
  }
}
