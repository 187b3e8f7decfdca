import RouseFormats

/// What the model takes from the target.
extension ReportPage {
  var budget: ReportSection {
    let rows = planned.budget.lines.map { line in
      [
        line.name, BudgetReport.grouped(line.used), line.limit.map(BudgetReport.grouped) ?? "none",
        line.unit.rawValue, line.over == 0 ? "yes" : "NO, \(BudgetReport.grouped(line.over)) over",
        line.parts.map { "\($0.name) \(BudgetReport.grouped($0.amount))" }.joined(separator: ", "),
        ([line.key, line.place, line.source]
          + (line.errorPercent.map { ["an estimate, up to \($0) % more"] } ?? []))
          .filter { !$0.isEmpty }.joined(separator: "; "),
      ]
    }
    var blocks = [
      HTMLTable(
        columns: [
          .text("resource"), .number("used"), .number("limit"), .text("unit"), .text("fits"),
          .text("made up of"), .text("where the limit is from"),
        ], rows: rows
      ).html
    ]
    if !planned.budget.unregisteredOperators.isEmpty {
      let names = planned.budget.unregisteredOperators.joined(separator: ", ")
      blocks.append(HTMLText.paragraph("\(planned.budget.firmware) does not register \(names)."))
    }
    return ReportSection("Budget", blocks)
  }

  /// The tensor arena in figures, over time, and what is kept in it for good.
  var arena: ReportSection {
    let arena = planned.arena
    let figures = proof.model.arena
    func bytes(_ value: Int) -> String { "\(BudgetReport.grouped(value)) B" }
    let gap =
      figures.plannerGapBytes == 0
      ? "no plan needs less" : "\(bytes(figures.plannerGapBytes)) above the lower bound"
    return ReportSection(
      "Tensor arena",
      [
        HTMLText.figures([
          (bytes(figures.minimumBytes), "minimum"),
          (bytes(figures.recommendedBytes), "in the manifest"),
          (bytes(figures.headBytes), "head: activations, scratch"),
          (bytes(figures.headLowerBoundBytes), "alive at once (lower bound)"),
          (bytes(figures.tailBytes), "tail: persistent"),
          (bytes(figures.variableBytes), "of it \(figures.variableCount) ring buffers"),
        ]),
        HTMLText.figure(
          MemoryMapDrawing(arena, of: planned.tflite).svg,
          caption:
            "The head while the operators run, for \(arena.library.rawValue): \(gap). Hatched: scratch of kernels. "
            + "Dashed: the most bytes alive at once. Point at a buffer for its name, size and lifetime."
        ),
        HTMLTable(
          columns: [.text("persistent"), .number("bytes"), .number("share")],
          rows: arena.persistentShares.map {
            [$0.kind, BudgetReport.grouped($0.bytes), Self.percent($0.bytes, of: arena.tailBytes)]
          }
        ).html,
      ])
  }

  /// Float against int8 and cost, layer by layer.
  var layers: ReportSection {
    let report = proof.layers
    let rows = report.worstFirst.map { tensor -> [String] in
      let layer = report.layers[tensor.node]
      return [
        tensor.name, "\(tensor.node) \(tensor.operation)",
        tensor.shape.map(String.init).joined(separator: "×"), tensor.decibelText,
        LayerReport.fixed(tensor.largestErrorSteps, 2),
        "\(LayerReport.short(tensor.seenLow)) … \(LayerReport.short(tensor.seenHigh))",
        "\(LayerReport.short(tensor.heldLow)) … \(LayerReport.short(tensor.heldHigh))",
        tensor.clippedText, BudgetReport.grouped(layer.macs),
        BudgetReport.grouped(layer.weightBytes), BudgetReport.grouped(layer.cycles),
      ]
    }
    let weights = report.layers.reduce(0) { $0 + $1.weightBytes }
    return ReportSection(
      "Layers",
      [
        HTMLText.paragraph(
          "Float against int8 over \(report.steps) steps of held-out features, one clip after the other without a reset. "
            + "All operators of a step: \(BudgetReport.grouped(report.macs)) MACs, \(BudgetReport.grouped(weights)) bytes of "
            + "constants, about \(BudgetReport.grouped(report.cycles)) cycles."),
        HTMLText.figure(
          LayerDrawing(report: report).svg,
          caption:
            "Every activation in the order of execution; the noisiest is marked. Cycles are estimates of the profile."
        ),
        HTMLTable(
          columns: [
            .code("tensor, noisiest first"), .text("operator"), .text("shape"), .number("SNR dB"),
            .number("largest error, steps"), .number("seen"), .number("int8 holds"),
            .number("clipped"), .number("MACs"), .number("constants, B"), .number("cycles"),
          ], rows: rows
        ).html,
      ])
  }

  /// Every byte of the model file once.
  var fileBytes: ReportSection {
    let total = planned.tfliteBytes.count
    let rows = inspection.sizes.filter { $0.bytes > 0 }.sorted {
      ($1.bytes, $0.kind) < ($0.bytes, $1.kind)
    }
    return ReportSection(
      "File bytes",
      [
        HTMLTable(
          columns: [.text("part of \(request.name).tflite"), .number("bytes"), .number("share")],
          rows: rows.map {
            [$0.label, BudgetReport.grouped($0.bytes), Self.percent($0.bytes, of: total)]
          } + [["all", BudgetReport.grouped(total), "100.0 %"]]
        ).html
      ])
  }

  /// The streaming graph as it is flashed.
  var graph: ReportSection {
    get throws(FormatError) {
      let scope = "graph-drawing"
      let svg = try InspectionDrawing(inspection, name: "\(request.name).tflite").svg(scope: scope)
      let counts = proof.model.counts
      return ReportSection(
        "Graph",
        [
          HTMLText.figure(
            "<div class=\"\(scope)\">\(svg)</div>",
            caption:
              "\(counts.operators) operators and \(counts.tensors) tensors in \(counts.subgraphs) subgraphs."
          )
        ])
    }
  }

  private static func percent(_ part: Int, of whole: Int) -> String {
    LayerReport.fixed(100 * Double(part) / Double(max(whole, 1)), 1) + " %"
  }
}
