import RouseFormats

/// The operators of two models next to each other: the longest list that both have in this order, and what is left.
///
/// Two operators are the same when name, options, shapes of what they read and write, and small integer constants such as
/// an axis are; names of tensors and the values of weights do not matter.
struct OperatorDiff {
  /// An operator by subgraph and index.
  struct Place: Hashable {
    var subgraph: Int
    var index: Int
  }

  private(set) var edits: [DiffReport.OperatorEdit] = []
  private(set) var matches: [(a: Place, b: Place)] = []

  /// Beyond this many pairs, what lies between the common beginning and end counts as changed throughout.
  static let mostPairs = 1_000_000

  init(_ a: ModelInspection, _ b: ModelInspection) {
    for subgraph in 0..<max(a.graphs.count, b.graphs.count) {
      compare(subgraph, Self.lines(a, subgraph), Self.lines(b, subgraph))
    }
  }

  private static func lines(_ model: ModelInspection, _ subgraph: Int) -> [String] {
    guard model.graphs.indices.contains(subgraph) else { return [] }
    let graph = model.graphs[subgraph]
    return graph.operators.map { line($0, in: graph) }
  }

  /// `CONV_2D 1x3x1x40 32x5x1x40 32 stride=3x1 padding=valid -> 1x1x1x32`
  static func line(_ node: InspectedOperator, in graph: InspectedGraph) -> String {
    func operand(_ index: Int) -> String {
      guard index >= 0 else { return "-" }
      let tensor = graph.tensors[index]
      let shape =
        InspectionWords.shape(tensor.shape) + (tensor.element == "int8" ? "" : ":\(tensor.element)")
      guard tensor.role == .constant, let values = tensor.values else { return shape }
      return "(\(values.map(String.init).joined(separator: ",")))"
    }
    let options = InspectionWords.options(node)
    let words = [node.name] + node.inputs.map(operand) + (options.isEmpty ? [] : [options]) + ["->"]
    return (words + node.outputs.map(operand)).joined(separator: " ")
  }

  // MARK: - Longest common list

  private mutating func compare(_ subgraph: Int, _ a: [String], _ b: [String]) {
    var start = 0
    while start < min(a.count, b.count), a[start] == b[start] { start += 1 }
    var end = 0
    while end < min(a.count, b.count) - start, a[a.count - 1 - end] == b[b.count - 1 - end] {
      end += 1
    }
    for index in 0..<start { match(subgraph, index, index) }
    between(subgraph, a, start..<a.count - end, b, start..<b.count - end)
    for index in (0..<end).reversed() {
      match(subgraph, a.count - 1 - index, b.count - 1 - index)
    }
  }

  private mutating func match(_ subgraph: Int, _ a: Int, _ b: Int) {
    matches.append((Place(subgraph: subgraph, index: a), Place(subgraph: subgraph, index: b)))
  }

  private mutating func edit(
    _ kind: DiffReport.OperatorEdit.Kind, _ subgraph: Int, _ index: Int, _ lines: [String]
  ) {
    edits.append(.init(kind: kind, subgraph: subgraph, index: index, text: lines[index]))
  }

  /// By the table of the longest common lists of all ends, from the last operators to the first.
  private mutating func between(
    _ subgraph: Int, _ a: [String], _ rangeA: Range<Int>, _ b: [String], _ rangeB: Range<Int>
  ) {
    let (rows, columns) = (rangeA.count, rangeB.count)
    let width = columns + 1
    var (i, j) = (0, 0)
    if rows > 0, columns > 0, rows <= Self.mostPairs / columns {
      var longest = [Int32](repeating: 0, count: (rows + 1) * width)
      for row in (0..<rows).reversed() {
        for column in (0..<columns).reversed() {
          longest[row * width + column] =
            a[rangeA.lowerBound + row] == b[rangeB.lowerBound + column]
            ? longest[(row + 1) * width + column + 1] + 1
            : max(longest[(row + 1) * width + column], longest[row * width + column + 1])
        }
      }
      while i < rows, j < columns {
        if a[rangeA.lowerBound + i] == b[rangeB.lowerBound + j] {
          match(subgraph, rangeA.lowerBound + i, rangeB.lowerBound + j)
          (i, j) = (i + 1, j + 1)
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
          edit(.removed, subgraph, rangeA.lowerBound + i, a)
          i += 1
        } else {
          edit(.added, subgraph, rangeB.lowerBound + j, b)
          j += 1
        }
      }
    }
    for index in i..<rows { edit(.removed, subgraph, rangeA.lowerBound + index, a) }
    for index in j..<columns { edit(.added, subgraph, rangeB.lowerBound + index, b) }
  }
}
