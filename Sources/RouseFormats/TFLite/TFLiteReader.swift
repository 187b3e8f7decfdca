import CTFLite
import RouseIR

/// Reads `.tflite` files (TensorFlow Lite schema version 3) from bytes that nobody has checked.
///
/// Two readers must agree before a model comes out: this one, and the verifier of the flatbuffers library. This one
/// runs even when the verifier refuses, because it can say where the fault is.
///
/// Not kept, because nothing in Rouse uses it: signatures, dynamic shape signatures, min/max of quantization, options of
/// operators outside `TFLiteOptions`. Refused, because a model means something else without it: sparse tensors, data
/// outside the flatbuffer, shuffled weights, offset slices.
public enum TFLiteReader {
  /// What a file may hold. A published wake-word model has 2 subgraphs, 106 tensors and names of 150 bytes.
  enum Limit {
    static let tables = 65_536
    static let subgraphs = 256
    static let rank = 8
    static let operands = 4096
    static let text = 65_536
    /// For the flatbuffers verifier; the schema nests 4 deep.
    static let depth: UInt32 = 16
    static let verifiedTables: UInt32 = 1_000_000
  }

  public static func read(_ bytes: [UInt8]) throws(FormatError) -> TFLiteModel {
    let accepted = bytes.withUnsafeBufferPointer {
      ctflite_verify($0.baseAddress, $0.count, Limit.depth, Limit.verifiedTables)
    }
    var walk = TFLiteWalk(bytes)
    let model = try walk.model()
    guard accepted else { throw .refusedByVerifier(.tflite, bytes: bytes.count) }
    return model
  }
}

/// One pass over the tables of a file; indices are checked against what they index.
struct TFLiteWalk {
  typealias Limit = TFLiteReader.Limit
  var reader: FlatBufferReader

  init(_ bytes: [UInt8]) { reader = FlatBufferReader(bytes, file: .tflite) }

  mutating func model() throws(FormatError) -> TFLiteModel {
    let root = try reader.root(identifier: "TFL3")
    let version = try reader.value(root, 0, default: UInt32(0))
    guard version == 3 else {
      throw .unsupported(.tflite, offset: root.position, feature: "schema version \(version)")
    }
    var model = TFLiteModel(version: version)
    model.description = try reader.string(root, 3, limit: Limit.text, what: "the description")
    model.buffers = try buffers(root)
    for table in try reader.tables(root, 1, limit: Limit.tables, what: "operator codes") {
      model.operatorCodes.append(try operatorCode(table))
    }
    for table in try reader.tables(root, 2, limit: Limit.subgraphs, what: "subgraphs") {
      model.subgraphs.append(
        try subgraph(table, codes: model.operatorCodes.count, buffers: model.buffers.count))
    }
    guard !model.subgraphs.isEmpty else {
      throw reader.malformed(at: root.position, "a subgraph", "none")
    }
    for table in try reader.tables(root, 6, limit: Limit.tables, what: "metadata") {
      let name = try reader.string(table, 0, limit: Limit.text, what: "a metadata name")
      let buffer = try reader.value(table, 1, default: UInt32(0))
      try check(
        Int(buffer), in: 0..<model.buffers.count, at: table.position, what: "metadata buffer")
      model.metadata.append(.init(name: name, buffer: Int(buffer)))
    }
    return model
  }

  private mutating func buffers(_ root: FlatTable) throws(FormatError) -> [[UInt8]] {
    var buffers: [[UInt8]] = []
    for table in try reader.tables(root, 4, limit: Limit.tables, what: "buffers") {
      // `offset` 1 is written for "no data outside" by some converters.
      guard try reader.value(table, 1, default: UInt64(0)) <= 1 else {
        throw .unsupported(.tflite, offset: table.position, feature: "data outside the flatbuffer")
      }
      buffers.append(try reader.data(table, 0, what: "a buffer"))
    }
    return buffers
  }

  private mutating func operatorCode(
    _ table: FlatTable
  ) throws(FormatError) -> TFLiteModel.OperatorCode {
    // Files older than `builtin_code` have the 8-bit field only; newer ones write 127 there for codes above.
    let deprecated = try reader.value(table, 0, default: Int8(0))
    let code = max(Int32(deprecated), try reader.value(table, 3, default: Int32(0)))
    guard code >= 0 else {
      throw reader.malformed(at: table.position, "an operator code from 0", "\(code)")
    }
    return TFLiteModel.OperatorCode(
      code: code, version: try reader.value(table, 2, default: 1),
      customCode: try reader.string(table, 1, limit: Limit.text, what: "a custom code"))
  }

  private mutating func subgraph(
    _ table: FlatTable, codes: Int, buffers: Int
  ) throws(FormatError) -> TFLiteModel.Subgraph {
    var subgraph = TFLiteModel.Subgraph(
      name: try reader.string(table, 4, limit: Limit.text, what: "a subgraph name"))
    for tensor in try reader.tables(table, 0, limit: Limit.tables, what: "tensors") {
      subgraph.tensors.append(try self.tensor(tensor, buffers: buffers))
    }
    let tensors = subgraph.tensors.count
    subgraph.inputs = try indices(table, 1, 0..<tensors, what: "subgraph inputs")
    subgraph.outputs = try indices(table, 2, 0..<tensors, what: "subgraph outputs")
    for node in try reader.tables(table, 3, limit: Limit.tables, what: "operators") {
      let opcode = try reader.value(node, 0, default: UInt32(0))
      try check(Int(opcode), in: 0..<codes, at: node.position, what: "opcode index")
      subgraph.operators.append(
        TFLiteModel.Operator(
          opcode: Int(opcode),
          inputs: try indices(node, 1, -1..<tensors, what: "operator inputs"),
          outputs: try indices(node, 2, 0..<tensors, what: "operator outputs"),
          options: try options(node)))
    }
    return subgraph
  }

  private mutating func indices(
    _ table: FlatTable, _ id: Int, _ range: Range<Int>, what: String
  ) throws(FormatError) -> [Int32] {
    let found =
      try reader.integers(table, id, of: Int32.self, limit: Limit.operands, what: what) ?? []
    for index in found { try check(Int(index), in: range, at: table.position, what: what) }
    return found
  }

  func check(
    _ index: Int, in range: Range<Int>, at offset: Int, what: String
  ) throws(FormatError) {
    guard range.contains(index) else {
      throw reader.malformed(
        at: offset, "\(what) in \(range.lowerBound)..<\(range.upperBound)", "\(index)")
    }
  }
}
