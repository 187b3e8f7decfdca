import Foundation
import RouseFormats
import RouseNumerics

/// The files of an evaluation.
extension Evaluation {
  /// NAME.eval.json: the report with stable keys, sorted.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
    }
  }

  /// NAME.eval.csv: a row for each clip under each condition.
  public var csv: String {
    let rows = [EvaluationText.row(ClipResult.columns)] + clips.map { EvaluationText.row($0.csv) }
    return rows.joined(separator: "\n") + "\n"
  }

  /// All files, without their folder.
  public var artefacts: [Artefact] {
    get throws {
      let name = report.model.name
      let plots = plots
      return [
        Artefact(fileName: "\(name).eval.csv", text: csv),
        Artefact(fileName: "operating-points.csv", text: points.csv),
      ]
        + plots.map { Artefact(fileName: "\(name).\($0.ending).svg", text: $0.plot.svg) } + [
          Artefact(
            fileName: "\(name).eval.html",
            text: EvaluationPage(self, drawings: plots.map { ($0.plot.svg, $0.caption) }).html),
          Artefact(fileName: "\(name).eval.json", text: try json),
        ]
    }
  }

  /// Writes all files into a folder, which is made; each is whole or as it was before.
  ///
  /// - Throws: `FileError` of the first file that cannot be written.
  public func write(to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, operation: .create, code: EACCES)
    }
    for artefact in try artefacts {
      try AtomicFile.write(artefact.bytes, to: "\(folder)/\(artefact.fileName)")
    }
  }
}
