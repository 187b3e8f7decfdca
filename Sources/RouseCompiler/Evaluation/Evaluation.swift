import RouseAudio
import RouseEvaluation
import RouseRuntime
import RouseTraining

/// A model scored on a corpus as a device would hear it.
public struct Evaluation: Sendable {
  public let report: EvaluationReport
  /// Every clip under every condition.
  public let clips: [ClipResult]
  /// All cutoffs and windows.
  public let points: PointTable
  let counts: ConditionCounts
  let chosenWindow: Int
  /// `ScoreCurve` of each condition against the clips of other words.
  let curves: [ScoreCurve?]
  public let warnings: [CorpusWarning]
  public let skipped: [SkippedClip]

  /// - Parameters:
  ///   - progress: called from any thread.
  ///   - isCancelled: asked between recordings and between pieces of long ones.
  /// - Returns: nil when cancelled.
  /// - Throws: `TrainingError` for the corpus, with `.noUsableClips` when no clip with the word is left in the split;
  ///   `CompilerError.noCutoff` when none is known and there are no ambient recordings to choose one on.
  public static func run(
    _ model: EvaluatedModel, corpus: Corpus, _ options: EvaluationOptions,
    progress: @escaping @Sendable (EvaluationProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> Evaluation? {
    let listing = try CorpusListing(corpus)
    func records(_ role: SourceRole) -> [ClipRecord] {
      listing.records.filter {
        $0.role == role && (options.split == nil || $0.split == options.split)
      }
    }
    let positives = records(.positive)
    guard !positives.isEmpty else {
      throw TrainingError.noUsableClips(
        MissingRole(.positive, options.split ?? .test, skipped: [], listing))
    }
    let (noises, noNoise) = ClipScenes.load(
      try noiseRecords(listing, options))
    var conditions: [ClipScenes.Condition] = [.asRecorded]
    if !noises.isEmpty { conditions += options.noiseDecibels.map { .noise(decibels: $0) } }
    let hearing = CorpusHearing(
      model: model, scenes: ClipScenes(noises: noises, seed: corpus.seed),
      conditions: conditions, threads: options.threads, progress: progress,
      isCancelled: isCancelled)
    guard
      var heard = hearing.hear(
        positives: positives, negatives: records(.negative), ambient: records(.ambient))
    else { return nil }
    heard.skipped = noNoise + heard.skipped
    guard !heard.positives[0].isEmpty else {
      throw TrainingError.noUsableClips(
        MissingRole(.positive, options.split ?? .test, skipped: heard.skipped, listing))
    }
    progress(EvaluationProgress(stage: .counting, done: 0, total: 1))
    return try Evaluation(model, corpus, options, listing.warnings, heard)
  }

  private static func noiseRecords(
    _ listing: CorpusListing, _ options: EvaluationOptions
  ) throws -> [ClipRecord] {
    guard !options.noiseDecibels.isEmpty else { return [] }
    guard !options.noisePaths.isEmpty else { return listing.records.filter { $0.role == .noise } }
    var records: [ClipRecord] = []
    for path in options.noisePaths {
      let files: [String]
      do {
        files = try AudioFolder.files(in: path)
      } catch {
        guard case .wrongKind = error else { throw error }
        files = [path]
      }
      records += files.map { ClipRecord(file: $0, role: .noise) }
    }
    return records
  }

  // MARK: - Counting

  private init(
    _ model: EvaluatedModel, _ corpus: Corpus, _ options: EvaluationOptions,
    _ warnings: [CorpusWarning], _ heard: HeardCorpus
  ) throws {
    let window =
      options.window ?? model.detection?.window ?? EvaluationOptions.defaultWindow
    let rule = options.rule ?? .esphome(window: window)
    let timing = DetectionTiming(model, options)
    let counts = ConditionCounts(
      rule, positives: heard.positives.map { $0.map(\.codes) }, ambient: heard.ambient.map(\.codes),
      stride: model.strideRows, featureSeconds: Double(model.stepMilliseconds) / 1000,
      lockoutSteps: timing.lockoutSteps)
    self.counts = counts
    self.warnings = warnings
    skipped = heard.skipped
    let builder = EvaluationBuilder(
      model: model, options: options, heard: heard, counts: counts, timing: timing,
      window: counts.windows.contains(window) ? window : counts.windows.lowerBound)
    let chosen = try builder.choose()
    chosenWindow = chosen.window
    let results = builder.results(chosen)
    clips = results.clips
    curves = builder.scoreCurves(results.clips)
    report = builder.report(chosen, results, curves, corpus: corpus)
    points = PointTable(counts, conditions: heard.conditions.map(\.column))
  }
}

/// Invocations as times.
struct DetectionTiming: Sendable {
  let strideSeconds: Double
  let lockoutSteps: Int
  /// When the last sample of the first invocation was recorded.
  let firstSeconds: Double

  init(_ model: EvaluatedModel, _ options: EvaluationOptions) {
    strideSeconds = model.strideSeconds
    lockoutSteps = Int(
      (Double(options.lockoutMilliseconds) / 1000 / model.strideSeconds).rounded(.up))
    let step = Double(model.stepMilliseconds) / 1000
    firstSeconds = step * Double(model.strideRows - 1) + 0.03
  }

  func seconds(_ invocation: Int) -> Double {
    firstSeconds + Double(invocation) * strideSeconds
  }
}

extension ClipScenes.Condition {
  /// For people.
  var text: String {
    switch self {
    case .asRecorded: "as recorded"
    case .noise(let decibels): "noise \(Self.number(decibels)) dB"
    }
  }

  /// For the names of columns.
  var column: String {
    switch self {
    case .asRecorded: "clean"
    case .noise(let decibels):
      "noise_\(Self.number(decibels))db".replacing("-", with: "minus_").replacing(".", with: "_")
    }
  }

  private static func number(_ decibels: Float) -> String {
    decibels == decibels.rounded()
      ? "\(Int(decibels))" : EvaluationText.number(Double(decibels), 1)
  }
}
