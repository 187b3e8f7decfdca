import RouseEvaluation

/// What follows from so many clips and hours, and what does not.
public enum EvaluationClaims {
  static func sentences(
    _ accepts: AcceptRate, _ limits: [EvaluationReport.LimitRow], _ heard: HeardCorpus
  ) -> [String] {
    var result: [String] = []
    if accepts.hours > 0 {
      let upper = EvaluationText.number(accepts.interval.upperBound, 2)
      let hours = EvaluationText.number(accepts.hours, 2)
      result.append(
        "\(accepts.accepts) false accepts in \(hours) hours: the 95 % interval of the true rate ends at \(upper) per hour."
      )
      if let limit = limits.filter({ !$0.isSupported && $0.point != nil }).map(\.limit).max() {
        let needed = hoursNeeded(limit)
        result.append(
          "These recordings cannot show that a device stays at or below \(EvaluationText.limit(limit)) per hour: "
            + "that takes at least \(EvaluationText.number(needed, 1)) hours without a single false accept."
        )
      }
      let none = limits.filter { $0.point == nil }.map { EvaluationText.limit($0.limit) }
      if !none.isEmpty {
        result.append(
          "No cutoff has at most \(none.joined(separator: ", ")) false accepts per hour.")
      }
    } else {
      result.append(
        "Nothing can be said about false accepts per hour: the corpus has no ambient recordings in this part."
      )
    }
    let speakers = Set(heard.positives[0].compactMap(\.record.speaker))
    if speakers.isEmpty {
      result.append(
        "The speakers are not known: intervals take every clip for an independent one, and are too narrow if people speak several."
      )
    } else if speakers.count < heard.positives[0].count {
      result.append(
        "\(heard.positives[0].count) clips come from \(speakers.count) people: intervals take every clip for an independent one and are too narrow for people who were not recorded."
      )
    }
    return result
  }

  /// Hours without an accept after which Garwood's two-sided interval ends at `limit`: `−ln 0.025 / limit`.
  static func hoursNeeded(_ limit: Double) -> Double {
    AcceptRate(accepts: 0, hours: 1).interval.upperBound / limit
  }

  /// Why the codes are too coarse around a cutoff, without a full stop.
  public static func coarse(_ resolution: CutoffResolution) -> String {
    let here =
      "\(EvaluationText.number(resolution.perHour, 2)) per hour at code \(resolution.cutoff)"
    if resolution.jumpsOverTarget, let below = resolution.perHourBelow {
      return
        "the probability codes are too coarse for \(EvaluationText.limit(resolution.limit)) per hour: "
        + "\(here), \(EvaluationText.number(below, 2)) at the next lower code that differs"
    }
    return
      "the probability codes leave little to choose from: \(resolution.pointsFromHere) different operating points "
      + "from code \(resolution.cutoff) up, expected at least \(CutoffResolution.fewestPoints)"
  }
}
