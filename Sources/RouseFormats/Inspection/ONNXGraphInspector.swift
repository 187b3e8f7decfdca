/// Turns the message of one ONNX graph into an `InspectedGraph`.
struct ONNXGraphInspector {
  /// The file, whose ledger this reader fills.
  private(set) var file: ONNXInspector
  private var graph: InspectedGraph
  private var indices: [String: Int] = [:]
  /// Where the numbers of constants lie, which may be scales and zero points.
  private var numbers: [Int: Range<Int>] = [:]
  /// The last tensor among the attributes of the operator that is being read.
  private var constant: (tensor: InspectedTensor, data: Range<Int>?)?

  private let depth: Int

  init(_ file: ONNXInspector, name: String, depth: Int) {
    self.file = file
    self.depth = depth
    graph = InspectedGraph(name: name)
  }

  mutating func graph(_ range: Range<Int>) throws(FormatError) -> InspectedGraph {
    let fields = try file.scan.fields(range)
    for case (5, .bytes(let range), let whole) in fields.map({ ($0.number, $0.value, $0.range) }) {
      let (tensor, data) = try file.constant(range)
      file.ledger.claim(whole, .constantHeads)
      add(tensor, data)
    }
    for field in fields {
      guard case .bytes(let range) = field.value, [11, 12, 13].contains(field.number) else {
        continue
      }
      let index = try port(range)
      file.ledger.claim(field.range, .valueInfos)
      // Files before IR version 4 list constants among the inputs.
      if field.number == 11, !graph.tensors[index].isConstant { graph.inputs.append(index) }
      if field.number == 12 { graph.outputs.append(index) }
    }
    for field in fields {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1:
        try node(range)
        file.deferred.append((field.range, .nodes))
      case 2:
        if graph.name.isEmpty { graph.name = file.scan.text(range) }
        file.ledger.claim(range, .names)
      case 10, 16: file.ledger.claim(field.range, .metadata)
      default: break
      }
    }
    ONNXShapes.infer(&graph)
    return graph
  }

  // MARK: - Values

  private mutating func add(_ tensor: InspectedTensor, _ data: Range<Int>?) {
    let index = self.index(of: tensor.name)
    graph.tensors[index] = tensor
    numbers[index] = data
  }

  private mutating func index(of name: String) -> Int {
    if let index = indices[name] { return index }
    let index = graph.tensors.count
    indices[name] = index
    graph.tensors.append(InspectedTensor(name: name, shape: nil, element: "?"))
    return index
  }

  /// An input, an output or a value whose shape the file tells.
  private mutating func port(_ range: Range<Int>) throws(FormatError) -> Int {
    var (name, type) = ("", Range<Int>?.none)
    for field in try file.scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)):
        name = file.scan.text(range)
        file.ledger.claim(range, .names)
      case (2, .bytes(let range)): type = range
      case (3, _): file.ledger.claim(field.range, .metadata)
      default: break
      }
    }
    let index = index(of: name)
    guard let type, !graph.tensors[index].isConstant else { return index }
    for case (1, .bytes(let range)) in try file.scan.fields(type).map({ ($0.number, $0.value) }) {
      for field in try file.scan.fields(range) {
        switch (field.number, field.value) {
        case (1, .number(let code)): graph.tensors[index].element = ONNXInspector.element(code)
        case (2, .bytes(let range)): graph.tensors[index].shape = try shape(range)
        default: break
        }
      }
    }
    return index
  }

  private mutating func shape(_ range: Range<Int>) throws(FormatError) -> [Int] {
    var result: [Int] = []
    for case (1, .bytes(let range)) in try file.scan.fields(range).map({ ($0.number, $0.value) }) {
      var extent = -1
      for case (1, .number(let value)) in try file.scan.fields(range).map({ ($0.number, $0.value) })
      {
        extent = Int(truncatingIfNeeded: value)
      }
      result.append(extent)
    }
    try file.checkRank(result, at: range.lowerBound)
    return result
  }

  // MARK: - Operators

  private mutating func node(_ range: Range<Int>) throws(FormatError) {
    var node = InspectedOperator(name: "", version: nil, inputs: [], outputs: [])
    var domain = ""
    for field in try file.scan.fields(range) {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1, 2:
        let name = file.scan.text(range)
        file.ledger.claim(range, .names)
        let isLeftOut = name.isEmpty
        let index = isLeftOut ? -1 : index(of: name)
        if field.number == 1 { node.inputs.append(index) }
        if field.number == 2, !isLeftOut { node.outputs.append(index) }
      case 3: file.ledger.claim(range, .names)
      case 4: node.name = file.scan.text(range)
      case 5:
        if let option = try attribute(range, of: node.name) { node.options.append(option) }
      case 6: file.ledger.claim(field.range, .metadata)
      case 7: domain = file.scan.text(range)
      default: break
      }
    }
    if !["", "ai.onnx"].contains(domain) { node.name = "\(domain):\(node.name)" }
    // The constant of a Constant operator is its result.
    if node.name == "Constant", let constant, let result = node.outputs.first {
      var tensor = constant.tensor
      tensor.name = graph.tensors[result].name
      graph.tensors[result] = tensor
      numbers[result] = constant.data
    }
    constant = nil
    annotate(node)
    graph.operators.append(node)
  }

  /// Nil for attributes without a value that can be shown in a word.
  private mutating func attribute(
    _ range: Range<Int>, of node: String
  ) throws(FormatError) -> InspectedOperator.Option? {
    var name = ""
    var value: InspectedOperator.Value?
    var (integers, reals) = ([Int](), [Float]())
    for field in try file.scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): name = file.scan.text(range)
      case (2, .fixed(let range)): value = .real(file.scan.reals(range).first ?? 0)
      case (3, .number(let number)): value = .integer(Int(truncatingIfNeeded: number))
      case (4, .bytes(let range)): value = .text(file.scan.text(range))
      case (5, .bytes(let range)):
        let found = try file.constant(range)
        constant = found
        value = .text("\(found.tensor.element) \(InspectionWords.shape(found.tensor.shape))")
      case (6, .bytes(let range)):
        let title = "\(node).\(name)"
        guard depth < ONNXInspector.maximumDepth else {
          throw .tooLarge(
            .onnx, offset: range.lowerBound, what: "graphs in each other",
            limit: ONNXInspector.maximumDepth, found: depth + 1)
        }
        file.waiting.append((title, range, depth + 1))
        value = .text(title)
      case (7, .fixed(let range)), (7, .bytes(let range)): reals += file.scan.reals(range)
      case (8, .number(let number)): integers.append(Int(truncatingIfNeeded: number))
      case (8, .bytes(let range)):
        integers += try file.scan.packed(range).map { Int(truncatingIfNeeded: $0) }
      case (13, _): file.ledger.claim(field.range, .metadata)
      default: break
      }
    }
    if !integers.isEmpty { value = .integers(integers) }
    if !reals.isEmpty { value = .reals(reals) }
    return value.map { .init(name: name, value: $0) }
  }

  /// The quantization of a QuantizeLinear result and of a DequantizeLinear operand, when it is constant.
  private mutating func annotate(_ node: InspectedOperator) {
    let tensor: Int?
    switch node.name {
    case "QuantizeLinear": tensor = node.outputs.first
    case "DequantizeLinear": tensor = node.inputs.first
    default: return
    }
    guard let tensor, tensor >= 0, let scales = operand(1, of: node),
      graph.tensors[scales].element == "float32", let range = numbers[scales]
    else { return }
    graph.tensors[tensor].scales = file.scan.reals(range)
    if range.count > 4, case .integer(let axis)? = node[option: "axis"] {
      graph.tensors[tensor].quantizedAxis = axis
    }
    guard let zeroPoints = operand(2, of: node), let range = numbers[zeroPoints] else { return }
    switch graph.tensors[zeroPoints].element {
    case "int8":
      graph.tensors[tensor].zeroPoints = file.scan.bytes[range].map { Int(Int8(bitPattern: $0)) }
    case "uint8": graph.tensors[tensor].zeroPoints = file.scan.bytes[range].map(Int.init)
    default: break
    }
  }

  private func operand(_ slot: Int, of node: InspectedOperator) -> Int? {
    guard node.inputs.indices.contains(slot), node.inputs[slot] >= 0 else { return nil }
    return node.inputs[slot]
  }
}
