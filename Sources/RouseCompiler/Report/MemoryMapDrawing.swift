import RouseFormats

/// The head of the tensor arena over time: to the right the operators as they run, upwards the offset in the arena, one
/// rectangle for each buffer from its first to its last use.
struct MemoryMapDrawing {
  private enum Metrics {
    static let left = 64.0
    static let top = 26.0
    static let height = 300.0
    static let bottom = 36.0
    static let width = 900.0
    static let column = 8.0...26.0
    /// Width of a character of the byte counts inside rectangles.
    static let advance = 5.2
  }

  /// Fills that neighbours take in turn.
  static let fills = 6

  private let arena: ArenaReport
  private let names: [String]
  /// Operator of the main subgraph running at each time, also while it calls another; -1 before the first one.
  private let operatorAtTime: [Int]
  /// One column for each operator and one before the first.
  private let columns: Int
  private let column: Double

  /// - Parameter model: the file whose memory was planned; it names operators and tensors.
  init(_ arena: ArenaReport, of model: TFLiteModel) {
    self.arena = arena
    names = BufferNames(model).names(of: arena.plan)
    let end = max(
      arena.plan.placements.map(\.lastUse).max() ?? 0, arena.plan.nodeTimes.last ?? 0)
    var running = [Int](repeating: -1, count: end + 1)
    for (node, time) in arena.plan.nodeTimes.enumerated() {
      for later in time...end { running[later] = node }
    }
    operatorAtTime = running
    columns = arena.plan.nodeTimes.count + 1
    let wanted = Metrics.width / Double(columns)
    column = min(max(wanted, Metrics.column.lowerBound), Metrics.column.upperBound)
  }

  private var width: Double { Double(columns) * column }

  var svg: String {
    let lines =
      [
        Chart.open(
          "memory", width: Metrics.left + width + 16,
          height: Metrics.top + Metrics.height + Metrics.bottom,
          title: "Head of the tensor arena over the operators of one step"),
        #"<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" "#
          + #"patternTransform="rotate(45)"><rect class="ground" width="6" height="6"/>"#
          + #"<line class="stroke" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>"#,
        Chart.rectangle(
          "field", x: Metrics.left, y: Metrics.top, width: width, height: Metrics.height),
      ] + axes + buffers + peak + ["</svg>"]
    return lines.joined(separator: "\n")
  }

  // MARK: - Places

  /// Where the column of a time begins.
  private func x(_ time: Int) -> Double {
    Metrics.left + Double(operatorAtTime[max(time, 0)] + 1) * column
  }

  private func y(_ offset: Int) -> Double {
    Metrics.top + Metrics.height * (1 - Double(offset) / Double(max(arena.headBytes, 1)))
  }

  // MARK: - Parts

  private var buffers: [String] {
    zip(arena.plan.placements, names).enumerated().flatMap { index, entry -> [String] in
      let (buffer, name) = entry
      let start = x(buffer.firstUse)
      let width = x(buffer.lastUse) + column - start
      let top = y(buffer.offset + buffer.bytes)
      let height = max(y(buffer.offset) - top, 0.6)
      let style = buffer.tensor == nil ? "scratch" : "buffer fill\(index % Self.fills)"
      let tip =
        "\(name): \(BudgetReport.grouped(buffer.bytes)) bytes at \(BudgetReport.grouped(buffer.offset)), "
        + lifetime(buffer)
      var parts = [
        Chart.rectangle(style, x: start, y: top, width: width, height: height, tip: tip)
      ]
      let label = BudgetReport.grouped(buffer.bytes)
      if height >= 10, width >= Double(label.count) * Metrics.advance + 6 {
        parts.append(Chart.text("inside", x: start + 3, y: top + 9, label))
      }
      return parts
    }
  }

  private func lifetime(_ buffer: MemoryPlan.Placement) -> String {
    let (first, last) = (
      operatorAtTime[max(buffer.firstUse, 0)], operatorAtTime[max(buffer.lastUse, 0)]
    )
    if last < 0 { return "before the first operator" }
    if first < 0 { return "from the start to operator \(last)" }
    return first == last ? "operator \(first)" : "operators \(first) to \(last)"
  }

  private var axes: [String] {
    let bottom = Metrics.top + Metrics.height
    var lines = [
      Chart.text("axis right", x: Metrics.left - 6, y: bottom, "0"),
      Chart.text(
        "axis right", x: Metrics.left - 6, y: Metrics.top + 4,
        BudgetReport.grouped(arena.headBytes)),
      Chart.text("axis", x: Metrics.left, y: bottom + 30, "operator"),
    ]
    let step = column * 5 > 40 ? 5 : 10
    for (node, time) in arena.plan.nodeTimes.enumerated() where node % step == 0 {
      lines.append(Chart.text("axis middle", x: x(time) + column / 2, y: bottom + 14, "\(node)"))
    }
    let bound = arena.plan.mostBytesAlive
    lines.append(
      Chart.line("bound", x1: Metrics.left, y1: y(bound), x2: Metrics.left + width, y2: y(bound)))
    return lines
  }

  private var peak: [String] {
    guard let peak = arena.peak, arena.plan.nodeTimes.indices.contains(peak.index) else {
      return []
    }
    let start = x(arena.plan.nodeTimes[peak.index])
    let label =
      "peak: operator \(peak.index) \(peak.name), \(BudgetReport.grouped(peak.liveBytes)) bytes alive"
    let isRight = start - Metrics.left > width / 2
    return [
      Chart.rectangle(
        "peak", x: start, y: Metrics.top - 4, width: column, height: Metrics.height + 8, tip: label),
      Chart.text(
        isRight ? "mark right" : "mark", x: isRight ? start + column : start, y: Metrics.top - 9,
        label),
    ]
  }
}

/// What buffers are called, also in files whose tensors have no names.
struct BufferNames {
  private let model: TFLiteModel

  init(_ model: TFLiteModel) { self.model = model }

  func names(of plan: MemoryPlan) -> [String] {
    plan.placements.map { placement in
      guard placement.name.isEmpty, let tensor = placement.tensor,
        model.subgraphs.indices.contains(placement.subgraph)
      else { return placement.name }
      return producer(of: Int32(tensor), in: model.subgraphs[placement.subgraph])
        ?? (model.subgraphs[placement.subgraph].inputs.contains(Int32(tensor))
          ? "input" : "tensor \(tensor)")
    }
  }

  /// `result of CONV_2D 13`
  private func producer(of tensor: Int32, in graph: TFLiteModel.Subgraph) -> String? {
    graph.operators.firstIndex { $0.outputs.contains(tensor) }.map { index in
      let opcode = graph.operators[index].opcode
      let name =
        model.operatorCodes.indices.contains(opcode)
        ? SchemaNames.name(model.operatorCodes[opcode]) : "operator"
      return "result of \(name) \(index)"
    }
  }
}
