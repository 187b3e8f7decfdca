import RouseEvaluation
import RouseFormats
import RouseRuntime
import RouseTraining

/// Makes a report of codes: chooses the point, runs the rule there, and groups what it did.
struct EvaluationBuilder {
  let model: EvaluatedModel
  let options: EvaluationOptions
  let heard: HeardCorpus
  let counts: ConditionCounts
  let timing: DetectionTiming
  /// The window of the rule.
  let window: Int

  struct Choice {
    var cutoff: Int
    var window: Int
    var by: String
    /// The limit that the choice is judged by.
    var limit: Double
  }

  struct Results {
    var clips: [ClipResult]
    var streams: [EvaluationReport.Stream]
  }

  // MARK: - Choosing

  /// The stated cutoff; else the best one for the stated target; else the manifest's; else the best one for 1 an hour.
  func choose() throws(CompilerError) -> Choice {
    let limit = options.target ?? EvaluationOptions.defaultTarget
    if let cutoff = options.cutoff {
      return Choice(cutoff: Int(cutoff), window: window, by: "the command", limit: limit)
    }
    if options.target == nil, let detection = model.detection, isESPHome {
      return Choice(
        cutoff: min(max(detection.cutoff, 1), 254), window: window, by: model.detectionSource,
        limit: limit)
    }
    guard counts.ambientHours > 0 else { throw .noCutoff(manifest: nil) }
    let only = options.anyWindow ? nil : window
    guard let best = counts.best(perHour: limit, window: only) else {
      return Choice(
        cutoff: ConditionCounts.cutoffs.upperBound, window: window,
        by: "no cutoff has at most \(EvaluationText.limit(limit)) false accepts per hour",
        limit: limit)
    }
    return Choice(
      cutoff: best.cutoff, window: best.window,
      by:
        "the fewest misses at no more than \(EvaluationText.limit(limit)) false accepts per hour, "
        + "on these recordings", limit: limit)
  }

  private var isESPHome: Bool {
    if case .esphome = counts.rule { return true }
    return false
  }

  private func rule(_ window: Int) -> DetectionRule {
    isESPHome ? .esphome(window: window) : counts.rule
  }

  // MARK: - Running

  func results(_ chosen: Choice) -> Results {
    let rule = rule(chosen.window)
    let detector = rule.detector(
      cutoff: UInt8(chosen.cutoff), stride: model.strideRows, lockoutSteps: timing.lockoutSteps)
    var clips: [ClipResult] = []
    func add(_ group: [HeardCorpus.Clip], _ condition: String) {
      let scores = RuleCurve(
        group.map(\.codes), rule: rule, stride: model.strideRows,
        lockoutSteps: timing.lockoutSteps
      ).scores
      for (clip, score) in zip(group, scores) {
        clips.append(result(clip, condition, Int(score), detector))
      }
    }
    for (condition, group) in zip(heard.conditions, heard.positives) { add(group, condition.text) }
    add(heard.negatives, ClipScenes.Condition.asRecorded.text)
    let streams = heard.ambient.map { stream in
      EvaluationReport.Stream(
        name: stream.record.name,
        hours: Double(stream.codes.count) * timing.strideSeconds / 3600,
        acceptSeconds: detector.detections(in: stream.codes).map(timing.seconds))
    }
    return Results(clips: clips, streams: streams)
  }

  private func result(
    _ clip: HeardCorpus.Clip, _ condition: String, _ score: Int, _ detector: any StreamingRule
  ) -> ClipResult {
    let lead = Double(ClipScenes.leadSamples) / 16_000
    let peak = clip.codes.max() ?? 0
    let place = clip.codes.firstIndex(of: peak) ?? 0
    return ClipResult(
      file: clip.record.name, role: clip.record.role.rawValue, label: clip.record.label ?? "",
      speaker: clip.record.speaker ?? "", condition: condition, noise: clip.noise ?? "",
      seconds: clip.seconds, peak: Int(peak), peakSeconds: timing.seconds(place) - lead,
      score: score,
      detectedSeconds: detector.detections(in: clip.codes).map { timing.seconds($0) - lead },
      isSilent: clip.isSilent)
  }

  func scoreCurves(_ clips: [ClipResult]) -> [ScoreCurve?] {
    let negatives = clips.filter { $0.role == SourceRole.negative.rawValue }
      .map { UInt8($0.score) }
    return heard.conditions.map { condition in
      ScoreCurve(
        positives: clips.filter {
          $0.role == SourceRole.positive.rawValue && $0.condition == condition.text
        }.map { UInt8($0.score) }, negatives: negatives)
    }
  }

  // MARK: - Reporting

  func report(
    _ chosen: Choice, _ results: Results, _ curves: [ScoreCurve?], corpus: Corpus
  ) -> EvaluationReport {
    let limits = OperatingPoint.comparedLimits.map { limit -> EvaluationReport.LimitRow in
      guard
        let best = counts.best(
          perHour: limit, window: options.anyWindow ? nil : self.window)
      else { return .init(limit: limit, point: nil, isSupported: false) }
      let accepts = counts.accepts(cutoff: best.cutoff, window: best.window)
      return .init(
        limit: limit, point: point(best.cutoff, best.window),
        isSupported: accepts.interval.upperBound <= limit)
    }
    let negatives = results.clips.filter { $0.role == SourceRole.negative.rawValue }
    let accepted = negatives.count { !$0.detectedSeconds.isEmpty }
    let resolution = counts.resolution(
      cutoff: chosen.cutoff, window: chosen.window, limit: chosen.limit)
    let window = chosen.window
    return EvaluationReport(
      model: .init(
        name: model.name, sha256: model.sha256, wakeWord: model.wakeWord,
        stepMilliseconds: model.stepMilliseconds, strideRows: model.strideRows),
      corpus: .init(
        name: corpus.file.lastPathComponent, split: options.split?.rawValue ?? "all",
        positives: heard.positives[0].count, negatives: heard.negatives.count,
        ambientFiles: heard.ambient.count, ambientHours: counts.ambientHours,
        skipped: heard.skipped.map(\.name),
        silentPositives: heard.positives[0].count { $0.isSilent }),
      rule: rule(chosen.window).text(cutoff: UInt8(chosen.cutoff)),
      lockoutMilliseconds: options.lockoutMilliseconds,
      conditions: heard.conditions.map(\.text),
      chosen: point(chosen.cutoff, chosen.window), chosenBy: chosen.by,
      acceptedNegatives: .init(MissRate(misses: accepted, clips: negatives.count)),
      limits: limits, speakers: groups(results.clips, .positive, by: \.speaker),
      noises: groups(results.clips.filter { !$0.noise.isEmpty }, .positive, by: \.noise),
      labels: groups(results.clips, .positive, by: \.label),
      negativeLabels: groups(results.clips, .negative, by: \.label),
      curves: .init(
        equalErrorRates: curves.map { $0?.equalErrorRate },
        partialAreas: curves.map { $0?.partialArea(upTo: 0.1) },
        areas: curves.map { $0?.partialArea() },
        recallAreas: heard.conditions.indices.map {
          counts.ambientHours > 0 ? counts.recallArea($0, window: window, upTo: 2) : nil
        }),
      ambient: results.streams,
      coarse: resolution.flatMap { $0.isCoarse ? EvaluationClaims.coarse($0) : nil },
      claims: EvaluationClaims.sentences(
        counts.accepts(cutoff: chosen.cutoff, window: chosen.window), limits, heard),
      definitions: EvaluationText.definitions)
  }

  private func point(_ cutoff: Int, _ window: Int) -> EvaluationReport.Point {
    .init(
      cutoff: cutoff, probabilityCutoff: ESPHomeManifest.cutoff(forCode: cutoff),
      window: isESPHome ? window : nil,
      misses: heard.conditions.indices.map {
        .init(counts.misses($0, cutoff: cutoff, window: window))
      }, falseAccepts: .init(counts.accepts(cutoff: cutoff, window: window)))
  }

  /// For clips with the word the missed ones, for others the accepted ones; sorted by name.
  private func groups(
    _ clips: [ClipResult], _ role: SourceRole, by name: KeyPath<ClipResult, String>
  ) -> [EvaluationReport.Group] {
    var members: [String: [ClipResult]] = [:]
    for clip in clips where clip.role == role.rawValue {
      members[clip[keyPath: name], default: []].append(clip)
    }
    guard members.count > 1 || members.keys.first.map({ !$0.isEmpty }) ?? false else { return [] }
    let conditions =
      role == .negative ? [ClipScenes.Condition.asRecorded] : heard.conditions
    return members.keys.sorted().map { key in
      let rates = conditions.map { condition in
        let under = (members[key] ?? []).filter { $0.condition == condition.text }
        let detected = under.count { !$0.detectedSeconds.isEmpty }
        return EvaluationReport.ClipRate(
          MissRate(
            misses: role == .negative ? detected : under.count - detected, clips: under.count))
      }
      return .init(name: key.isEmpty ? "unknown" : key, rates: rates)
    }
  }
}
