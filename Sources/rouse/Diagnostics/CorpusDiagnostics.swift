import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining

extension MissingRole {
  /// What the corpus names, what became of it, and what to do.
  var diagnostic: Diagnostic {
    Diagnostic(
      message: "no usable \(role.rawValue) clips in the \(split.rawValue) split",
      location: location,
      notes: sources.map(\.text) + splitNotes + SkippedClip.lines(skipped), help: help)
  }

  private var location: String {
    sources.first.map { "\(file):\($0.source.line)" } ?? file
  }

  private var splitNotes: [String] {
    let parts = Split.allCases.compactMap { split in
      listed[split].map { "\($0) \(split.rawValue)" }
    }
    return parts.isEmpty ? [] : ["listed by split: \(parts.joined(separator: ", "))"]
  }

  private var help: String {
    if sources.isEmpty {
      return "add a source: `- {role: \(role.rawValue), folder: …}`"
    }
    if let filtered = sources.first(where: { $0.listed > 0 && $0.selected == 0 }) {
      return filtered.nearestValue.map { "did you mean `\($0)`?" }
        ?? "change `where` so that it selects rows"
    }
    if listed.isEmpty {
      return "put sound files there (\(AudioFolder.extensions.joined(separator: ", ")))"
    }
    if listed[split] == nil {
      return
        "let some clips train: change their split, or add `split: \(split.rawValue)` to a source"
    }
    if skipped.allSatisfy({ $0.reason == .silent || $0.reason == .noSpeech }) {
      return
        "no word was found in any of them; listen to one: is it the right channel, and loud enough?"
    }
    if skipped.allSatisfy(\.isMissing) { return "paths in an index are relative to the index" }
    return "repair or replace the files above"
  }
}

extension SourceSummary {
  /// `index recordings.csv where label is jarvsi: 0 of 500 rows`
  fileprivate var text: String {
    var text: String
    switch source.location {
    case .folder(let path):
      text = "folder `\(path)`: \(listed) sound files"
      if otherFiles > 0 { text += " and \(otherFiles) files of other kinds" }
    case .index(let path):
      let conditions = source.conditions.map {
        "\($0.column) is \($0.patterns.joined(separator: " or "))"
      }
      let filter = conditions.isEmpty ? "" : " where \(conditions.joined(separator: " and "))"
      text = "index `\(path)`\(filter): \(selected) of \(listed) rows"
    }
    if let column, !values.isEmpty {
      let found = values.prefix(5).map { "\($0.value.isEmpty ? "nothing" : $0.value) (\($0.rows))" }
      text += "; \(column) holds " + found.joined(separator: ", ")
      if values.count > 5 { text += ", …" }
    }
    return text
  }

  /// The value of the column that looks most like what the conditions ask for.
  fileprivate var nearestValue: String? {
    guard let condition = source.conditions.first(where: { $0.column == column }) else {
      return nil
    }
    let candidates = values.map(\.value)
    for pattern in condition.patterns {
      if let nearest = EditDistance.nearest(to: pattern, among: candidates) { return nearest }
    }
    return nil
  }
}

extension SkippedClip {
  /// Why the clip was left out, in a few words.
  var reasonText: String {
    switch reason {
    case .audio(let error): error.diagnostic.message
    case .silent: "digital silence, every sample is 0"
    case .tooShort(let samples):
      String(format: "%.1f ms of sound, too short for anything", Double(samples) / 16)
    case .noSpeech: "no word found in it"
    }
  }

  fileprivate var isMissing: Bool {
    guard case .audio(.unreadable(_, let reason)) = reason else { return false }
    return reason == String(cString: strerror(ENOENT))
  }

  /// The same for all clips that share the kind of fault, whatever their numbers.
  private var kind: String {
    switch reason {
    case .tooShort: "too short for anything"
    case .audio(.truncated): "the file ends before its header says, it was cut short"
    case .audio(.corrupt): "the sound cannot be decoded, the file is damaged"
    case .audio(.notFinite): "a sample is not a number"
    case .audio(.notNormalized): "samples far above full scale"
    default: reasonText
    }
  }

  /// A line for each kind of fault, however many clips have it.
  static func lines(_ clips: [SkippedClip]) -> [String] {
    Grouped.lines(clips.map { ($0.kind, $0.name) }, verb: "skipped")
  }
}

extension CorpusWarning {
  /// A line for each kind of warning; those about speakers name everybody up to ten.
  static func lines(_ warnings: [CorpusWarning]) -> [String] {
    Grouped.lines(warnings.map { ($0.statement, $0.about) }, verb: "warning", named: 10)
  }
}

/// Many messages of few kinds.
private enum Grouped {
  /// One line for each kind, in order of appearance, with the first names: `skipped 12: no word found (a, b, c, …)`.
  static func lines(
    _ items: [(kind: String, name: String)], verb: String, named: Int = 3
  ) -> [String] {
    var order: [String] = []
    var names: [String: (count: Int, first: [String])] = [:]
    for item in items {
      if names[item.kind] == nil { order.append(item.kind) }
      names[item.kind, default: (0, [])].count += 1
      if names[item.kind, default: (0, [])].first.count < named {
        // A name may hold a line end; a message is a line.
        names[item.kind, default: (0, [])].first.append(item.name.replacing("\n", with: "\\n"))
      }
    }
    return order.map { kind in
      let (count, first) = names[kind] ?? (0, [])
      if count == 1 { return "\(verb) \(first[0]): \(kind)".printable }
      let more = count > first.count ? ", …" : ""
      return "\(verb) \(count): \(kind) (\(first.joined(separator: ", "))\(more))".printable
    }
  }
}
