import Foundation
import RouseFormats

/// One figure over the steps of training, as a line with axes; the best step and the ends of phases are marked.
///
/// Values that are all above 0 and span a factor of 30 stand on a logarithmic axis.
struct CurveDrawing {
  struct Point: Hashable {
    var step: Int
    var value: Double
  }

  private enum Metrics {
    static let left = 70.0
    static let top = 18.0
    static let width = 820.0
    static let height = 150.0
    static let bottom = 24.0
    static let points = 2000
    static let logarithmicFactor = 30.0
  }

  let title: String
  private let points: [Point]
  private let lastStep: Int
  /// First steps of phases after the first one.
  private let phases: [Int]
  private let best: Point?
  private let isLogarithmic: Bool
  private let range: ClosedRange<Double>

  /// - Parameters:
  ///   - points: in the order of their steps; values that are not finite are left out.
  ///   - best: the step to mark.
  init(title: String, _ points: [Point], steps: Int, phases: [Int], best: Int?) {
    self.title = title
    let finite = points.filter(\.value.isFinite)
    self.best = finite.first { $0.step == best }
    self.points = Self.thinned(finite)
    self.phases = phases
    lastStep = max(steps, finite.last?.step ?? 0, 1)
    let low = finite.map(\.value).min() ?? 0
    let high = finite.map(\.value).max() ?? 1
    isLogarithmic = low > 0 && high / low >= Metrics.logarithmicFactor
    range = isLogarithmic ? log10(low)...log10(high) : min(low, 0)...max(high, low + 1e-12)
  }

  /// At most about `Metrics.points`: of each stretch the lowest and the highest point.
  private static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > Metrics.points else { return points }
    let length = 2 * points.count / Metrics.points + 1
    return stride(from: 0, to: points.count, by: length).flatMap { start -> [Point] in
      let part = points[start..<min(start + length, points.count)]
      guard let low = part.min(by: { $0.value < $1.value }),
        let high = part.max(by: { $0.value < $1.value })
      else { return [] }
      return low.step == high.step
        ? [low] : low.step < high.step ? [low, high] : [high, low]
    }
  }

  var svg: String {
    let right = Metrics.left + Metrics.width
    let bottom = Metrics.top + Metrics.height
    var parts = [
      Chart.open("curve", width: right + 20, height: bottom + Metrics.bottom, title: title),
      Chart.rectangle(
        "field", x: Metrics.left, y: Metrics.top, width: Metrics.width, height: Metrics.height),
    ]
    for tick in valueTicks {
      let y = y(tick)
      parts += [
        Chart.line("grid", x1: Metrics.left, y1: y, x2: right, y2: y),
        Chart.text("axis right", x: Metrics.left - 6, y: y + 3.5, Self.number(tick)),
      ]
    }
    for step in Self.ticks(0...Double(lastStep)) {
      parts.append(Chart.text("axis middle", x: x(Int(step)), y: bottom + 14, "\(Int(step))"))
    }
    for step in phases {
      parts.append(Chart.line("phase", x1: x(step), y1: Metrics.top, x2: x(step), y2: bottom))
    }
    let places = points.map { "\(Chart.number(x($0.step))),\(Chart.number(y($0.value)))" }
    parts.append(#"<polyline class="line" points="\#(places.joined(separator: " "))"/>"#)
    if let best {
      let isRight = x(best.step) > Metrics.left + Metrics.width / 2
      parts += [
        Chart.line("best", x1: x(best.step), y1: Metrics.top, x2: x(best.step), y2: bottom),
        #"<circle class="dot" cx="\#(Chart.number(x(best.step)))" cy="\#(Chart.number(y(best.value)))" r="3"/>"#,
        Chart.text(
          isRight ? "mark right" : "mark", x: x(best.step) + (isRight ? -5 : 5), y: Metrics.top - 5,
          "best: \(Self.number(best.value)) at step \(best.step)"),
      ]
    }
    return (parts + ["</svg>"]).joined(separator: "\n")
  }

  // MARK: - Places

  private func x(_ step: Int) -> Double {
    Metrics.left + Metrics.width * Double(step) / Double(lastStep)
  }

  private func y(_ value: Double) -> Double {
    let place = isLogarithmic ? log10(value) : value
    let extent = max(range.upperBound - range.lowerBound, 1e-300)
    return Metrics.top + Metrics.height * (1 - (place - range.lowerBound) / extent)
  }

  // MARK: - Ticks

  /// Powers of ten on a logarithmic axis.
  private var valueTicks: [Double] {
    guard isLogarithmic else { return Self.ticks(range) }
    return stride(from: range.lowerBound.rounded(.up), through: range.upperBound, by: 1).map {
      pow(10, $0)
    }
  }

  /// Three to six multiples of 1, 2 or 5 times a power of ten.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let extent = range.upperBound - range.lowerBound
    guard extent > 0 else { return [range.lowerBound] }
    let power = pow(10, floor(log10(extent / 3)))
    let step = [5.0, 2, 1].map { $0 * power }.first { extent / $0 >= 3 } ?? power
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// Three significant digits.
  static func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
