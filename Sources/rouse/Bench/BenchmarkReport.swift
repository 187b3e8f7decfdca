import Foundation
import RouseNumerics

/// Figures and the machine that they belong to, as text and as JSON.
struct BenchmarkReport: Sendable {
  let figures: [BenchmarkFigure]
  let threads: Int

  /// The processor by its own name; `unknown` where the system does not tell.
  static var processor: String {
    // The file has no size of its own, so it is read as a stream.
    let file = fopen("/proc/cpuinfo", "r")
    guard let file else { return "unknown" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].hasPrefix("model name") else { continue }
      return parts[1].trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return "unknown"
  }

  var text: String {
    var rows = [["figure", "best", "median", "unit", "goal", "x goal", "CPU s"]]
    rows += figures.map { figure in
      [
        figure.name, Self.number(figure.value), figure.median.map(Self.number) ?? "", figure.unit,
        figure.goal.map(Self.number) ?? "",
        figure.goal.map { String(format: "%.2f", figure.value / $0) } ?? "",
        String(format: "%.1f", figure.cpuSeconds),
      ]
    }
    return """
      \(Self.processor), OpenBLAS \(BLAS.coreName), \(threads) threads; figures of one core are per CPU-second
      \(TextColumns.text(rows, right: [1, 2, 4, 5, 6]))

      """
  }

  /// Three significant digits at least.
  private static func number(_ value: Double) -> String {
    String(format: value >= 100 ? "%.0f" : "%.3g", value)
  }

  func json() throws -> String {
    struct Report: Encodable {
      var processor: String
      var openblas: String
      var threads: Int
      var figures: [Figure]
    }
    struct Figure: Encodable {
      var name: String
      var unit: String
      var value: Double
      var median: Double?
      var cpuSeconds: Double
      var goal: Double?
      var ratio: Double?
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let report = Report(
      processor: Self.processor, openblas: BLAS.coreName, threads: threads,
      figures: figures.map { figure in
        Figure(
          name: figure.name, unit: figure.unit, value: figure.value, median: figure.median,
          cpuSeconds: figure.cpuSeconds, goal: figure.goal,
          ratio: figure.goal.map { figure.value / $0 })
      })
    return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
  }
}
