/// A model as text: what it is, one line an operator, where the bytes are.
///
/// ```
/// TFLite model, schema version 3, 2104 bytes
///   input       x  1x3x40 int8, scale 0.102, zero point -128
///   …
/// # operator    result  shapes                              scale, zero   options
/// 5 CONV_2D v3  conv    1x5x1x40 w 32x5x1x40 b -> 1x1x1x32  0.02353 -128  padding=valid stride=3x1
/// ```
///
/// Lines stay within 120 columns as long as the numbers allow: names are shortened, numbers never.
public struct InspectionText {
  static let columns = 120
  static let shortestName = 13
  static let longestList = 4

  private let model: ModelInspection
  /// The element type of each graph that goes without saying.
  private let usual: [String]
  /// Names and scales in full, and the values of small constants; lines are as long as it takes.
  private let isFull: Bool

  public init(_ model: ModelInspection, isFull: Bool = false) {
    self.model = model
    usual = model.usualElements
    self.isFull = isFull
  }

  public var text: String {
    var parts = [head]
    for index in model.graphs.indices { parts.append(graph(index)) }
    parts.append(sizes)
    return parts.joined(separator: "\n\n") + "\n"
  }

  // MARK: - Head

  private var head: String {
    var title: String
    switch model.format {
    case .onnx:
      let opsets = (model.opsets ?? [:]).sorted { $0.key < $1.key }
        .map { "\(InspectionWords.printable($0.key)) \($0.value)" }
      title = "ONNX model, IR version \(model.irVersion ?? 0)"
      if !opsets.isEmpty { title += ", opset \(opsets.joined(separator: ", "))" }
    default: title = "TFLite model, schema version \(model.schemaVersion ?? 0)"
    }
    title += ", \(model.fileBytes) bytes"
    var rows: [(String, String)] = []
    if let producer = model.producer, !producer.isEmpty { rows.append(("producer", producer)) }
    if !model.description.isEmpty { rows.append(("description", model.description)) }
    for name in model.signatures { rows.append(("signature", name)) }
    for entry in model.metadata {
      rows.append(
        (
          "metadata",
          "\(entry.name): \(entry.value ?? InspectionWords.counted(entry.bytes, "byte"))"
        ))
    }
    if let graph = model.graphs.first {
      for index in graph.inputs { rows.append(("input", port(graph.tensors[index]))) }
      for index in graph.outputs { rows.append(("output", port(graph.tensors[index]))) }
    }
    rows.append(("cost", cost))
    let operators = model.totals.operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    rows.append(
      ("operators", operators.map { "\($0.value) \($0.key)" }.joined(separator: ", ")))
    let lines = rows.flatMap { label, value -> [String] in
      let indented = "  " + label.padded(to: 11) + "  "
      let wrapped = wrap(InspectionWords.printable(value), width: Self.columns - indented.count)
      return wrapped.enumerated().map { index, line in
        (index == 0 ? indented : String(repeating: " ", count: indented.count)) + line
      }
    }
    return ([title] + lines).joined(separator: "\n")
  }

  private func port(_ tensor: InspectedTensor) -> String {
    var text = "\(tensor.name)  \(InspectionWords.shape(tensor.shape)) \(tensor.element)"
    if let scale = tensor.scales?.first {
      text += ", scale \(scale), zero point \(tensor.zeroPoints?.first ?? 0)"
    }
    return text
  }

  private var cost: String {
    let totals = model.totals
    var text = "\(InspectionWords.counted(totals.macs, "MAC")) an invocation"
    if totals.operatorsWithUnknownMACs > 0 {
      let operators = InspectionWords.counted(totals.operatorsWithUnknownMACs, "operator")
      text += " and \(operators) of unknown shape"
    }
    text += ", \(InspectionWords.counted(totals.weights, "weight"))"
    text += ", \(InspectionWords.counted(totals.biases, "bias"))"
    if totals.variables.count > 0 {
      let variables = InspectionWords.counted(totals.variables.count, "variable")
      text += ", \(variables) of \(InspectionWords.counted(totals.variables.bytes, "byte"))"
    }
    return text
  }

  private func wrap(_ text: String, width: Int) -> [String] {
    if isFull { return [text] }
    var lines = [""]
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let line = lines[lines.count - 1]
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] = line.isEmpty ? String(word) : "\(line) \(word)"
      }
    }
    return lines
  }

  // MARK: - Operators

  private func graph(_ index: Int) -> String {
    let graph = model.graphs[index]
    let usual = usual[index]
    let name = graph.name.isEmpty ? "" : " `\(InspectionWords.printable(graph.name))`"
    var title = "Graph \(index)\(name): "
    title += "\(InspectionWords.counted(graph.operators.count, "operator")), "
    title += InspectionWords.counted(graph.tensors.count, "tensor")
    if !usual.isEmpty { title += "; \(usual) where no type is shown" }
    guard !graph.operators.isEmpty else { return title }
    let folder = commonFolder(graph)
    var rows = [["#", "operator", "result", "shapes", "scale, zero", "options"]]
    for (position, node) in graph.operators.enumerated() {
      rows.append([
        "\(position)",
        "\(InspectionWords.printable(node.name))\(node.version.map { " v\($0)" } ?? "")",
        result(node, graph, folder), shapes(node, graph, usual),
        quantization(node, graph),
        InspectionWords.options(node),
      ])
    }
    return title + "\n\n" + table(rows)
  }

  /// Columns of equal width; the third, the name, gets what the others leave, but for
  /// the longest options of one operator in twenty.
  private func table(_ rows: [[String]]) -> String {
    var rows = rows
    var widths = (0..<6).map { column in rows.map(\.[column].count).max() ?? 0 }
    if !isFull {
      let options = rows.map(\.[5].count).sorted().dropLast(rows.count / 20).last ?? 0
      let others = widths[0] + widths[1] + widths[3] + widths[4] + options + 9
      widths[2] = min(widths[2], max(Self.columns - others, Self.shortestName))
      for index in rows.indices {
        rows[index][2] = InspectionWords.shortened(rows[index][2], to: widths[2])
      }
    }
    return rows.map { row in
      var line = row[0].padded(to: widths[0], atStart: true)
      for column in 1..<6 {
        line += (column == 1 ? " " : "  ") + row[column].padded(to: widths[column])
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  /// A result's name; when it is to be short, without the folder of all names and without the further names that a
  /// converter joins by `;` when it fuses operators.
  private func result(
    _ node: InspectedOperator, _ graph: InspectedGraph, _ folder: Substring
  ) -> String {
    guard let result = node.outputs.first else { return "" }
    var name = InspectionWords.trimmed(graph.tensors[result].name)[...]
    if !isFull {
      name = name.prefix { $0 != ";" }
      if !folder.isEmpty, name.hasPrefix(folder) { name = name.dropFirst(folder.count) }
    }
    return InspectionWords.printable(String(name))
  }

  /// `model/` when more than half of the results are called so.
  private func commonFolder(_ graph: InspectedGraph) -> Substring {
    var counts: [Substring: Int] = [:]
    for index in graph.operators.compactMap(\.outputs.first) {
      let name = graph.tensors[index].name.prefix(100)
      if let slash = name.firstIndex(of: "/") { counts[name[...slash], default: 0] += 1 }
    }
    return counts.first { $0.value * 2 > graph.operators.count }?.key ?? ""
  }

  /// `1x5x1x40 w 32x5x1x40 b -> 1x1x1x32`: constants are marked, variables are named.
  private func shapes(
    _ node: InspectedOperator, _ graph: InspectedGraph, _ usual: String
  ) -> String {
    let operands = node.inputs.map { index in
      index < 0 ? "-" : operand(graph.tensors[index], usual)
    }
    let results = node.outputs.map { operand(graph.tensors[$0], usual) }
    let arrow = results.isEmpty ? [] : ["->"]
    return (listed(operands) + arrow + listed(results)).joined(separator: " ")
  }

  /// Equal words together, and of long lists only the beginning.
  private func listed(_ words: [String]) -> [String] {
    let runs = runs(words)
    guard !isFull, runs.count > Self.longestList + 1 else { return runs }
    return runs.prefix(Self.longestList) + ["… \(runs.count - Self.longestList) more"]
  }

  private func operand(_ tensor: InspectedTensor, _ usual: String) -> String {
    if let variable = tensor.variable {
      let name =
        isFull ? InspectionWords.printable(variable) : InspectionWords.shortened(variable, to: 20)
      // A handle has no shape, a tensor that keeps state has one.
      return tensor.element == "resource"
        ? "@\(name)" : "@\(name) \(InspectionWords.tensor(tensor, usual: usual))"
    }
    let mark: String
    switch tensor.role {
    case .weight: mark = "w "
    // A bias has one number for each channel of the result.
    case .bias: return isFull ? "b \(InspectionWords.shape(tensor.shape))" : "b"
    case .constant:
      if isFull, let values = tensor.values {
        return "{\(values.map(String.init).joined(separator: ","))}"
      }
      if tensor.shape == [] { return "c" }
      if holdsIndices(tensor) { return "c \(InspectionWords.shape(tensor.shape))" }
      mark = "c "
    default: mark = ""
    }
    return mark + InspectionWords.tensor(tensor, usual: usual)
  }

  private func holdsIndices(_ tensor: InspectedTensor) -> Bool {
    tensor.element == "int32" || tensor.element == "int64"
  }

  /// Equal words as `4 * word`.
  private func runs(_ words: [String]) -> [String] {
    var result: [String] = []
    var index = 0
    while index < words.count {
      var end = index + 1
      while end < words.count, words[end] == words[index] { end += 1 }
      result.append(end - index > 1 ? "\(end - index) * \(words[index])" : words[index])
      index = end
    }
    return result
  }

  private func quantization(_ node: InspectedOperator, _ graph: InspectedGraph) -> String {
    node.outputs.first.map {
      InspectionWords.quantization(graph.tensors[$0], isFull: isFull)
    } ?? ""
  }

  // MARK: - Sizes

  private var sizes: String {
    let rows = model.sizes.filter { $0.bytes > 0 }
    let width = rows.map(\.label.count).max() ?? 0
    var lines = ["Sizes"]
    for row in rows + [.init(kind: "", label: "file", bytes: model.fileBytes)] {
      let tenths =
        model.fileBytes == 0 ? 0 : (row.bytes * 2000 + model.fileBytes) / (2 * model.fileBytes)
      lines.append(
        "  \(row.label.padded(to: width))  "
          + "\(row.bytes) bytes".padded(to: 16, atStart: true)
          + "\(tenths / 10).\(tenths % 10) %".padded(to: 9, atStart: true))
    }
    return lines.joined(separator: "\n")
  }
}

extension ModelInspection {
  /// The element type of most results in each graph; that of the first graph for one without results.
  var usualElements: [String] {
    let own = graphs.map(\.usualElement)
    return own.map { $0.isEmpty ? own[0] : $0 }
  }
}

extension InspectedGraph {
  /// The element type of most results of operators, the first by name when two are as frequent.
  fileprivate var usualElement: String {
    var counts: [String: Int] = [:]
    for node in operators {
      for index in node.outputs where tensors[index].variable == nil {
        counts[tensors[index].element, default: 0] += 1
      }
    }
    counts["?"] = nil
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }
}

extension String {
  func padded(to width: Int, atStart: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(width - count, 0))
    return atStart ? spaces + self : self + spaces
  }
}
