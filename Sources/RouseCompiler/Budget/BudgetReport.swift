import Foundation

/// What a model takes from a target and whether it fits; `NAME.budget.json` and the table that the terminal shows.
public struct BudgetReport: Hashable, Sendable, Encodable {
  public enum Verdict: String, Hashable, Sendable, Encodable {
    case fits, doesNotFit
  }

  public enum Unit: String, Hashable, Sendable, Encodable {
    case bytes, microseconds, variables
  }

  /// One resource.
  public struct Line: Hashable, Sendable, Encodable {
    /// `tensor arena`
    public var name: String
    public var used: Int
    /// nil when the target sets none.
    public var limit: Int?
    public var unit: Unit
    /// How much `used` exceeds `limit`; 0 when it fits.
    public var over: Int
    /// The key of the profile that holds the limit: `memory.tensorArenaBytes`.
    public var key: String
    /// Where the limit comes from.
    public var source: String
    /// File and line of the limit: `targets/base-esp32-s3.yaml:8`.
    public var place: String
    /// What `used` is the sum of, in order.
    public var parts: [Part]
    /// By how many percent the true value may exceed `used`; nil when `used` is not an estimate.
    public var errorPercent: Int?
    /// How that was found.
    public var errorSource: String?

    /// True when the estimate fits but its error reaches beyond the limit.
    public var isUncertain: Bool {
      guard let limit, let errorPercent, over == 0 else { return false }
      return used + used * errorPercent / 100 > limit
    }

    init(
      _ name: String, _ unit: Unit, limit: TargetProfile.Fact<Int>?, key: String, parts: [Part]
    ) {
      self.name = name
      self.unit = unit
      self.limit = limit?.value
      self.key = key
      source = limit?.source ?? ""
      place = limit?.place ?? ""
      self.parts = parts
      let sum = parts.reduce(0) { $0 + $1.amount }
      used = sum
      over = max(0, sum - (limit?.value ?? sum))
    }
  }

  /// One summand of a line.
  public struct Part: Hashable, Sendable, Encodable {
    public var name: String
    public var amount: Int

    init(_ name: String, _ amount: Int) {
      self.name = name
      self.amount = amount
    }
  }

  /// The tensor arena in figures.
  public struct Arena: Hashable, Sendable, Encodable {
    public var kernelLibrary: String
    public var recommendedBytes: Int
    public var minimumBytes: Int
    public var headBytes: Int
    public var tailBytes: Int
    public var peakNode: String?
    public var peakInputBytes: Int
    public var peakOutputBytes: Int
    public var peakStateBytes: Int
    public var peakScratchBytes: Int
  }

  /// What the tensor arena of the first model would have to be with other kernels.
  public struct Library: Hashable, Sendable, Encodable {
    public var kernelLibrary: String
    public var recommendedBytes: Int
    public var minimumBytes: Int
  }

  public var target: String
  /// The file of the profile.
  public var profile: String
  /// `ESPHome 2026.10.0`
  public var firmware: String
  public var verdict: Verdict
  public var lines: [Line]
  /// Of the first model.
  public var arena: Arena
  /// Of the models that run beside it, in their order.
  public var otherArenas: [Arena]
  /// Other versions of the firmware's kernels, and the portable ones.
  public var otherLibraries: [Library] = []
  /// Operators of the models that the firmware does not register, sorted; it would refuse them.
  public var unregisteredOperators: [String]

  public var fits: Bool { verdict == .fits }

  /// Keys in alphabetical order, two spaces of indentation, a newline at the end.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a report holds only text and integers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
