import RouseFormats

/// A drawing with two axes, which stands in a file of its own or on a page.
struct Plot {
  struct Line {
    var name: String
    /// Drawn from one to the next.
    var points: [(x: Double, y: Double)]
    /// A stair: up or down only where there is a point.
    var isStair = false
  }

  struct Mark {
    var x: Double
    var y: Double
    var name: String
  }

  struct Bars {
    var name: String
    /// Left and right end and height of each bar.
    var bars: [(left: Double, right: Double, height: Double)]
  }

  var title: String
  var x: PlotAxis
  var y: PlotAxis
  var lines: [Line] = []
  var marks: [Mark] = []
  var bars: [Bars] = []

  private static let width = 640.0
  private static let height = 420.0
  private static let left = 74.0
  private static let right = 18.0
  private static let top = 44.0
  private static let bottom = 56.0

  private func horizontal(_ value: Double) -> Double {
    Self.left + x.place(value) * (Self.width - Self.left - Self.right)
  }

  private func vertical(_ value: Double) -> Double {
    Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
  }

  /// A whole SVG file that reads in light and dark.
  var svg: String {
    let parts =
      [frame] + bars.enumerated().map(draw) + lines.enumerated().map(draw)
      + marks.map(draw) + [legend]
    return #"<svg xmlns="http://www.w3.org/2000/svg" class="plot" width="640" height="420" "#
      + #"viewBox="0 0 640 420" role="img"><title>\#(SVG.escaped(title))</title>"#
      + "\n<style>\n\(Self.style)\n</style>\n"
      + Chart.rectangle("plot-paper", x: 0, y: 0, width: Self.width, height: Self.height)
      + parts.joined(separator: "\n") + "</svg>\n"
  }

  private static let style = """
    .plot { --plot-ink: #1d2630; --plot-soft: #67727f; --plot-line: #dfe4ea; --plot-paper: #ffffff;
      --plot-0: #1f6fb2; --plot-1: #c2571a; --plot-2: #3f8f4f; --plot-3: #7a4fb0; max-width: 100%; height: auto }
    @media (prefers-color-scheme: dark) { .plot { --plot-ink: #e4e8ed; --plot-soft: #9aa5b1; --plot-line: #333c47;
      --plot-paper: #14181d; --plot-0: #6db3ec; --plot-1: #f0955c; --plot-2: #7fcb8e; --plot-3: #b795e6 } }
    .plot-paper { fill: var(--plot-paper) }
    .plot text { font: 11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--plot-soft) }
    .plot .plot-head { font-size: 13px; font-weight: 600; fill: var(--plot-ink) }
    .plot-grid { stroke: var(--plot-line); stroke-width: 1 }
    .plot-end { text-anchor: end } .plot-middle { text-anchor: middle }
    .plot-path { fill: none; stroke-width: 2 }
    .plot-bar { opacity: 0.6 }
    .stroke0 { stroke: var(--plot-0) } .stroke1 { stroke: var(--plot-1) } .stroke2 { stroke: var(--plot-2) }
    .stroke3 { stroke: var(--plot-3) }
    .fill0 { fill: var(--plot-0) } .fill1 { fill: var(--plot-1) } .fill2 { fill: var(--plot-2) }
    .fill3 { fill: var(--plot-3) }
    .plot-mark { fill: none; stroke: var(--plot-ink); stroke-width: 1.5 }
    """

  // MARK: - Parts

  private var frame: String {
    var parts = [Chart.text("plot-head", x: Self.left, y: 20, title)]
    for tick in x.ticks {
      let at = horizontal(tick.value)
      parts.append(
        Chart.line("plot-grid", x1: at, y1: Self.top, x2: at, y2: Self.height - Self.bottom))
      parts.append(
        Chart.text("plot-middle", x: at, y: Self.height - Self.bottom + 17, tick.label))
    }
    for tick in y.ticks {
      let at = vertical(tick.value)
      parts.append(
        Chart.line("plot-grid", x1: Self.left, y1: at, x2: Self.width - Self.right, y2: at))
      parts.append(Chart.text("plot-end", x: Self.left - 7, y: at + 4, tick.label))
    }
    parts.append(
      Chart.text(
        "plot-middle", x: (Self.left + Self.width - Self.right) / 2, y: Self.height - 16, x.title))
    parts.append(
      #"<text class="plot-middle" transform="translate(16 \#(Chart.number((Self.top + Self.height - Self.bottom) / 2))) "#
        + #"rotate(-90)">\#(SVG.escaped(y.title))</text>"#)
    return parts.joined(separator: "\n")
  }

  private func draw(_ index: Int, _ line: Line) -> String {
    var path = ""
    for (x, y) in line.points {
      let at = "\(Chart.number(horizontal(x))) \(Chart.number(vertical(y)))"
      if path.isEmpty {
        path = "M\(at)"
      } else {
        path +=
          line.isStair
          ? " H\(Chart.number(horizontal(x))) V\(Chart.number(vertical(y)))" : " L\(at)"
      }
    }
    return #"<path class="plot-path stroke\#(index % 4)" d="\#(path)"/>"#
  }

  private func draw(_ mark: Mark) -> String {
    #"<circle class="plot-mark" cx="\#(Chart.number(horizontal(mark.x)))" "#
      + #"cy="\#(Chart.number(vertical(mark.y)))" r="5"><title>\#(SVG.escaped(mark.name))</title></circle>"#
  }

  private func draw(_ index: Int, _ group: Bars) -> String {
    group.bars.map { bar in
      let (left, right) = (horizontal(bar.left), horizontal(bar.right))
      let at = vertical(bar.height)
      return Chart.rectangle(
        "plot-bar fill\(index % 4)", x: left, y: at, width: max(0.5, right - left),
        height: vertical(y.range.lowerBound) - at)
    }.joined(separator: "\n")
  }

  private var legend: String {
    let names = bars.map(\.name) + lines.map(\.name)
    guard names.count > 1 else { return "" }
    var at = Self.left
    return names.enumerated().map { index, name in
      defer { at += 30 + 6.2 * Double(name.count) }
      return Chart.rectangle("fill\(index % 4)", x: at, y: 29, width: 11, height: 9)
        + Chart.text("", x: at + 16, y: 38, name)
    }.joined(separator: "\n")
  }
}
