/// What training under simulated int8 was worth: the int8 network's mean recall on the validation part.
public struct QuantizationAwareRecalls: Hashable, Sendable {
  /// Steps under simulation.
  public var steps: Int
  /// Of the network as it was trained in float.
  public var before: Double
  /// Of the network after those steps.
  public var after: Double

  public init(steps: Int, before: Double, after: Double) {
    self.steps = steps
    self.before = before
    self.after = after
  }

  /// Only what is better is kept.
  public var isKept: Bool { after > before }
}

/// How training under simulated int8 ended.
public enum QuantizationAwareOutcome: Hashable, Sendable {
  case compared(QuantizationAwareRecalls)
  /// At this step the loss became infinite or the weights more than int8 can hold; those of the float network are kept.
  case diverged(step: Int)
  /// There is no simulation of operator `op`, which makes the value `node`; the weights are kept as they are.
  case unsupported(op: String, node: String)

  /// For people, after a word like “quantization-aware training”.
  public var text: String {
    switch self {
    case .compared(let recalls):
      "of \(recalls.steps) steps \(recalls.isKept ? "kept" : "not kept"): int8 mean recall "
        + "\(Self.percent(recalls.before)) before, \(Self.percent(recalls.after)) after"
    case .diverged(let step):
      "not kept: it diverged at step \(step); lower its learning_rate in the preset"
    case .unsupported(let op, let node):
      "skipped: int8 `\(op)` cannot be simulated (`\(node)`)"
    }
  }

  /// With two digits after the point: a recall is a mean over ten cutoffs.
  private static func percent(_ share: Double) -> String {
    let hundredths = Int((share * 10_000).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}

// MARK: - Files

extension QuantizationAwareOutcome {
  static let key = "quantization_aware"

  /// A line of `run.yaml`.
  var line: String {
    let mapping =
      switch self {
      case .compared(let recalls):
        "steps: \(recalls.steps), recall_before: \(recalls.before), "
          + "recall_after: \(recalls.after), kept: \(recalls.isKept)"
      case .diverged(let step): "diverged_at: \(step)"
      case .unsupported(let op, let node):
        "unsupported: \(RunDescription.quoted(op)), node: \(RunDescription.quoted(node))"
      }
    return "\(Self.key): {\(mapping)}"
  }

  /// - Returns: nil when `root` has no such line.
  init?(_ root: StrictYAML) throws(TrainingError) {
    guard root.has(Self.key) else { return nil }
    let section = try root.mapping(
      Self.key,
      keys: [
        "steps", "recall_before", "recall_after", "kept", "diverged_at", "unsupported", "node",
      ])
    if section.has("unsupported") {
      self = .unsupported(op: try section.text("unsupported"), node: try section.text("node"))
    } else if section.has("diverged_at") {
      self = .diverged(step: try section.int("diverged_at", 0...Int.max))
    } else {
      self = .compared(
        QuantizationAwareRecalls(
          steps: try section.int("steps", 1...Int.max),
          before: try section.number("recall_before", 0...1),
          after: try section.number("recall_after", 0...1)))
    }
  }
}

extension QuantizationAwareRecalls {
  /// Steps, then the bit patterns of the recalls; nothing when there are none.
  static func encode(_ recalls: QuantizationAwareRecalls?) -> [SectionFile.Section] {
    guard let recalls else { return [] }
    return [
      .init(
        QuantizationAwareOutcome.key,
        .numbers([
          UInt64(recalls.steps), recalls.before.bitPattern, recalls.after.bitPattern,
        ]))
    ]
  }

  /// - Returns: nil when the file has no such section.
  init?(_ file: SectionFile, path: String) throws(TrainingError) {
    let name = QuantizationAwareOutcome.key
    guard file.has(name) else { return nil }
    let numbers = try file.numbers(name, count: 3, path: path)
    guard let steps = Int(exactly: numbers[0]) else {
      throw .corrupt(
        file: path, offset: 0, expected: "a count of steps in the section `\(name)`",
        found: "\(numbers[0])")
    }
    self.init(
      steps: steps, before: Double(bitPattern: numbers[1]), after: Double(bitPattern: numbers[2]))
  }
}
