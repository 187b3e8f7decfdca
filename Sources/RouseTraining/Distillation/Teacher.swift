/// What a network learns from beside the labels of its recordings.
public enum Teacher: Sendable {
  /// A trained network, usually a larger one, in floating point.
  case network(TrainedModel)
  /// A model that runs in another module.
  case listener(TeacherListener)
  /// What somebody thinks of each recording.
  case scores(RecordingScores)

  /// SHA-256 of everything that a run takes from it, in hexadecimal.
  var digest: String {
    switch self {
    case .network(let model): model.networkDigest
    case .listener(let listener): listener.digest
    case .scores(let scores): scores.digest
    }
  }

  /// - Throws: `.teacherStep`; for scores `.unknownRecording` and `.noScores`.
  func check(_ preset: Preset, _ listing: CorpusListing) throws(TrainingError) {
    let step: Int
    switch self {
    case .network(let model): step = model.preset.stepMilliseconds
    case .listener(let listener): step = listener.stepMilliseconds
    case .scores(let scores): return try scores.check(listing)
    }
    guard step == preset.stepMilliseconds else {
      throw .teacherStep(expected: preset.stepMilliseconds, found: step)
    }
  }

  /// What its owner should know once the usable recordings of the word are known.
  func warnings(_ positives: [Clip]) -> [CorpusWarning] {
    guard case .scores(let scores) = self else { return [] }
    let count = positives.count { scores[$0.record.name] == nil }
    return count > 0 ? [.withoutScore(count, of: positives.count)] : []
  }
}

/// A model that a training does not know how to run: it is handed feature rows and says what it hears.
public struct TeacherListener: Sendable {
  /// SHA-256 of the model, in hexadecimal.
  public var digest: String
  public var stepMilliseconds: Int
  /// Rows that one step consumes: step `k` ends with row `strideRows · (k + 1) − 1`.
  public var strideRows: Int
  /// Steps at the beginning whose result depends on the state before the first row.
  public var settlingSteps: Int
  /// A logit for each step of rows `[count, 40]`, from a fresh state; called from several threads.
  public var logits: @Sendable (_ rows: [Int8]) -> [Float]

  public init(
    digest: String, stepMilliseconds: Int, strideRows: Int, settlingSteps: Int,
    logits: @escaping @Sendable (_ rows: [Int8]) -> [Float]
  ) {
    self.digest = digest
    self.stepMilliseconds = stepMilliseconds
    self.strideRows = strideRows
    self.settlingSteps = settlingSteps
    self.logits = logits
  }
}
