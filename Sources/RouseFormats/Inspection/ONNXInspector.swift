/// Describes an `.onnx` file, also one that Rouse cannot run: any operator set, domain, element type and attribute.
///
/// Wider than `ONNXReader`, which refuses every field that Rouse does not understand: here such a field is counted and
/// passed over.
///
/// - Source: field numbers of `onnx/onnx.proto`, ONNX 1.17.
struct ONNXInspector {
  static func inspect(_ bytes: [UInt8]) throws(FormatError) -> ModelInspection {
    var inspector = ONNXInspector(bytes)
    return try inspector.model()
  }

  var scan: ProtobufScan
  var ledger: ByteLedger
  /// Graphs within graphs within graphs; ONNX has loops in branches in loops.
  static let maximumDepth = 32

  /// Graphs that are attributes of operators, to be described after those found before.
  var waiting: [(name: String, range: Range<Int>, depth: Int)] = []
  /// What is claimed when all that is inside has been: the last first.
  var deferred: [(range: Range<Int>, kind: ByteKind)] = []

  private init(_ bytes: [UInt8]) {
    scan = ProtobufScan(bytes)
    ledger = ByteLedger(
      byteCount: bytes.count,
      kinds: [.nodes, .names, .valueInfos, .constantHeads, .metadata, .other])
  }

  private mutating func model() throws(FormatError) -> ModelInspection {
    let bytes = scan.bytes
    var result = ModelInspection(format: .onnx, fileBytes: bytes.count)
    var (producer, producerVersion, opsets) = ("", "", [String: Int]())
    for field in try scan.fields(0..<bytes.count) {
      switch (field.number, field.value) {
      case (1, .number(let version)): result.irVersion = Int(truncatingIfNeeded: version)
      case (2, .bytes(let range)): producer = scan.text(range)
      case (3, .bytes(let range)): producerVersion = scan.text(range)
      case (6, .bytes(let range)): result.description = scan.text(range)
      case (7, .bytes(let range)): waiting.append(("", range, 0))
      case (8, .bytes(let range)):
        let (domain, version) = try opset(range)
        opsets[domain] = version
      case (14, .bytes(let range)):
        let (name, value) = try pair(range)
        result.metadata.append(.init(name: name, value: value, bytes: value.utf8.count))
      default: break
      }
      if [1, 2, 3, 4, 5, 6, 8, 14].contains(field.number) { ledger.claim(field.range, .metadata) }
    }
    guard !waiting.isEmpty else { throw scan.malformed(0, "model.graph: a graph", "none") }
    result.opsets = opsets
    result.producer = [producer, producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    var next = 0
    while next < waiting.count {
      let (name, range, depth) = waiting[next]
      next += 1
      var reader = ONNXGraphInspector(self, name: name, depth: depth)
      result.graphs.append(try reader.graph(range))
      self = reader.file
    }
    ConstantRoles.assign(&result.graphs)
    result.totals = ModelTotals.count(&result.graphs)
    for (range, kind) in deferred.reversed() { ledger.claim(range, kind) }
    ledger.claim(0..<bytes.count, .other)
    let sizes = ledger.counts(of: bytes).map {
      ModelInspection.Size(kind: $0.kind.key, label: $0.kind.label, bytes: $0.bytes)
    }
    // Kinds of initializers are found in the order of the file.
    let initializers = sizes.filter { $0.kind.hasPrefix("initializers.") }
    result.sizes =
      initializers.sorted { $0.kind < $1.kind }
      + sizes.filter { !$0.kind.hasPrefix("initializers.") }
    return result
  }

  private mutating func opset(_ range: Range<Int>) throws(FormatError) -> (String, Int) {
    var result = ("ai.onnx", 0)
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)) where !range.isEmpty: result.0 = scan.text(range)
      case (2, .number(let version)): result.1 = Int(truncatingIfNeeded: version)
      default: break
      }
    }
    return result
  }

  private mutating func pair(_ range: Range<Int>) throws(FormatError) -> (String, String) {
    var result = ("", "")
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): result.0 = scan.text(range)
      case (2, .bytes(let range)): result.1 = scan.text(range)
      default: break
      }
    }
    return result
  }

  // MARK: - Tensors

  /// A constant, and where its numbers lie when they lie as in memory; claims its bytes.
  mutating func constant(
    _ range: Range<Int>
  ) throws(FormatError) -> (tensor: InspectedTensor, data: Range<Int>?) {
    var tensor = InspectedTensor(name: "", shape: [], element: "?", role: .constant)
    var data: [Range<Int>] = []
    var plain: Range<Int>?
    var integers: [UInt64] = []
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .number(let extent)): tensor.shape?.append(Int(truncatingIfNeeded: extent))
      case (1, .bytes(let range)):
        tensor.shape? += try scan.packed(range).map { Int(truncatingIfNeeded: $0) }
      case (2, .number(let type)): tensor.element = Self.element(type)
      case (7, .number(let value)): integers.append(value)
      case (7, .bytes(let range)) where range.count <= 80:
        integers += try scan.packed(range)
        data.append(range)
      case (8, .bytes(let range)):
        tensor.name = scan.text(range)
        ledger.claim(range, .names)
      // `float_data` and `raw_data`, then numbers of the other types.
      case (4, .bytes(let range)), (9, .bytes(let range)):
        data.append(range)
        plain = range
      case (5...7, .bytes(let range)), (10...11, .bytes(let range)): data.append(range)
      // Numbers that are not packed.
      case (4...7, _), (10...11, _): data.append(field.range)
      default: break
      }
    }
    try checkRank(tensor.shape, at: range.lowerBound)
    for range in data { ledger.claim(range, .initializers(tensor.element)) }
    tensor.bytes = data.reduce(0) { $0 + $1.count }
    if data.count != 1 { plain = nil }
    if integers.isEmpty, tensor.element == "int64", let plain, plain.count <= 64,
      plain.count.isMultiple(of: 8)
    {
      integers = stride(from: plain.lowerBound, to: plain.upperBound, by: 8).map { start in
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(scan.bytes[start + $1]) << UInt64(8 * $1) }
      }
    }
    if tensor.element == "int64", !integers.isEmpty, integers.count <= 8 {
      tensor.values = integers.map { Int(truncatingIfNeeded: $0) }
    }
    return (tensor, plain)
  }

  func checkRank(_ shape: [Int]?, at offset: Int) throws(FormatError) {
    guard let rank = shape?.count, rank > InspectedTensor.maximumRank else { return }
    throw .tooLarge(
      .onnx, offset: offset, what: "extents of a tensor", limit: InspectedTensor.maximumRank,
      found: rank)
  }

  /// `TensorProto.DataType`.
  static func element(_ code: UInt64) -> String {
    code < UInt64(elements.count) ? elements[Int(code)] : "type \(code)"
  }

  private static let elements = [
    "?", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
    "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
    "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "uint4", "int4",
    "float4_e2m1",
  ]
}
