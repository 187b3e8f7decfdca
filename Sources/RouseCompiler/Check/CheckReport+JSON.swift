import Foundation

/// The keys of `--json`, which `README.md` in this folder explains one by one. They are stable: keys may be added, none
/// changes its name or meaning.
///
/// | key | value |
/// |---|---|
/// | `verdict` | `fits` or `refused` |
/// | `target`, `firmware`, `kernelLibrary` | what was checked against |
/// | `model`, `manifest`, `wakeWord` | one model: its files and word |
/// | `arena.minimumBytes.LIBRARY` | smallest arena that always suffices, by kernel library |
/// | `arena.minimumBytesByBase.LIBRARY.BASE` | the same for arenas at an address that is BASE (0, 4, 8, 12) modulo 16 |
/// | `arena.recommendedBytes` | what to write into the manifest |
/// | `arena.manifestBytes` | what the manifest says |
/// | `flash`, `ram.internal`, `ram.psram`, `time` | a line of the budget each: `used`, `limit`, `unit`, `over`, `parts` … |
/// | `output.codes`, `output.codesAboveCutoff`, `output.cutoffCode` | resolution of the probability |
/// | `findings[]` | `severity`, `code`, `where`, `message`, `help` |
/// | `models[]` | several models: the keys of one model for each, while the top level holds sums |
///
/// A key whose value is not known is left out.
extension CheckReport: Encodable {
  enum Key: String, CodingKey {
    case verdict, target, firmware, kernelLibrary, model, manifest, wakeWord, arena, flash, ram,
      time
    case output, findings, models
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(target, forKey: .target)
    try container.encode(firmware, forKey: .firmware)
    try container.encode(kernelLibrary, forKey: .kernelLibrary)
    if models.count == 1 {
      try models[0].encodeParts(to: &container)
      try container.encode(findings, forKey: .findings)
    } else {
      try container.encode(models, forKey: .models)
      try container.encodeIfPresent(ArenaFigures(sumOf: models), forKey: .arena)
      try container.encode(together, forKey: .findings)
    }
    try budget?.encodeParts(to: &container)
  }

  /// Keys in alphabetical order, two spaces of indentation, a newline at the end.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a report holds only text and integers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

extension CheckedModel: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CheckReport.Key.self)
    try container.encode(verdict, forKey: .verdict)
    try encodeParts(to: &container)
    try container.encode(findings, forKey: .findings)
    try budget?.encodeParts(to: &container)
  }

  fileprivate func encodeParts(
    to container: inout KeyedEncodingContainer<CheckReport.Key>
  ) throws {
    try container.encode(name, forKey: .model)
    try container.encodeIfPresent(manifest, forKey: .manifest)
    try container.encodeIfPresent(wakeWord, forKey: .wakeWord)
    try container.encodeIfPresent(ArenaFigures(of: self), forKey: .arena)
    guard let resolution else { return }
    try container.encode(
      OutputFigures(
        codes: resolution.codes.count, cutoffCode: cutoffCode,
        codesAboveCutoff: cutoffCode.map(resolution.codes(above:))), forKey: .output)
  }
}

extension BudgetReport {
  fileprivate func encodeParts(
    to container: inout KeyedEncodingContainer<CheckReport.Key>
  ) throws {
    try container.encodeIfPresent(flash, forKey: .flash)
    try container.encodeIfPresent(memory, forKey: .ram)
    try container.encodeIfPresent(time, forKey: .time)
  }
}

/// The numbers of `arena`.
private struct ArenaFigures: Encodable {
  var minimumBytes: [String: Int] = [:]
  /// By library, then by base address modulo 16; nil for sums, because arenas begin at addresses of their own.
  var minimumBytesByBase: [String: [String: Int]]?
  var recommendedBytes: Int?
  var manifestBytes: Int?

  init?(of model: CheckedModel) {
    for arena in model.arenas { minimumBytes[arena.library.rawValue] = arena.minimumBytes }
    if !model.arenas.isEmpty {
      minimumBytesByBase = Dictionary(
        uniqueKeysWithValues: model.arenas.map { arena in
          let bases = zip(ArenaReport.bases, arena.minimumBytesByBase).map { ("\($0)", $1) }
          return (arena.library.rawValue, Dictionary(uniqueKeysWithValues: bases))
        })
    }
    recommendedBytes = model.arena?.recommendedBytes
    manifestBytes = model.manifestArenaBytes
    if minimumBytes.isEmpty && manifestBytes == nil { return nil }
  }

  /// Sums; a number that one model lacks is left out.
  init?(sumOf models: [CheckedModel]) {
    let figures = models.compactMap(ArenaFigures.init(of:))
    guard let first = figures.first, figures.count == models.count else { return nil }
    for library in first.minimumBytes.keys {
      minimumBytes[library] = Self.sum(figures.map { $0.minimumBytes[library] })
    }
    recommendedBytes = Self.sum(figures.map(\.recommendedBytes))
    manifestBytes = Self.sum(figures.map(\.manifestBytes))
  }

  private static func sum(_ values: [Int?]) -> Int? {
    values.reduce(.some(0)) { sum, value in
      guard let sum, let value else { return nil }
      let (result, overflow) = sum.addingReportingOverflow(value)
      return overflow ? nil : result
    }
  }
}

private struct OutputFigures: Encodable {
  var codes: Int
  var cutoffCode: Int?
  var codesAboveCutoff: Int?
}
