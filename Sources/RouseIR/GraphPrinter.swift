import RouseNumerics

/// Writes `GraphText`.
struct GraphPrinter {
  private let graph: Graph
  private let detail: GraphText.Detail
  private var lines: [String] = []
  private var isPrinted: [Bool]
  /// The index that the next value has when its line does not say.
  private var nextIndex = 0

  init(_ graph: Graph, _ detail: GraphText.Detail) {
    self.graph = graph
    self.detail = detail
    isPrinted = [Bool](repeating: false, count: graph.values.count)
  }

  mutating func text() -> String {
    lines = ["graph " + GraphText.quoted(graph.name, always: true)]
    for id in graph.inputs {
      lines.append("input " + definition(id) + " " + typeText(id))
    }
    for variable in graph.variables {
      var line = "variable " + GraphText.quoted(variable.name) + " " + typeText(variable.type)
      if let initial = variable.initial { line += text(initial) }
      lines.append(line)
    }
    for node in graph.nodes { append(node) }
    for index in graph.values.indices where !isPrinted[index] {
      let id = ValueID(index)
      if graph[id].constant == nil {
        lines.append("unused " + definition(id) + " " + typeText(id))
      } else {
        appendConstant(id)
      }
    }
    for id in graph.outputs { lines.append("output " + use(id)) }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Lines

  private mutating func append(_ node: Node) {
    for id in node.inputs where graph[id].constant != nil && !isPrinted[id.index] {
      appendConstant(id)
    }
    var line = ""
    if !node.outputs.isEmpty {
      line = node.outputs.map { definition($0) }.joined(separator: ", ") + " = "
    }
    line += node.op.name + "(" + node.inputs.map { use($0) }.joined(separator: ", ") + ")"
    for (key, value) in node.op.definition.attributes { line += " \(key)=\(value)" }
    if !node.outputs.isEmpty {
      line += " : " + node.outputs.map { typeText($0) }.joined(separator: ", ")
    }
    lines.append(line)
  }

  private mutating func appendConstant(_ id: ValueID) {
    guard let data = graph[id].constant else { return }
    let start = "constant " + definition(id) + " " + typeText(id)
    lines.append(start + text(data))
  }

  // MARK: - Parts

  private func use(_ id: ValueID) -> String { "%" + GraphText.quoted(graph[id].name) }

  private mutating func definition(_ id: ValueID) -> String {
    let index = id.index == nextIndex ? "" : " #\(id.index)"
    nextIndex = id.index + 1
    isPrinted[id.index] = true
    return use(id) + index
  }

  private func typeText(_ id: ValueID) -> String {
    typeText(graph[id].type) + (graph[id].isParameter ? " parameter" : "")
  }

  private func typeText(_ type: TensorType) -> String {
    var text = type.element.rawValue + type.shape.description
    guard let quantization = type.quantization else { return text }
    if quantization.axis == nil, quantization.scales.count == 1 {
      return text + " scale=\(quantization.scales[0]) zero=\(quantization.zeroPoint)"
    }
    let scales =
      detail == .full
      ? quantization.scales.map { "\($0)" }.joined(separator: ", ") : "\(quantization.scales.count)"
    text += " scales=(\(scales))"
    if let axis = quantization.axis { text += "@\(axis)" }
    if quantization.zeroPoint != 0 { text += " zero=\(quantization.zeroPoint)" }
    return text
  }

  // MARK: - Constants

  private func text(_ data: TensorData) -> String {
    detail == .full ? " = " + full(data) : " " + summary(data)
  }

  private func full(_ data: TensorData) -> String {
    switch data {
    case .float32(let values): "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    case .int32(let values): "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    case .int8(let values): "0x" + values.map { hex(UInt8(bitPattern: $0)) }.joined()
    case .uint8(let values): "0x" + values.map(hex).joined()
    }
  }

  private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }

  private func summary(_ data: TensorData) -> String {
    switch data {
    case .float32(let values): summary(values.map(Double.init), data)
    case .int8(let values): summary(values.map(Double.init), data)
    case .uint8(let values): summary(values.map(Double.init), data)
    case .int32(let values): summary(values.map(Double.init), data)
    }
  }

  /// `hash=… min=… mean=… max=…`, statistics in stored units and as float32.
  private func summary(_ values: [Double], _ data: TensorData) -> String {
    let hash = String(data.fingerprint, radix: 16)
    let padded = String(repeating: "0", count: 16 - hash.count) + hash
    guard let low = values.min(), let high = values.max() else { return "hash=\(padded)" }
    let mean = values.reduce(0, +) / Double(values.count)
    return "hash=\(padded) min=\(Float(low)) mean=\(Float(mean)) max=\(Float(high))"
  }
}

extension TensorData {
  /// FNV-1a, 64 bits, of the little-endian bytes: equal constants have equal fingerprints on every machine.
  ///
  /// - Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm".
  public var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ word: UInt32, bytes: Int) {
      for index in 0..<bytes {
        hash = (hash ^ UInt64((word >> (8 * UInt32(index))) & 0xff)) &* 0x100_0000_01b3
      }
    }
    switch self {
    case .float32(let values): for value in values { add(value.bitPattern, bytes: 4) }
    case .int32(let values): for value in values { add(UInt32(bitPattern: value), bytes: 4) }
    case .int8(let values):
      for value in values { add(UInt32(UInt8(bitPattern: value)), bytes: 1) }
    case .uint8(let values): for value in values { add(UInt32(value), bytes: 1) }
    }
    return hash
  }
}
