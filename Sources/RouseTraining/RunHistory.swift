/// What is known of a run, finished or not: facts, and how training went.
public struct RunHistory: Hashable, Sendable {
  public var description: RunDescription
  /// In the order of their steps.
  public var records: [TrainingRecord]
  /// True once the model is there.
  public var isFinished: Bool
  /// Those of the preset.
  public var settings: TrainingSettings

  /// Steps that the preset asks for.
  public var plannedSteps: Int { settings.steps }

  /// The record of the validation whose weights the run keeps; nil before the first one.
  public var best: TrainingRecord? {
    var best: TrainingRecord?
    for record in records {
      guard let score = record.validation else { continue }
      if let best, let known = best.validation,
        !settings.prefers(score, of: record.step, to: known, of: best.step)
      {
        continue
      }
      best = record
    }
    return best
  }
}

extension RunFolder {
  /// What the folder tells of its run.
  ///
  /// - Throws: `.missingPart` when no run was begun here, and what is wrong with the files.
  public func history() throws(TrainingError) -> RunHistory {
    try requirePart(summaryFile)
    try requirePart(metricsFile)
    return RunHistory(
      description: try RunDescription(path: summaryFile),
      records: try TrainingRecord.read(metricsFile, dropsLastPart: true),
      isFinished: Self.exists(modelFile),
      settings: try Preset(yaml: try StrictYAML.text(of: presetFile), file: presetFile).training)
  }
}
