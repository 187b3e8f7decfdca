import COnnx
import RouseIR
import RouseNumerics

/// Reads the bytes of an `.onnx` file: `ONNXWireScan` first, then libprotobuf-c, then the limits of Rouse's subset.
public enum ONNXReader {
  /// - Throws: `FormatError` for damaged bytes, and for ONNX that Rouse does not read (several opsets, subgraphs,
  ///   data outside `raw_data`, symbolic shapes, …). Never crashes on foreign bytes.
  public static func read(_ bytes: [UInt8]) throws(FormatError) -> ONNXModel {
    let scan = try ONNXWireScan(bytes)
    let unpacked = bytes.withUnsafeBufferPointer {
      rouse__onnx__model_proto__unpack(nil, $0.count, $0.baseAddress)
    }
    guard let unpacked else {
      throw .malformed(
        .onnx, offset: 0, expected: "a Protocol Buffers message",
        found: "other bytes")
    }
    // Every value is copied out before the tree is freed.
    defer { rouse__onnx__model_proto__free_unpacked(unpacked, nil) }
    return try Decoder(scan: scan).model(unpacked.pointee)
  }
}

/// Copies the C message tree into Swift values and checks them.
private struct Decoder {
  let scan: ONNXWireScan

  func model(_ message: Rouse__Onnx__ModelProto) throws(FormatError) -> ONNXModel {
    guard let graph = message.graph?.pointee else {
      throw malformed(0, "model.graph", "a graph", "none")
    }
    var model = ONNXModel(
      irVersion: message.ir_version, opset: try opset(message),
      producer: text(message.producer_name), producerVersion: text(message.producer_version),
      graphName: text(graph.name))
    for (index, entry) in messages(message.metadata_props, message.n_metadata_props).enumerated() {
      let key = text(entry.key)
      guard model.metadata.updateValue(text(entry.value), forKey: key) == nil else {
        throw malformed(
          scan.offset("model.metadata_props", index), "model.metadata_props", "each key once",
          "`\(key)` again")
      }
    }
    for (index, item) in messages(graph.input, graph.n_input).enumerated() {
      model.inputs.append(try port(item, "model.graph.input", index))
    }
    for (index, item) in messages(graph.output, graph.n_output).enumerated() {
      model.outputs.append(try port(item, "model.graph.output", index))
    }
    for (index, item) in messages(graph.initializer, graph.n_initializer).enumerated() {
      model.initializers.append(try tensor(item, index))
    }
    var attributes = 0
    for (index, item) in messages(graph.node, graph.n_node).enumerated() {
      model.nodes.append(try node(item, index, firstAttribute: attributes))
      attributes += item.n_attribute
    }
    return model
  }

  /// The version of the default domain, which must be the only one.
  func opset(_ message: Rouse__Onnx__ModelProto) throws(FormatError) -> Int64 {
    let sets = messages(message.opset_import, message.n_opset_import)
    guard sets.count == 1, let set = sets.first, ["", "ai.onnx"].contains(text(set.domain)) else {
      throw unsupported(
        scan.offset("model.opset_import", 0), "operator sets other than the default one")
    }
    return set.version
  }

  // MARK: - Values

  func port(
    _ message: Rouse__Onnx__ValueInfoProto, _ part: String, _ index: Int
  ) throws(FormatError) -> ONNXModel.Port {
    let (name, offset) = (text(message.name), scan.offset(part, index))
    guard let type = message.type?.pointee.tensor_type?.pointee, let shape = type.shape?.pointee
    else { throw unsupported(offset, "a value without a tensor shape, `\(name)`") }
    let dimensions = messages(shape.dim, shape.n_dim).map(\.dim_value)
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      throw unsupported(offset, "an unknown extent of `\(name)`")
    }
    return ONNXModel.Port(
      name: name, element: try element(type.elem_type, offset, name),
      shape: try checkedShape(dimensions, offset, name).shape)
  }

  func tensor(
    _ message: Rouse__Onnx__TensorProto, _ index: Int
  ) throws(FormatError) -> ONNXModel.Tensor {
    let (name, offset) = (text(message.name), scan.offset("model.graph.initializer", index))
    let element = try element(message.data_type, offset, name)
    let dimensions = array(message.dims, message.n_dims)
    let (shape, count) = try checkedShape(dimensions, offset, name)
    let (size, overflow) = count.multipliedReportingOverflow(by: element.bytes)
    let bytes = array(message.raw_data.data, message.raw_data.len)
    guard !overflow, size == bytes.count else {
      throw malformed(
        offset, "`\(name)`.raw_data", "\(count) elements of \(element.bytes) bytes",
        "\(bytes.count) bytes")
    }
    return ONNXModel.Tensor(name: name, shape: shape, data: ONNXBytes.decode(bytes, element))
  }

  func element(_ code: Int32, _ offset: Int, _ name: String) throws(FormatError)
    -> ONNXModel.Element
  {
    guard let element = ONNXModel.Element(rawValue: code) else {
      throw unsupported(offset, "data type \(code) of `\(name)`")
    }
    return element
  }

  /// A shape and its number of elements. No extent is negative and the product of those above 0 is an `Int`, so the
  /// number of elements stays one under any order of the axes.
  func checkedShape(
    _ dimensions: [Int64], _ offset: Int, _ name: String
  ) throws(FormatError) -> (shape: Shape, count: Int) {
    var product = 1
    for dimension in dimensions {
      let overflow: Bool
      (product, overflow) = product.multipliedReportingOverflow(by: max(Int(dimension), 1))
      guard dimension >= 0, !overflow else {
        throw malformed(offset, "`\(name)`.dims", "extents of a tensor", "\(dimensions.prefix(8))")
      }
    }
    return (Shape(dimensions.map(Int.init)), dimensions.contains(0) ? 0 : product)
  }

  // MARK: - Nodes

  func node(
    _ message: Rouse__Onnx__NodeProto, _ index: Int, firstAttribute: Int
  ) throws(FormatError) -> ONNXModel.Node {
    let (name, offset) = (text(message.name), scan.offset("model.graph.node", index))
    guard ["", "ai.onnx"].contains(text(message.domain)) else {
      throw unsupported(offset, "operators of the domain \(text(message.domain))")
    }
    var node = ONNXModel.Node(
      name: name, opType: text(message.op_type), inputs: texts(message.input, message.n_input),
      outputs: texts(message.output, message.n_output))
    for (index, item) in messages(message.attribute, message.n_attribute).enumerated() {
      let start = scan.offset("model.graph.node.attribute", firstAttribute + index)
      let value = try attribute(item, start)
      guard node.attributes.updateValue(value, forKey: text(item.name)) == nil else {
        throw malformed(start, "`\(name)`", "each attribute once", "`\(text(item.name))` again")
      }
    }
    return node
  }

  func attribute(
    _ message: Rouse__Onnx__AttributeProto, _ offset: Int
  ) throws(FormatError) -> ONNXAttribute {
    switch message.type {
    case 1: return .float(message.f)
    case 2: return .int(message.i)
    case 3:
      let bytes = array(message.s.data, message.s.len)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw malformed(offset, "`\(text(message.name))`", "UTF-8 text", "other bytes")
      }
      return .string(text)
    case 7: return .ints(array(message.ints, message.n_ints))
    default:
      throw unsupported(offset, "attribute type \(message.type) of `\(text(message.name))`")
    }
  }

  // MARK: - C values

  func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }

  func texts(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int
  ) -> [String] { UnsafeBufferPointer(start: pointer, count: count).map(text) }

  func array<Element>(_ pointer: UnsafeMutablePointer<Element>?, _ count: Int) -> [Element] {
    Array(UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  func messages<Message>(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
  ) -> [Message] { array(pointer, count).compactMap { $0?.pointee } }

  func malformed(_ offset: Int, _ part: String, _ expected: String, _ found: String) -> FormatError
  {
    .malformed(.onnx, offset: offset, expected: "\(part): \(expected)", found: found)
  }

  func unsupported(_ offset: Int, _ feature: String) -> FormatError {
    .unsupported(.onnx, offset: offset, feature: feature)
  }
}
