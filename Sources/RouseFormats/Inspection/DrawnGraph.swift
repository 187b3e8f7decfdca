/// A graph as boxes and arrows, before anything has a place.
///
/// Constants are written in the box of the operator that reads them. A variable is a box of its own where it is read
/// and where it is assigned; its handles are not drawn.
struct DrawnGraph {
  enum Style: Hashable {
    case port
    case state
    case family(OperatorFamily)
  }

  struct Box {
    var style: Style
    var title: String
    var lines: [String]
    /// The operator's number, shown small.
    var number: Int?
    /// Only keeps state from one invocation to the next.
    var keepsState = false
    /// Stands beside the path from the first input to the outputs.
    var isAside = false
  }

  struct Arrow: Hashable {
    var from: Int
    var to: Int
  }

  /// Larger graphs are not drawn: nobody could read them.
  static let maximumBoxes = 2000
  static let maximumArrows = 8000
  static let longestText = 42

  private(set) var boxes: [Box] = []
  /// From an earlier box to a later one.
  private(set) var arrows: [Arrow] = []
  /// From where a variable is assigned to where it is read in the next invocation.
  private(set) var returns: [Arrow] = []
  private let graph: InspectedGraph
  private let usual: String

  /// - Throws: `FormatError.tooLarge`.
  init(_ graph: InspectedGraph, usual: String, format: FileKind) throws(FormatError) {
    self.graph = graph
    self.usual = usual
    guard graph.operators.count <= Self.maximumBoxes else {
      throw .tooLarge(
        format, offset: 0, what: "operators in one drawing", limit: Self.maximumBoxes,
        found: graph.operators.count)
    }
    guard graph.operators.reduce(0, { $0 + $1.inputs.count }) <= Self.maximumArrows else {
      throw .tooLarge(
        format, offset: 0, what: "operands in one drawing", limit: Self.maximumArrows,
        found: graph.operators.reduce(0) { $0 + $1.inputs.count })
    }
    build()
    moveStateAside()
  }

  // MARK: - Boxes

  private mutating func build() {
    var producers: [Int: Int] = [:]
    var seen: Set<Arrow> = []
    var (reads, assigns) = ([String: Int](), [String: Int]())
    /// Boxes that read a tensor of state before it is written again.
    var readers: [Int: Int] = [:]
    func connect(_ tensor: Int, to box: Int, _ arrows: inout [Arrow]) {
      guard let producer = producers[tensor] else { return }
      let arrow = Arrow(from: producer, to: box)
      if seen.insert(arrow).inserted { arrows.append(arrow) }
    }
    for index in graph.inputs where producers[index] == nil {
      let tensor = graph.tensors[index]
      producers[index] = boxes.count
      boxes.append(port(tensor, [describe(tensor)]))
      boxes[boxes.count - 1].isAside = boxes.count > 1
    }
    for (number, node) in graph.operators.enumerated() {
      let isConstant = node.outputs.first.map { graph.tensors[$0].isConstant } ?? false
      if node.name == "VAR_HANDLE" || isConstant { continue }
      let box = boxes.count
      boxes.append(self.box(number, node))
      for operand in node.inputs where operand >= 0 {
        connect(operand, to: box, &arrows)
        let isState = graph.tensors[operand].variable != nil && producers[operand] == nil
        if isState && readers[operand] == nil { readers[operand] = box }
      }
      for result in node.outputs { producers[result] = box }
      if let name = variable(of: node) {
        if node.name == "ASSIGN_VARIABLE" { assigns[name] = box } else { reads[name] = box }
      }
    }
    for index in graph.outputs {
      let tensor = graph.tensors[index]
      boxes.append(port(tensor, tensor.shape == nil ? [] : [describe(tensor)]))
      connect(index, to: boxes.count - 1, &arrows)
    }
    for (tensor, to) in readers.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      if let from = producers[tensor], from > to { returns.append(Arrow(from: from, to: to)) }
    }
    for (name, from) in assigns.sorted(by: { $0.value < $1.value }) {
      if let to = reads[name] { returns.append(Arrow(from: from, to: to)) }
    }
  }

  private func port(_ tensor: InspectedTensor, _ lines: [String]) -> Box {
    Box(style: .port, title: shortened(tensor.name), lines: lines, number: nil)
  }

  private func box(_ number: Int, _ node: InspectedOperator) -> Box {
    if let name = variable(of: node) {
      let isAssigned = node.name == "ASSIGN_VARIABLE"
      let value = isAssigned ? node.inputs.dropFirst().first : node.outputs.first
      let shape = value.flatMap { $0 < 0 ? nil : describe(graph.tensors[$0]) } ?? "?"
      return Box(
        style: .state, title: shortened(name),
        lines: ["\(isAssigned ? "assign" : "read") \(shape)"],
        number: number, keepsState: true, isAside: true)
    }
    var lines: [String] = []
    let results = node.outputs.map { describe(graph.tensors[$0]) }
    if let first = results.first {
      let isRepeated = results.count > 1 && results.allSatisfy { $0 == first }
      lines.append(
        shortened(isRepeated ? "\(results.count) * \(first)" : results.joined(separator: ", ")))
    }
    let constants = node.inputs.filter { $0 >= 0 && graph.tensors[$0].isConstant }.map(constant)
    if !constants.isEmpty { lines.append(shortened(constants.joined(separator: "  "))) }
    let options = InspectionWords.options(node)
    if !options.isEmpty { lines.append(shortened(options)) }
    return Box(
      style: .family(OperatorFamily(node.name)), title: shortened(node.name), lines: lines,
      number: number)
  }

  private func variable(of node: InspectedOperator) -> String? {
    guard node.name == "READ_VARIABLE" || node.name == "ASSIGN_VARIABLE" else { return nil }
    return node.inputs.first.flatMap { $0 < 0 ? nil : graph.tensors[$0].variable }
  }

  private func describe(_ tensor: InspectedTensor) -> String {
    InspectionWords.tensor(tensor, usual: usual)
  }

  /// `w 32x5x1x40`; a small constant of integers by its values.
  private func constant(_ index: Int) -> String {
    let tensor = graph.tensors[index]
    switch tensor.role {
    case .weight: return "w \(describe(tensor))"
    case .bias: return "b \(InspectionWords.shape(tensor.shape))"
    default:
      if let values = tensor.values {
        return "[\(values.map(String.init).joined(separator: ","))]"
      }
      return "c \(describe(tensor))"
    }
  }

  private func shortened(_ text: String) -> String {
    InspectionWords.shortened(text, to: Self.longestText)
  }

  /// Boxes whose results only go to boxes aside are aside too: the slice that makes the next state. So are those
  /// without any arrow.
  private mutating func moveStateAside() {
    var targets = [[Int]](repeating: [], count: boxes.count)
    var isAlone = [Bool](repeating: true, count: boxes.count)
    for arrow in arrows {
      targets[arrow.from].append(arrow.to)
      (isAlone[arrow.from], isAlone[arrow.to]) = (false, false)
    }
    for box in boxes.indices where isAlone[box] && box > 0 { boxes[box].isAside = true }
    for box in boxes.indices.reversed() where !targets[box].isEmpty && boxes[box].style != .port {
      guard targets[box].allSatisfy({ boxes[$0].keepsState }) else { continue }
      (boxes[box].keepsState, boxes[box].isAside) = (true, true)
    }
  }
}
