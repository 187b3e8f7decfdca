import RouseNumerics

/// What a checkpoint must agree on before a run goes on from it.
package struct RunIdentity: Hashable, Sendable {
  package var presetDigest: String
  package var corpusDigest: String
  package var seed: UInt64
  /// SHA-256 of the weights that the run began with; empty when they were drawn from the seed.
  package var startDigest: String
  /// `Teacher.digest`; empty without a teacher.
  package var teacherDigest: String

  package init(
    presetDigest: String, corpusDigest: String, seed: UInt64, startDigest: String = "",
    teacherDigest: String = ""
  ) {
    self.teacherDigest = teacherDigest
    self.presetDigest = presetDigest
    self.corpusDigest = corpusDigest
    self.seed = seed
    self.startDigest = startDigest
  }
}

/// A `TrainingState` in a file: a `SectionFile` of kind 1.
///
/// | section | content |
/// |---|---|
/// | `preset_digest`, `corpus_digest`, `start_digest`, `seed` | the run it belongs to |
/// | `teacher_digest` | the same; absent in a run without a teacher |
/// | `layout` | a line for each parameter: name, place, `trained` or `moving`, extents |
/// | `step`, `phase`, `phase_start`, `has_stopped` | where the run is |
/// | `best_step`, `best_score`, `latest_score`, `phase_best_score` | validations; a score is 0 or 5 doubles |
/// | `patience` | validations since the best one of the run, and of the phase |
/// | `loss` | mean over the latest record's steps, a double |
/// | `unrecorded` | steps since that record, and the doubles loss, gradient norm, learning rate |
/// | `hard_negatives` | first rows, in the examples, of the windows that the last search found |
/// | `values`, `average`, `best` | floats in the layout: weights, their moving average, the best of those |
/// | `first_moment`, `second_moment` | floats of the layout's trained part: Adam's moments |
///
/// Random numbers need no state of their own: every one is drawn from the seed and the number of its step.
package struct Checkpoint: Sendable {
  package var identity: RunIdentity
  package var layout: ParameterLayout
  package var state: TrainingState

  package init(_ state: TrainingState, _ identity: RunIdentity, _ layout: ParameterLayout) {
    self.identity = identity
    self.layout = layout
    self.state = state
  }

  // MARK: - Writing

  package func write(to path: String) throws(TrainingError) {
    func floats(_ name: String, _ buffer: FloatBuffer) -> SectionFile.Section {
      .init(name, .floats(FloatView(buffer, shape: [buffer.count]).values))
    }
    func numbers(_ name: String, _ values: Int...) -> SectionFile.Section {
      .init(name, .numbers(values.map(UInt64.init)))
    }
    func score(_ name: String, _ score: ValidationScore?) -> SectionFile.Section {
      .init(name, .numbers(ValidationScore.encode(score)))
    }
    let unrecorded = state.unrecorded
    let file = SectionFile(
      .checkpoint,
      [
        .init("preset_digest", .text(identity.presetDigest)),
        .init("corpus_digest", .text(identity.corpusDigest)),
        .init("start_digest", .text(identity.startDigest)),
        .init("seed", .numbers([identity.seed])),
        .init("layout", .text(layout.text)),
        numbers("step", state.step),
        numbers("phase", state.phase),
        numbers("phase_start", state.phaseStart),
        numbers("has_stopped", state.hasStopped ? 1 : 0),
        numbers("best_step", state.bestStep),
        score("best_score", state.bestScore),
        score("latest_score", state.latestScore),
        score("phase_best_score", state.phaseBestScore),
        numbers("patience", state.validationsSinceBest, state.validationsSincePhaseBest),
        .init("loss", .numbers([state.latestLoss.bitPattern])),
        .init(
          "unrecorded",
          .numbers(
            [UInt64(unrecorded.steps)]
              + [unrecorded.loss, unrecorded.gradientNorm, unrecorded.learningRate].map(
                \.bitPattern))),
        .init("hard_negatives", .numbers(state.hardNegatives.map(UInt64.init))),
        floats("values", state.values),
        floats("first_moment", state.firstMoment),
        floats("second_moment", state.secondMoment),
        floats("average", state.average),
        floats("best", state.best),
      ]
        + (identity.teacherDigest.isEmpty
          ? [] : [.init("teacher_digest", .text(identity.teacherDigest))]))
    try file.write(to: path)
  }

  // MARK: - Reading

  /// - Throws: `.file`, and `.corrupt` for what is not a checkpoint of this version.
  package init(path: String) throws(TrainingError) {
    let file = try SectionFile(path: path, kind: .checkpoint)
    identity = RunIdentity(
      presetDigest: try file.text("preset_digest", path: path),
      corpusDigest: try file.text("corpus_digest", path: path),
      seed: try file.number("seed", path: path),
      startDigest: try file.text("start_digest", path: path),
      teacherDigest: file.has("teacher_digest") ? try file.text("teacher_digest", path: path) : "")
    guard
      let layout = ParameterLayout(
        text: try file.text("layout", path: path), most: file.floatCount("values"))
    else {
      throw .corrupt(
        file: path, offset: 0, expected: "a section `layout` that describes the values",
        found: "something else")
    }
    self.layout = layout
    var state = TrainingState(layout)
    state.step = try file.count("step", path: path)
    state.phase = try file.count("phase", path: path)
    state.phaseStart = try file.count("phase_start", path: path)
    state.hasStopped = try file.count("has_stopped", path: path) != 0
    state.bestStep = try file.count("best_step", path: path)
    state.bestScore = try ValidationScore.decode("best_score", file, path)
    state.latestScore = try ValidationScore.decode("latest_score", file, path)
    state.phaseBestScore = try ValidationScore.decode("phase_best_score", file, path)
    let patience = try file.counts("patience", count: 2, path: path)
    (state.validationsSinceBest, state.validationsSincePhaseBest) = (patience[0], patience[1])
    state.latestLoss = Double(bitPattern: try file.number("loss", path: path))
    let unrecorded = try file.numbers("unrecorded", count: 4, path: path)
    guard let steps = Int(exactly: unrecorded[0]) else {
      throw .corrupt(
        file: path, offset: 0, expected: "a count in section `unrecorded`",
        found: "\(unrecorded[0])")
    }
    state.unrecorded.steps = steps
    state.unrecorded.loss = Double(bitPattern: unrecorded[1])
    state.unrecorded.gradientNorm = Double(bitPattern: unrecorded[2])
    state.unrecorded.learningRate = Double(bitPattern: unrecorded[3])
    state.hardNegatives = try file.numbers("hard_negatives", path: path).map {
      UInt32(truncatingIfNeeded: $0)
    }
    for (name, buffer) in [
      ("values", state.values), ("first_moment", state.firstMoment),
      ("second_moment", state.secondMoment), ("average", state.average), ("best", state.best),
    ] {
      let values = try file.floats(name, count: buffer.count, path: path)
      FloatView(buffer, shape: [buffer.count]).copy(from: values)
    }
    self.state = state
  }

  /// The state of a run to go on from.
  ///
  /// - Throws: `.notTheSameRun` when preset, corpus, seed, first weights, teacher or network differ, or when the state is of a
  ///   phase that the preset does not have.
  package static func read(
    _ path: String, _ identity: RunIdentity, _ layout: ParameterLayout, phases: Int = .max
  ) throws(TrainingError) -> TrainingState {
    let found = try Checkpoint(path: path)
    let fields = [
      ("preset", identity.presetDigest, found.identity.presetDigest),
      ("corpus", identity.corpusDigest, found.identity.corpusDigest),
      ("seed", "\(identity.seed)", "\(found.identity.seed)"),
      ("start", identity.startDigest, found.identity.startDigest),
      ("teacher", identity.teacherDigest, found.identity.teacherDigest),
    ]
    for (field, expected, found) in fields where expected != found {
      throw .notTheSameRun(file: path, field: field, expected: expected, found: found)
    }
    if let difference = layout.firstDifference(from: found.layout) {
      throw .notTheSameRun(
        file: path, field: "network", expected: difference.expected, found: difference.found)
    }
    guard found.state.phase < phases, found.state.phaseStart <= found.state.step else {
      throw .corrupt(
        file: path, offset: 0, expected: "a phase of the preset", found: "\(found.state.phase)")
    }
    return found.state
  }
}
