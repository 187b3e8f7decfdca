/// A model as a picture: one self-contained SVG, graphs below each other, arrows from top to bottom.
///
/// Names of the file are escaped; nothing outside the file is referred to; the same model gives the same bytes.
public struct InspectionDrawing {
  private enum Metrics {
    static let margin = 28.0
    static let titleSize = 12.0
    static let lineSize = 10.5
    /// Width of a character of common monospaced fonts, in parts of the font size.
    static let advance = 0.602
    static let lineHeight = 15.0
    static let padding = LayeredLayout.Point(x: 12, y: 8)
    static let header = 64.0
    static let graphTitle = 34.0
    /// Room on the right for arrows of variables that go back.
    static let returnWidth = 46.0
  }

  private typealias Point = LayeredLayout.Point

  private let model: ModelInspection

  private let name: String

  /// - Parameter name: what the model is called; the name of its first graph when empty.
  public init(_ model: ModelInspection, name: String = "") {
    self.model = model
    self.name = name.isEmpty ? model.graphs.first?.name ?? "" : name
  }

  /// - Parameter scope: for a drawing inside a page, the class of an element around it, which its style is limited to.
  /// - Throws: `FormatError.tooLarge` for graphs that nobody could read.
  public func svg(scope: String? = nil) throws(FormatError) -> String {
    var y = Metrics.header
    var width = 560.0
    var body: [String] = []
    var families: Set<OperatorFamily> = []
    let usual = model.usualElements
    for (index, graph) in model.graphs.enumerated() where !graph.operators.isEmpty {
      let drawn = try DrawnGraph(
        graph, usual: usual[index], format: model.format)
      for node in graph.operators { families.insert(OperatorFamily(node.name)) }
      if model.graphs.count > 1 {
        let name = graph.name.isEmpty ? "graph \(index)" : graph.name
        body.append(
          text(
            "graph", Point(x: Metrics.margin, y: y + 18),
            InspectionWords.shortened(name, to: 60)))
        y += Metrics.graphTitle
      }
      let layout = LayeredLayout(
        drawn.boxes.map(Self.item), drawn.arrows.map { ($0.from, $0.to) })
      body += self.graph(drawn, layout, at: Point(x: Metrics.margin, y: y))
      y += layout.size.y + Metrics.margin
      width = max(width, layout.size.x + 2 * Metrics.margin + Metrics.returnWidth)
    }
    let legend = self.legend(families, at: y, width: width)
    y = legend.end + Metrics.margin / 2
    return
      ([
        #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(round(width))" height="\#(round(y))" "#
          + #"viewBox="0 0 \#(round(width)) \#(round(y))" role="img">"#,
        "<title>\(SVG.escaped(title))</title>", scope.map(SVG.style(scope:)) ?? SVG.style,
        #"<rect class="paper" width="100%" height="100%" rx="10"/>"#,
        text("head", Point(x: Metrics.margin, y: 32), title),
        text("sub", Point(x: Metrics.margin, y: 50), subtitle),
      ] + body + legend.lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  // MARK: - Words

  private var title: String {
    let format = model.format == .onnx ? "ONNX" : "TFLite"
    return name.isEmpty ? "\(format) model" : InspectionWords.shortened(name, to: 48)
  }

  private var subtitle: String {
    let operators = model.graphs.reduce(0) { $0 + $1.operators.count }
    var text = [
      InspectionWords.counted(operators, "operator"),
      InspectionWords.counted(model.totals.weights, "weight"),
      InspectionWords.counted(model.totals.macs, "MAC"),
    ].joined(separator: ", ")
    if model.totals.variables.bytes > 0 { text += ", \(model.totals.variables.bytes) B state" }
    return text + ", \(model.fileBytes) B file"
  }

  // MARK: - Graph

  private static func item(_ box: DrawnGraph.Box) -> LayeredLayout.Item {
    let number = box.number.map { "\($0)".count + 2 } ?? 0
    let title = Double(box.title.count) * Metrics.titleSize * Metrics.advance
    let tag = Double(number) * Metrics.lineSize * Metrics.advance
    let lines = Double(box.lines.map(\.count).max() ?? 0) * Metrics.lineSize * Metrics.advance
    return LayeredLayout.Item(
      width: (max(title + tag, lines) + 2 * Metrics.padding.x).rounded(.up),
      height: Double(box.lines.count + 1) * Metrics.lineHeight + 2 * Metrics.padding.y - 2,
      isAside: box.isAside)
  }

  private func graph(_ drawn: DrawnGraph, _ layout: LayeredLayout, at origin: Point) -> [String] {
    func place(_ item: Int) -> Point {
      Point(x: origin.x + layout.centres[item].x, y: origin.y + layout.centres[item].y)
    }
    var lines: [String] = []
    let ends = Self.spread(layout)
    for (arrow, end) in zip(layout.arrows, ends) {
      let (from, to) = (place(arrow.from), place(arrow.to))
      let start = Point(x: from.x + end.from, y: from.y + layout.items[arrow.from].height / 2)
      let stop = Point(x: to.x + end.to, y: to.y - layout.items[arrow.to].height / 2 - 1)
      let isState = drawn.boxes[arrow.from].keepsState || drawn.boxes[arrow.to].keepsState
      lines.append(
        #"<path class="\#(isState ? "edge keep" : "edge")" d="\#(curve([start] + arrow.through.map(place) + [stop]))"/>"#
      )
    }
    lines += returns(drawn, layout, at: origin)
    for (index, box) in drawn.boxes.enumerated() {
      lines.append(self.box(box, layout.items[index], at: place(index)))
    }
    return lines
  }

  /// From where a variable is assigned, right of all boxes, up and down onto where it is read. Loops that would lie on
  /// each other take lanes further right.
  private func returns(
    _ drawn: DrawnGraph, _ layout: LayeredLayout, at origin: Point
  ) -> [String] {
    var lanes: [(rows: ClosedRange<Int>, x: Double)] = []
    return drawn.returns.map { arrow in
      let rows = layout.span(arrow.from, arrow.to)
      var x = layout.rightEnd(from: arrow.from, to: arrow.to) + 14
      while let other = lanes.first(where: { $0.rows.overlaps(rows) && abs($0.x - x) < 9 }) {
        x = other.x + 9
      }
      lanes.append((rows, x))
      let from = layout.centres[arrow.from]
      let to = layout.centres[arrow.to]
      let top = layout.top(of: arrow.to) - 12
      let lane = origin.x + x
      let (right, end) = (
        Point(x: origin.x + from.x + layout.items[arrow.from].width / 2, y: origin.y + from.y),
        Point(x: origin.x + to.x, y: origin.y + to.y - layout.items[arrow.to].height / 2 - 1)
      )
      let radius = 7.0
      let (up, left) = (origin.y + top, end.x)
      return
        #"<path class="edge back" d="M\#(pair(right)) L\#(round(lane - radius)) \#(round(right.y)) "#
        + "Q\(round(lane)) \(round(right.y)) \(round(lane)) \(round(right.y - radius)) "
        + "L\(round(lane)) \(round(up + radius)) Q\(round(lane)) \(round(up)) "
        + "\(round(lane - radius)) \(round(up)) L\(round(left + radius)) \(round(up)) "
        + #"Q\#(round(left)) \#(round(up)) \#(round(left)) \#(round(up + radius)) L\#(pair(end))"/>"#
    }
  }

  /// Where arrows leave and meet their boxes, from the centre: beside each other in the order of their other ends. A
  /// single arrow of the main path keeps the centre.
  private static func spread(_ layout: LayeredLayout) -> [(from: Double, to: Double)] {
    var result = [(from: Double, to: Double)](repeating: (0, 0), count: layout.arrows.count)
    func offsets(_ indices: [Int], _ item: Int, _ next: (LayeredLayout.Arrow) -> Int) -> [Double] {
      let step = min(18, (layout.items[item].width - 16) / Double(max(indices.count, 1)))
      let order = indices.indices.sorted {
        let (a, b) = (next(layout.arrows[indices[$0]]), next(layout.arrows[indices[$1]]))
        return (layout.centres[a].x, $0) < (layout.centres[b].x, $1)
      }
      var offsets = [Double](repeating: 0, count: indices.count)
      for (position, index) in order.enumerated() {
        offsets[index] = (Double(position) - Double(indices.count - 1) / 2) * step
      }
      let main = indices.indices.filter {
        let arrow = layout.arrows[indices[$0]]
        return !layout.items[arrow.from].isAside && !layout.items[arrow.to].isAside
      }
      if main.count == 1 {
        let centre = offsets[main[0]]
        return offsets.map { $0 - centre }
      }
      return offsets
    }
    let leaving = Dictionary(grouping: layout.arrows.indices) { layout.arrows[$0].from }
    for (item, indices) in leaving {
      let found = offsets(indices, item) { $0.through.first ?? $0.to }
      for (index, offset) in zip(indices, found) { result[index].from = offset }
    }
    let meeting = Dictionary(grouping: layout.arrows.indices) { layout.arrows[$0].to }
    for (item, indices) in meeting {
      let found = offsets(indices, item) { $0.through.last ?? $0.from }
      for (index, offset) in zip(indices, found) { result[index].to = offset }
    }
    return result
  }

  private func curve(_ points: [Point]) -> String {
    var path = "M\(pair(points[0]))"
    for (a, b) in zip(points, points.dropFirst()) {
      let middle = (a.y + b.y) / 2
      path +=
        abs(a.x - b.x) < 0.5
        ? " L\(pair(b))"
        : " C\(round(a.x)) \(round(middle)) \(round(b.x)) \(round(middle)) \(pair(b))"
    }
    return path
  }

  private func box(_ box: DrawnGraph.Box, _ item: LayeredLayout.Item, at centre: Point) -> String {
    let corner = Point(x: centre.x - item.width / 2, y: centre.y - item.height / 2)
    let radius = box.style == .state ? item.height / 2 : box.style == .port ? 4 : 7
    var parts = [
      #"<g class="\#(Self.name(of: box.style))"><rect x="\#(round(corner.x))" y="\#(round(corner.y))" "#
        + #"width="\#(round(item.width))" height="\#(round(item.height))" rx="\#(round(radius))"/>"#
    ]
    var y = corner.y + Metrics.padding.y + 11
    parts.append(text("name", Point(x: centre.x, y: y), box.title))
    for line in box.lines {
      y += Metrics.lineHeight
      parts.append(text("line", Point(x: centre.x, y: y), line))
    }
    if let number = box.number, box.style != .state {
      parts.append(
        text("number", Point(x: corner.x + item.width - 5, y: corner.y + 11), "\(number)"))
    }
    return parts.joined() + "</g>"
  }

  // MARK: - Legend

  private func legend(
    _ families: Set<OperatorFamily>, at top: Double, width: Double
  ) -> (lines: [String], end: Double) {
    var lines: [String] = []
    var place = Point(x: Metrics.margin, y: top)
    for family in OperatorFamily.allCases where families.contains(family) {
      let label = family.label
      let space = Double(label.count) * Metrics.lineSize * Metrics.advance + 34
      if place.x + space > width - Metrics.margin, place.x > Metrics.margin {
        place = Point(x: Metrics.margin, y: place.y + 20)
      }
      let style = family == .state ? DrawnGraph.Style.state : .family(family)
      lines.append(
        #"<g class="\#(Self.name(of: style)) key"><rect x="\#(round(place.x))" y="\#(round(place.y))" "#
          + #"width="14" height="12" rx="\#(family == .state ? 6 : 3)"/>"#
          + text("label", Point(x: place.x + 20, y: place.y + 10), label) + "</g>")
      place.x += space
    }
    return (lines, place.y + 20)
  }

  // MARK: - XML

  private func text(_ name: String, _ place: Point, _ content: String) -> String {
    #"<text class="\#(name)" x="\#(round(place.x))" y="\#(round(place.y))">\#(SVG.escaped(content))</text>"#
  }

  /// One decimal; `12` rather than `12.0`.
  private func round(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths.isMultiple(of: 10)
      ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  private func pair(_ point: Point) -> String { "\(round(point.x)) \(round(point.y))" }

  private static func name(of style: DrawnGraph.Style) -> String {
    switch style {
    case .port: "port"
    case .state: "state"
    case .family(let family): family.rawValue
    }
  }
}
