import RouseNumerics

/// Reads `GraphText`. Text comes from strangers: every line is checked, and nothing is allocated that the text does
/// not spell out.
struct GraphParser {
  private let lines: [[UInt8]]
  /// Values in the order of their lines, each with its index in the graph.
  private var values: [(index: Int, value: Value)] = []
  private var positions: [String: Int] = [:]
  private var nextIndex = 0
  private var variables: [Variable] = []

  init(_ text: String) {
    lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { line in line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line) }
  }

  mutating func graph() throws(GraphError) -> Graph {
    var name: String?
    var inputs: [ValueID] = []
    var outputs: [ValueID] = []
    var nodes: [Node] = []
    for (index, bytes) in lines.enumerated() {
      var cursor = TextCursor(bytes, line: index + 1)
      cursor.skipSpaces()
      if cursor.isAtEnd { continue }
      if name == nil {
        try cursor.expect("graph ")
        name = try cursor.name("the name of the graph")
      } else if cursor.accept("input ") {
        inputs.append(try definition(&cursor, try type(&cursor, after: try place(&cursor))))
      } else if cursor.accept("unused ") {
        _ = try definition(&cursor, try type(&cursor, after: try place(&cursor)))
      } else if cursor.accept("variable ") {
        try variable(&cursor)
      } else if cursor.accept("constant ") {
        try constant(&cursor)
      } else if cursor.accept("output ") {
        outputs.append(try use(&cursor))
      } else {
        nodes.append(try node(&cursor))
      }
      try cursor.expectEnd()
    }
    guard let name else {
      throw .text(line: 1, expected: "`graph \"name\"`", found: "an empty text")
    }
    return Graph(
      name: name, values: try orderedValues(), variables: variables, nodes: nodes, inputs: inputs,
      outputs: outputs)
  }

  // MARK: - Lines

  private mutating func variable(_ cursor: inout TextCursor) throws(GraphError) {
    let name = try cursor.name("the name of a variable")
    let (type, _) = try tensorType(&cursor)
    let initial = cursor.accept("=") ? try elements(&cursor, of: type) : nil
    variables.append(Variable(name: name, type: type, initial: initial))
  }

  private mutating func constant(_ cursor: inout TextCursor) throws(GraphError) {
    var value = try type(&cursor, after: try place(&cursor))
    try cursor.expect("=")
    value.constant = try elements(&cursor, of: value.type)
    _ = try definition(&cursor, value)
  }

  /// As many elements as the type has.
  private func elements(
    _ cursor: inout TextCursor, of type: TensorType
  ) throws(GraphError) -> TensorData {
    let data: TensorData
    let failure = cursor.error("\(type.shape.count) elements of \(type.element)")
    switch type.element {
    case .int8:
      try cursor.expect("0x")
      data = .int8(try cursor.hexBytes())
    case .uint8:
      try cursor.expect("0x")
      data = .uint8(try cursor.hexBytes().map(UInt8.init(bitPattern:)))
    case .int32:
      try cursor.expect("[")
      data = .int32(try cursor.list(close: "]", "an int32") { Int32($0) })
    case .float32:
      try cursor.expect("[")
      data = .float32(try cursor.list(close: "]", "a float32") { Float($0) })
    }
    guard data.count == type.shape.count else { throw failure }
    return data
  }

  private mutating func node(_ cursor: inout TextCursor) throws(GraphError) -> Node {
    var results: [Value] = []
    if cursor.accept("%") {
      repeat {
        if !results.isEmpty { try cursor.expect("%") }
        results.append(try placeAfterPercent(&cursor))
      } while cursor.accept(",")
      try cursor.expect("=")
    }
    let opName = try cursor.name("a node or one of input, variable, constant, unused, output")
    try cursor.expect("(")
    var inputs: [ValueID] = []
    if !cursor.accept(")") {
      repeat { inputs.append(try use(&cursor)) } while cursor.accept(",")
      try cursor.expect(")")
    }
    let op = try self.op(opName, &cursor)
    if !results.isEmpty {
      try cursor.expect(":")
      for index in results.indices {
        if index > 0 { try cursor.expect(",") }
        results[index] = try type(&cursor, after: results[index])
      }
    }
    var outputs: [ValueID] = []
    for result in results { outputs.append(try definition(&cursor, result)) }
    return Node(op, inputs: inputs, outputs: outputs)
  }

  /// Attributes up to ` :` or the end; each key once, and exactly the operator's keys.
  private func op(_ name: String, _ cursor: inout TextCursor) throws(GraphError) -> Op {
    var attributes: [String: String] = [:]
    var keys: [String] = []
    while !cursor.isAtEnd {
      var ahead = cursor
      if ahead.accept(":") { break }
      let failure = cursor.error("each attribute once")
      let (key, value) = try cursor.attribute()
      guard attributes.updateValue(value, forKey: key) == nil else { throw failure }
      keys.append(key)
    }
    let reader = AttributeReader(op: name, line: cursor.line, values: attributes)
    let op = try Op(name: name, attributes: reader)
    let known = Set(op.definition.attributes.map(\.key))
    for key in keys where !known.contains(key) {
      throw .text(
        line: cursor.line, expected: "attributes of \(name) only", found: "`\(key)`")
    }
    return op
  }

  // MARK: - Parts

  private func use(_ cursor: inout TextCursor) throws(GraphError) -> ValueID {
    try cursor.expect("%")
    let failure = cursor.error("a value defined above")
    guard let position = positions[try cursor.name("the name of a value")] else { throw failure }
    return ValueID(values[position].index)
  }

  /// `%name` or `%name #index`: a value whose type follows.
  private mutating func place(_ cursor: inout TextCursor) throws(GraphError) -> Value {
    try cursor.expect("%")
    return try placeAfterPercent(&cursor)
  }

  private mutating func placeAfterPercent(_ cursor: inout TextCursor) throws(GraphError) -> Value {
    let failure = cursor.error("a name that no other value has")
    let name = try cursor.name("the name of a value")
    guard positions[name] == nil else { throw failure }
    if cursor.accept("#") {
      nextIndex = try cursor.number("the index of a value") { text in
        Int(text).flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
      }
    }
    positions[name] = values.count
    let value = Value(name: name, type: TensorType([]))
    values.append((nextIndex, value))
    nextIndex += 1
    return value
  }

  private func type(
    _ cursor: inout TextCursor, after value: Value
  ) throws(GraphError) -> Value {
    var value = value
    (value.type, value.isParameter) = try tensorType(&cursor)
    return value
  }

  /// Completes the entry that `place` made.
  private mutating func definition(
    _ cursor: inout TextCursor, _ value: Value
  ) throws(GraphError) -> ValueID {
    guard let position = positions[value.name] else { throw cursor.error("a value defined above") }
    values[position].value = value
    return ValueID(values[position].index)
  }

  private func tensorType(
    _ cursor: inout TextCursor
  ) throws(GraphError) -> (type: TensorType, isParameter: Bool) {
    guard let element = ElementType.allCases.first(where: { cursor.accept($0.rawValue) }) else {
      throw cursor.error(
        "one of " + ElementType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let failure = cursor.error("a shape of positive dimensions and at most 2^31 - 1 elements")
    try cursor.expect("[")
    let shape = Shape(try cursor.list(close: "]", "a dimension") { Int($0) })
    guard shape.checkedCount() != nil else { throw failure }
    let quantization = try self.quantization(&cursor)
    return (TensorType(shape, element, quantization), cursor.accept("parameter"))
  }

  private func quantization(_ cursor: inout TextCursor) throws(GraphError) -> Quantization? {
    if cursor.accept("scale=") {
      let scale = try cursor.number("a scale") { Float($0) }
      try cursor.expect("zero=")
      return Quantization(
        scale: scale, zeroPoint: try cursor.number("a zero point") { Int32($0) })
    }
    guard cursor.accept("scales=(") else { return nil }
    var result = Quantization(scale: 1, zeroPoint: 0)
    result.scales = try cursor.list(close: ")", "a scale") { Float($0) }
    if cursor.accept("@") { result.axis = try cursor.number("an axis") { Int($0) } }
    if cursor.accept("zero=") {
      result.zeroPoint = try cursor.number("a zero point") { Int32($0) }
    }
    return result
  }

  /// The values by index; each index from 0 must occur once.
  private func orderedValues() throws(GraphError) -> [Value] {
    let sorted = values.sorted { $0.index < $1.index }
    for (expected, item) in sorted.enumerated() where item.index != expected {
      throw .text(
        line: lines.count, expected: "each value index from 0 to \(values.count - 1) once",
        found: "\(item.index) of `\(item.value.name)`")
    }
    return sorted.map(\.value)
  }
}
