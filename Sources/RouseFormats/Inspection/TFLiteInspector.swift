/// Describes a `.tflite` file, also one that Rouse cannot run: any operator, element type and number of subgraphs.
enum TFLiteInspector {
  static let kinds: [ByteKind] = [
    .weights, .biases, .otherConstants, .scales, .zeroPoints, .otherQuantization, .names,
    .operatorTables, .tensorTables, .vtables, .bufferTables, .otherTables, .metadata, .padding,
    .unreferenced,
  ]

  static func inspect(_ bytes: [UInt8]) throws(FormatError) -> ModelInspection {
    var walk = FlatWalk(bytes, ledger: ByteLedger(byteCount: bytes.count, kinds: kinds))
    let model = try walk.model()
    let codes = model.records("operator_codes")
    let buffers = try self.buffers(model.records("buffers"), bytes)
    var result = ModelInspection(format: .tflite, fileBytes: bytes.count)
    result.schemaVersion = model.integer("version")
    result.description = model.text("description")
    result.signatures = model.records("signature_defs").map { $0.text("signature_key") }

    var tensorBuffers: [[Int]] = []
    for subgraph in model.records("subgraphs") {
      var reader = TFLiteGraphInspector(bytes: bytes, codes: codes, buffers: buffers)
      result.graphs.append(try reader.graph(subgraph))
      tensorBuffers.append(reader.tensorBuffers)
    }
    ConstantRoles.assign(&result.graphs)
    result.totals = ModelTotals.count(&result.graphs)

    // Many may refer to one buffer, which is claimed once.
    var claimed: Set<Int> = []
    for entry in model.records("metadata") {
      let index = entry.integer("buffer")
      let data = try self.buffer(index, buffers, at: entry.position)
      if claimed.insert(index).inserted { walk.ledger.claim(data, .metadata) }
      result.metadata.append(
        .init(name: entry.text("name"), value: nil, bytes: data.count))
    }
    for (graph, indices) in zip(result.graphs, tensorBuffers) {
      for (tensor, index) in zip(graph.tensors, indices) where claimed.insert(index).inserted {
        walk.ledger.claim(buffers[index], Self.kind(of: tensor.role))
      }
    }
    for data in buffers { walk.ledger.claim(data, .otherConstants) }
    result.sizes = walk.ledger.counts(of: bytes).map {
      .init(kind: $0.kind.key, label: $0.kind.label, bytes: $0.bytes)
    }
    return result
  }

  private static func kind(of role: InspectedTensor.Role) -> ByteKind {
    switch role {
    case .weight: .weights
    case .bias: .biases
    case .constant, .variable, .activation: .otherConstants
    }
  }

  private static func buffers(
    _ records: [FlatRecord], _ bytes: [UInt8]
  ) throws(FormatError) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var outside = 0
    for record in records {
      let range = try data(of: record, in: bytes)
      result.append(range)
      // Data in the vector has been paid for by the reader.
      if record.integer("offset") > 1 { outside += range.count }
      guard outside <= bytes.count else {
        throw .tooLarge(
          .tflite, offset: record.position, what: "bytes of buffers", limit: bytes.count,
          found: outside)
      }
    }
    return result
  }

  /// Where the bytes of a buffer lie: in its vector, or, in files beyond 2 GiB, after the flatbuffer.
  private static func data(
    of buffer: FlatRecord, in bytes: [UInt8]
  ) throws(FormatError) -> Range<Int> {
    let (offset, size) = (buffer.integer("offset"), buffer.integer("size"))
    // Some converters write an offset of 1 for "nothing outside".
    guard offset > 1, size > 0 else { return buffer.bytes("data") ?? 0..<0 }
    guard offset <= bytes.count, size <= bytes.count - offset else {
      throw .malformed(
        .tflite, offset: buffer.position, expected: "data within \(bytes.count) bytes",
        found: "\(size) bytes from \(offset)")
    }
    return offset..<offset + size
  }

  static func buffer(
    _ index: Int, _ buffers: [Range<Int>], at offset: Int
  ) throws(FormatError) -> Range<Int> {
    guard buffers.indices.contains(index) else {
      throw .malformed(
        .tflite, offset: offset, expected: "buffer in 0..<\(buffers.count)", found: "\(index)")
    }
    return buffers[index]
  }
}

/// Turns the records of one subgraph into an `InspectedGraph`.
struct TFLiteGraphInspector {
  let bytes: [UInt8]
  let codes: [FlatRecord]
  let buffers: [Range<Int>]
  /// The buffer of each tensor.
  private(set) var tensorBuffers: [Int] = []

  init(bytes: [UInt8], codes: [FlatRecord], buffers: [Range<Int>]) {
    self.bytes = bytes
    self.codes = codes
    self.buffers = buffers
  }

  mutating func graph(_ subgraph: FlatRecord) throws(FormatError) -> InspectedGraph {
    var graph = InspectedGraph(name: subgraph.text("name"))
    for (index, record) in subgraph.records("tensors").enumerated() {
      var tensor = try tensor(record)
      // It has no other name that would tell it from the next.
      if tensor.variable == "" { tensor.variable = DecodedTensors.name("", index) }
      graph.tensors.append(tensor)
    }
    let range = 0..<graph.tensors.count
    graph.inputs = try indices(subgraph, "inputs", range)
    graph.outputs = try indices(subgraph, "outputs", range)
    for record in subgraph.records("operators") {
      let node = try self.node(record, tensors: range.upperBound)
      if case .text(let name)? = node[option: "shared_name"], let handle = node.outputs.first {
        graph.tensors[handle].role = .variable
        graph.tensors[handle].variable = name
      }
      graph.operators.append(node)
    }
    return graph
  }

  // MARK: - Tensors

  private mutating func tensor(_ record: FlatRecord) throws(FormatError) -> InspectedTensor {
    let index = record.integer("buffer")
    let data = try TFLiteInspector.buffer(index, buffers, at: record.position)
    tensorBuffers.append(index)
    let element = record.integer("type")
    let rank = record.integers("shape")?.count ?? 0
    guard rank <= InspectedTensor.maximumRank else {
      throw .tooLarge(
        .tflite, offset: record.position, what: "extents of a tensor",
        limit: InspectedTensor.maximumRank, found: rank)
    }
    var tensor = InspectedTensor(
      name: record.text("name"), shape: record.integers("shape") ?? [],
      element: TFLiteNames.element(element))
    if let signature = record.integers("shape_signature"), signature.count == tensor.shape?.count {
      tensor.shape = signature
    }
    if !data.isEmpty {
      tensor.role = .constant
      tensor.bytes = data.count
      tensor.values = values(data, tensor)
    }
    if record.integer("is_variable") != 0 {
      tensor.role = .variable
      tensor.variable = tensor.name
    }
    if let quantization = record.record("quantization") {
      let (scales, zeros) = (quantization.reals("scale"), quantization.integers("zero_point"))
      tensor.scales = scales.flatMap { $0.isEmpty ? nil : $0 }
      tensor.zeroPoints = zeros.flatMap { $0.isEmpty ? nil : $0 }
      if (tensor.scales?.count ?? 0) > 1 {
        tensor.quantizedAxis = quantization.integer("quantized_dimension")
      }
    }
    return tensor
  }

  /// The elements of an int32 or int64 constant of at most 8, which is a shape, an axis or a bound.
  private func values(_ data: Range<Int>, _ tensor: InspectedTensor) -> [Int]? {
    let size = tensor.element == "int32" ? 4 : tensor.element == "int64" ? 8 : 0
    guard size > 0, data.count <= 8 * size, data.count.isMultiple(of: size),
      tensor.count() == data.count / size
    else { return nil }
    return stride(from: data.lowerBound, to: data.upperBound, by: size).map { start in
      var value: UInt64 = 0
      for index in 0..<size { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
      return size == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(truncatingIfNeeded: value)
    }
  }

  // MARK: - Operators

  private func node(_ record: FlatRecord, tensors: Int) throws(FormatError) -> InspectedOperator {
    let index = record.integer("opcode_index")
    guard codes.indices.contains(index) else {
      throw .malformed(
        .tflite, offset: record.position, expected: "opcode index in 0..<\(codes.count)",
        found: "\(index)")
    }
    let code = codes[index]
    // Files older than `builtin_code` have the 8-bit field only; newer ones write 127 there for codes above.
    let number = max(code.integer("deprecated_builtin_code"), code.integer("builtin_code"))
    let custom = code.text("custom_code")
    let options = record.record("builtin_options")
    return InspectedOperator(
      name: custom.isEmpty ? TFLiteNames.builtin(number) : custom,
      version: code.integer("version", default: 1),
      inputs: try indices(record, "inputs", -1..<tensors),
      outputs: try indices(record, "outputs", 0..<tensors),
      options: options.map {
        self.options($0, number: record.integer("builtin_options_type"))
      } ?? [])
  }

  /// All options that the schema knows for this table, those that the file leaves out with their default.
  private func options(_ record: FlatRecord, number: Int) -> [InspectedOperator.Option] {
    TFLiteSchema.member(number, ofUnion: "builtin_options").fields.map { field in
      let isDefault: Bool
      let value: InspectedOperator.Value
      switch record.values[field.name] {
      case .real(let real): (value, isDefault) = (.real(real), real == 0)
      case .text(let text): (value, isDefault) = (.text(text), text.isEmpty)
      case .integers(let list): (value, isDefault) = (.integers(list), list.isEmpty)
      case .reals(let list): (value, isDefault) = (.reals(list), list.isEmpty)
      case .bytes(let range):
        (value, isDefault) = (.integers(bytes[range].map(Int.init)), range.isEmpty)
      case let other:
        var number = field.fallback
        if case .integer(let found) = other { number = found }
        (value, isDefault) = (Self.option(number, field.kind), number == field.fallback)
      }
      return .init(name: field.name, value: value, isDefault: isDefault)
    }
  }

  private static func option(
    _ number: Int, _ kind: TFLiteSchema.Kind
  ) -> InspectedOperator.Value {
    switch kind {
    case .scalar(.bool): .flag(number != 0)
    case .scalar(.padding): .text(TFLiteNames.padding(number))
    case .scalar(.activation): .text(TFLiteNames.activation(number))
    case .scalar(.element): .text(TFLiteNames.element(number))
    case .scalar(.f32): .real(Float(number))
    case .text: .text("")
    case .vector(.f32): .reals([])
    case .vector: .integers([])
    default: .integer(number)
    }
  }

  private func indices(
    _ record: FlatRecord, _ name: String, _ range: Range<Int>
  ) throws(FormatError) -> [Int] {
    let found = record.integers(name) ?? []
    if let wrong = found.first(where: { !range.contains($0) }) {
      throw .malformed(
        .tflite, offset: record.position,
        expected: "\(name) in \(range.lowerBound)..<\(range.upperBound)", found: "\(wrong)")
    }
    return found
  }
}
