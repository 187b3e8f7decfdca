import RouseNumerics

/// What training did since the record before: one line of `metrics.jsonl`.
///
/// ```
/// {"step":250,"phase":1,"loss":0.21,"learning_rate":0.002,"gradient_norm":0.8,"recall":0.9,…}
/// ```
/// A record without validation ends after `gradient_norm`. Numbers are the shortest decimals that read back as the same
/// doubles. No clock is in a record: the same run gives the same lines.
public struct TrainingRecord: Hashable, Sendable {
  /// Steps done.
  public var step: Int
  /// From 1.
  public var phase: Int
  /// Mean over the steps since the record before.
  public var loss: Double
  /// Of the last step.
  public var learningRate: Double
  /// Mean Euclidean length of the gradient before it was shortened.
  public var gradientNorm: Double
  public var validation: ValidationScore?

  public init(
    step: Int, phase: Int, loss: Double, learningRate: Double, gradientNorm: Double,
    validation: ValidationScore?
  ) {
    self.step = step
    self.phase = phase
    self.loss = loss
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.validation = validation
  }

  /// How many of `curves` are not of a validation.
  static let trainingCurves = 3

  /// Name and value of everything that can be drawn over the steps, validation last.
  public var curves: [(name: String, value: Double)] {
    let own = [("loss", loss), ("learning_rate", learningRate), ("gradient_norm", gradientNorm)]
    guard let validation else { return own }
    return own + [
      ("recall", validation.recall),
      ("recall_without_false_accepts", validation.recallWithoutFalseAccepts),
      ("validation_loss", validation.loss), ("miss_rate", validation.missRate),
      ("false_accepts_per_hour", validation.falseAcceptsPerHour),
    ]
  }
}

// MARK: - Lines

extension TrainingRecord {
  private static let validationKeys = [
    "recall", "recall_without_false_accepts", "validation_loss", "miss_rate",
    "false_accepts_per_hour",
  ]
  private static let keys = ["step", "phase", "loss", "learning_rate", "gradient_norm"]

  /// One JSON object, without the end of the line. A number that JSON does not have is `null`.
  package var line: String {
    let numbers = curves.map { ",\"\($0.name)\":\($0.value.isFinite ? "\($0.value)" : "null")" }
    return "{\"step\":\(step),\"phase\":\(phase)\(numbers.joined())}"
  }

  /// The record of a line that `line` wrote; nil for anything else.
  package init?(line: Substring) {
    guard line.first == "{", line.last == "}" else { return nil }
    let members = line.dropFirst().dropLast().split(
      separator: ",", omittingEmptySubsequences: false
    ).map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    let expected = members.count == Self.keys.count ? Self.keys : Self.keys + Self.validationKeys
    guard members.count == expected.count, members.allSatisfy({ $0.count == 2 }),
      zip(members, expected).allSatisfy({ $0[0] == "\"\($1)\"" }),
      let step = Int(members[0][1]), let phase = Int(members[1][1]), step >= 0, phase >= 1
    else { return nil }
    let values = members[2...].compactMap { $0[1] == "null" ? Double.infinity : Double($0[1]) }
    guard values.count == members.count - 2 else { return nil }
    self.init(
      step: step, phase: phase, loss: values[0], learningRate: values[1], gradientNorm: values[2],
      validation: nil)
    guard values.count > 3 else { return }
    var score = ValidationScore(
      recall: values[3], recallWithoutFalseAccepts: values[4], loss: values[5])
    score.missRate = values[6]
    score.falseAcceptsPerHour = values[7]
    validation = score
  }

  /// 200 million steps at 10 a record.
  private static let largestFile = 1 << 32

  /// The records of a `metrics.jsonl`.
  ///
  /// - Parameter dropsLastPart: whether a last line without an end, which a killed run leaves, is passed over.
  /// - Throws: `.file`, `.badRecord` for a line that is none, or whose step is not above that of the line before.
  static func read(_ path: String, dropsLastPart: Bool) throws(TrainingError) -> [TrainingRecord] {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(path, limit: largestFile) } catch { throw .file(error) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(file: path) }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let last = lines.popLast()
    if let last, !last.isEmpty, !dropsLastPart {
      throw .badRecord(file: path, line: lines.count + 1)
    }
    var records: [TrainingRecord] = []
    for (index, line) in lines.enumerated() {
      guard let record = TrainingRecord(line: line), record.step > records.last?.step ?? 0 else {
        throw .badRecord(file: path, line: index + 1)
      }
      records.append(record)
    }
    return records
  }
}
