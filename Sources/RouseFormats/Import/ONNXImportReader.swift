/// Reads an `.onnx` file that an exporter of another framework wrote, as far as a network for inference goes.
///
/// Wider than `ONNXReader`, which reads only what Rouse itself writes and refuses every other field: here open extents,
/// tensors among the attributes, all ways of storing numbers and operators of any name are kept, and what has no
/// meaning for inference (documentation, shapes of inner values, metadata of nodes) is passed over.
///
/// - Source: field numbers of `onnx/onnx.proto`, ONNX 1.17.
struct ONNXImportReader {
  private var scan: ProtobufScan
  private var network = ForeignNetwork(
    kind: .onnx, producer: "", name: "", inputs: [], outputs: [], constants: [:], nodes: [])
  private var opset = 0

  static func read(_ bytes: [UInt8]) throws(FormatError) -> ForeignNetwork {
    guard bytes.count <= ONNXWireScan.maximumBytes else {
      throw .tooLarge(
        .onnx, offset: 0, what: "bytes", limit: ONNXWireScan.maximumBytes, found: bytes.count)
    }
    var reader = ONNXImportReader(scan: ProtobufScan(bytes))
    return try reader.model()
  }

  private init(scan: ProtobufScan) { self.scan = scan }

  private mutating func model() throws(FormatError) -> ForeignNetwork {
    var (producer, version, graph) = ("", "", Range<Int>?.none)
    for field in try scan.fields(0..<scan.bytes.count) {
      switch (field.number, field.value) {
      case (2, .bytes(let range)): producer = scan.text(range)
      case (3, .bytes(let range)): version = scan.text(range)
      case (7, .bytes(let range)): graph = range
      case (8, .bytes(let range)): try operatorSet(range)
      case (25, _):
        throw .unsupported(
          .onnx, offset: field.range.lowerBound, feature: "functions of its own (model.functions)")
      default: break
      }
    }
    guard let graph else { throw scan.malformed(0, "model.graph: a graph", "none") }
    network.producer = [producer, version].filter { !$0.isEmpty }.joined(separator: " ")
    try self.graph(graph)
    return network
  }

  private mutating func operatorSet(_ range: Range<Int>) throws(FormatError) {
    var (domain, version) = ("", 0)
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): domain = scan.text(range)
      case (2, .number(let value)): version = Int(truncatingIfNeeded: value)
      default: break
      }
    }
    if ["", "ai.onnx"].contains(domain) { opset = version }
  }

  // MARK: - Graph

  private mutating func graph(_ range: Range<Int>) throws(FormatError) {
    let fields = try scan.fields(range)
    for field in fields {
      switch (field.number, field.value) {
      case (2, .bytes(let range)): network.name = scan.text(range)
      case (5, .bytes(let range)):
        let (name, tensor) = try tensor(range)
        network.constants[name] = tensor
      case (15, .bytes(let range)):
        throw .unsupported(.onnx, offset: range.lowerBound, feature: "sparse constants")
      default: break
      }
    }
    for field in fields {
      switch (field.number, field.value) {
      case (11, .bytes(let range)):
        let port = try port(range)
        // Files before IR version 4 list constants among the inputs.
        if network.constants[port.name] == nil { network.inputs.append(port) }
      case (12, .bytes(let range)): network.outputs.append(try port(range).name)
      case (1, .bytes(let range)): network.nodes.append(try node(range))
      default: break
      }
    }
  }

  private mutating func port(_ range: Range<Int>) throws(FormatError) -> ForeignNetwork.Port {
    var (name, type) = ("", Range<Int>?.none)
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): name = scan.text(range)
      case (2, .bytes(let range)): type = range
      default: break
      }
    }
    var shape: [Int?] = []
    guard let type, let tensor = try message(1, of: type), let extents = try message(2, of: tensor)
    else { return ForeignNetwork.Port(name: name, shape: shape) }
    for case (1, .bytes(let range)) in try scan.fields(extents).map({ ($0.number, $0.value) }) {
      var extent: Int?
      for case (1, .number(let value)) in try scan.fields(range).map({ ($0.number, $0.value) }) {
        extent = value > 0 ? Int(exactly: value) : nil
      }
      shape.append(extent)
    }
    return ForeignNetwork.Port(name: name, shape: shape)
  }

  /// The last message in field `number`.
  private mutating func message(
    _ number: Int, of range: Range<Int>
  ) throws(FormatError) -> Range<Int>? {
    var result: Range<Int>?
    for field in try scan.fields(range) where field.number == number {
      if case .bytes(let inner) = field.value { result = inner }
    }
    return result
  }

  private mutating func node(_ range: Range<Int>) throws(FormatError) -> ONNXImportNode {
    var node = ONNXImportNode(opset: opset)
    for field in try scan.fields(range) {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1: node.inputs.append(scan.text(range))
      case 2: node.outputs.append(scan.text(range))
      case 3: node.name = scan.text(range)
      case 4: node.operation = scan.text(range)
      case 5:
        let (name, value) = try attribute(range)
        node.attributes[name] = value
      case 7: node.domain = scan.text(range)
      default: break
      }
    }
    if node.name.isEmpty { node.name = node.outputs.first ?? "" }
    return node
  }

  private mutating func attribute(
    _ range: Range<Int>
  ) throws(FormatError) -> (String, ONNXImportNode.Attribute) {
    var name = ""
    var value = ONNXImportNode.Attribute.other
    var (integers, reals): ([Int], [Float]) = ([], [])
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): name = scan.text(range)
      case (2, .fixed(let range)): value = .real(scan.reals(range).first ?? 0)
      case (3, .number(let number)): value = .integer(Int(Int64(bitPattern: number)))
      case (4, .bytes(let range)): value = .text(scan.text(range))
      case (5, .bytes(let range)): value = .tensor(try tensor(range).tensor)
      case (7, .fixed(let range)), (7, .bytes(let range)): reals += scan.reals(range)
      case (8, .number(let number)): integers.append(Int(Int64(bitPattern: number)))
      case (8, .bytes(let range)):
        integers += try scan.packed(range).map { Int(Int64(bitPattern: $0)) }
      // The type also of a list without elements, which has no other field.
      case (20, .number(7)) where integers.isEmpty: value = .integers([])
      default: break
      }
    }
    if !integers.isEmpty { value = .integers(integers) }
    if !reals.isEmpty { value = .reals(reals) }
    return (name, value)
  }

  // MARK: - Tensors

  private mutating func tensor(
    _ range: Range<Int>
  ) throws(FormatError) -> (name: String, tensor: ForeignTensor) {
    var (name, shape, type): (String, [Int], Int) = ("", [], 0)
    var (raw, reals, integers): (Range<Int>?, [Float], [Int]) = (nil, [], [])
    for field in try scan.fields(range) {
      switch (field.number, field.value) {
      case (1, .number(let extent)): shape.append(Int(Int64(bitPattern: extent)))
      case (1, .bytes(let range)):
        shape += try scan.packed(range).map { Int(Int64(bitPattern: $0)) }
      case (2, .number(let code)): type = Int(truncatingIfNeeded: code)
      case (4, .fixed(let range)), (4, .bytes(let range)): reals += scan.reals(range)
      case (5, .number(let value)), (7, .number(let value)):
        integers.append(Int(Int64(bitPattern: value)))
      case (5, .bytes(let range)), (7, .bytes(let range)):
        integers += try scan.packed(range).map { Int(Int64(bitPattern: $0)) }
      case (8, .bytes(let range)): name = scan.text(range)
      case (9, .bytes(let range)): raw = range
      case (10, .bytes(let range)): reals += ForeignBytes.doubles(scan.bytes[range])
      case (13, _), (14, .number(1)):
        throw .unsupported(
          .onnx, offset: range.lowerBound,
          feature: "data in another file (export with external_data=False)")
      default: break
      }
    }
    guard shape.count <= ImportLimit.rank else {
      throw .tooLarge(
        .onnx, offset: range.lowerBound, what: "extents of `\(name)`", limit: ImportLimit.rank,
        found: shape.count)
    }
    var count = 1
    for extent in shape {
      guard extent >= 0, extent <= ImportLimit.elements / max(count, 1) else {
        throw scan.malformed(range.lowerBound, "extents of a tensor", "\(shape)")
      }
      count *= extent
    }
    let values: ForeignTensor.Values
    if let raw {
      guard let decoded = Self.decode(scan.bytes[raw], type) else {
        throw .unsupported(
          .onnx, offset: range.lowerBound, feature: "constants of data type \(type), `\(name)`")
      }
      values = decoded
    } else if type == 1 || type == 11 {
      values = .reals(reals)
    } else {
      values = .integers(integers)
    }
    guard values.count == count else {
      throw scan.malformed(
        range.lowerBound, "\(count) elements of `\(name)`", "\(values.count)")
    }
    return (name, ForeignTensor(shape, values))
  }

  /// - Source: `TensorProto.DataType`; nil for types that no weight or shape has.
  private static func decode(_ bytes: ArraySlice<UInt8>, _ type: Int) -> ForeignTensor.Values? {
    switch type {
    case 1: .reals(ForeignBytes.floats(bytes))
    case 10: .reals(ForeignBytes.halves(bytes))
    case 11: .reals(ForeignBytes.doubles(bytes))
    case 2, 9: .integers(bytes.map(Int.init))
    case 3: .integers(bytes.map { Int(Int8(bitPattern: $0)) })
    case 6: .integers(ForeignBytes.words(bytes, UInt32.self).map { Int(Int32(bitPattern: $0)) })
    case 7: .integers(ForeignBytes.words(bytes, UInt64.self).map { Int(Int64(bitPattern: $0)) })
    default: nil
    }
  }
}

/// What an imported file may hold; a network for a microcontroller has a hundredth of it.
enum ImportLimit {
  static let rank = 8
  /// Elements of one tensor.
  static let elements = 1 << 24

  /// The number of elements, nil for absurd shapes.
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      guard extent >= 0, extent <= elements / max(count, 1), shape.count <= rank else { return nil }
      count *= extent
    }
    return count
  }
}
