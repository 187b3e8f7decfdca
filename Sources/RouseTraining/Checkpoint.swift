import RouseNumerics

/// What a checkpoint must agree on before a run goes on from it.
package struct RunIdentity: Hashable, Sendable {
  package var presetDigest: String
  package var corpusDigest: String
  package var seed: UInt64

  package init(presetDigest: String, corpusDigest: String, seed: UInt64) {
    self.presetDigest = presetDigest
    self.corpusDigest = corpusDigest
    self.seed = seed
  }
}

/// A `TrainingState` in a file.
///
/// Random numbers need no state of their own: every one is drawn from the seed and the number of its step.
package enum Checkpoint {
  package static func write(
    _ state: TrainingState, _ identity: RunIdentity, _ layout: ParameterLayout, to path: String
  ) throws(TrainingError) {
    func floats(_ name: String, _ buffer: FloatBuffer) -> SectionFile.Section {
      .init(name, .floats(FloatView(buffer, shape: [buffer.count]).values))
    }
    let file = SectionFile(
      .checkpoint,
      [
        .init("preset_digest", .text(identity.presetDigest)),
        .init("corpus_digest", .text(identity.corpusDigest)),
        .init("seed", .numbers([identity.seed])),
        .init("layout", .text(layoutText(layout))),
        .init("step", .numbers([UInt64(state.step)])),
        .init("best_step", .numbers([UInt64(state.bestStep)])),
        .init("best_score", .numbers(ValidationScore.encode(state.bestScore))),
        floats("values", state.values),
        floats("first_moment", state.firstMoment),
        floats("second_moment", state.secondMoment),
        floats("average", state.average),
        floats("best", state.best),
      ])
    try file.write(to: path)
  }

  /// - Throws: `.notTheSameRun` when preset, corpus or seed differ.
  package static func read(
    _ path: String, _ identity: RunIdentity, _ layout: ParameterLayout
  ) throws(TrainingError) -> TrainingState {
    let file = try SectionFile(path: path, kind: .checkpoint)
    let found = [
      ("preset", identity.presetDigest, try file.text("preset_digest", path: path)),
      ("corpus", identity.corpusDigest, try file.text("corpus_digest", path: path)),
      ("seed", "\(identity.seed)", "\(try file.number("seed", path: path))"),
      ("network", layoutText(layout), try file.text("layout", path: path)),
    ]
    for (field, expected, found) in found where expected != found {
      throw .notTheSameRun(file: path, field: field, expected: expected, found: found)
    }
    var state = TrainingState(layout)
    state.step = try file.count("step", path: path)
    state.bestStep = try file.count("best_step", path: path)
    state.bestScore = try ValidationScore.decode("best_score", file, path)
    for (name, buffer) in [
      ("values", state.values), ("first_moment", state.firstMoment),
      ("second_moment", state.secondMoment), ("average", state.average), ("best", state.best),
    ] {
      let values = try file.floats(name, count: buffer.count, path: path)
      FloatView(buffer, shape: [buffer.count]).copy(from: values)
    }
    return state
  }

  /// Name, shape and place of everything: equal texts mean equal meaning of the floats.
  private static func layoutText(_ layout: ParameterLayout) -> String {
    layout.entries.map { "\($0.name) \($0.shape) \($0.offset)" }.joined(separator: "\n")
  }
}
