/// The messages of `onnx_subset.proto` as a table, for `ONNXWireScan`.
///
/// A field of ONNX that carries no meaning for a run (documentation, derived shapes) is listed as ignored; a field
/// that is not listed at all is refused, so nothing that would change the result is passed over.
enum ONNXSchema {
  enum Message: String, Hashable, CaseIterable {
    case model, operatorSet, metadata, graph, node, attribute, tensor, port, type, tensorType, shape
    case dimension
  }

  enum Kind: Hashable {
    case int64
    /// int32 on our side; the value must be in `0 ... Int32.max`.
    case int32
    case float
    /// UTF-8 without NUL.
    case string
    case bytes
    case message(Message)
    case ignored
  }

  struct Field {
    var name: String
    var kind: Kind
    var isRepeated = false
  }

  /// - Source: onnx/onnx.proto3 of ONNX 1.12, field numbers.
  static func field(_ message: Message, _ number: UInt64) -> Field? {
    switch (message, number) {
    case (.model, 1): Field(name: "ir_version", kind: .int64)
    case (.model, 2): Field(name: "producer_name", kind: .string)
    case (.model, 3): Field(name: "producer_version", kind: .string)
    case (.model, 4): Field(name: "domain", kind: .ignored)
    case (.model, 5): Field(name: "model_version", kind: .ignored)
    case (.model, 6): Field(name: "doc_string", kind: .ignored)
    case (.model, 7): Field(name: "graph", kind: .message(.graph))
    case (.model, 8): Field(name: "opset_import", kind: .message(.operatorSet), isRepeated: true)
    case (.model, 14): Field(name: "metadata_props", kind: .message(.metadata), isRepeated: true)
    case (.operatorSet, 1): Field(name: "domain", kind: .string)
    case (.operatorSet, 2): Field(name: "version", kind: .int64)
    case (.metadata, 1): Field(name: "key", kind: .string)
    case (.metadata, 2): Field(name: "value", kind: .string)
    case (.graph, 1): Field(name: "node", kind: .message(.node), isRepeated: true)
    case (.graph, 2): Field(name: "name", kind: .string)
    case (.graph, 5): Field(name: "initializer", kind: .message(.tensor), isRepeated: true)
    case (.graph, 10): Field(name: "doc_string", kind: .ignored)
    case (.graph, 11): Field(name: "input", kind: .message(.port), isRepeated: true)
    case (.graph, 12): Field(name: "output", kind: .message(.port), isRepeated: true)
    case (.graph, 13): Field(name: "value_info", kind: .ignored)
    case (.node, 1): Field(name: "input", kind: .string, isRepeated: true)
    case (.node, 2): Field(name: "output", kind: .string, isRepeated: true)
    case (.node, 3): Field(name: "name", kind: .string)
    case (.node, 4): Field(name: "op_type", kind: .string)
    case (.node, 5): Field(name: "attribute", kind: .message(.attribute), isRepeated: true)
    case (.node, 6): Field(name: "doc_string", kind: .ignored)
    case (.node, 7): Field(name: "domain", kind: .string)
    case (.attribute, 1): Field(name: "name", kind: .string)
    case (.attribute, 2): Field(name: "f", kind: .float)
    case (.attribute, 3): Field(name: "i", kind: .int64)
    case (.attribute, 4): Field(name: "s", kind: .bytes)
    case (.attribute, 8): Field(name: "ints", kind: .int64, isRepeated: true)
    case (.attribute, 13): Field(name: "doc_string", kind: .ignored)
    case (.attribute, 20): Field(name: "type", kind: .int32)
    case (.tensor, 1): Field(name: "dims", kind: .int64, isRepeated: true)
    case (.tensor, 2): Field(name: "data_type", kind: .int32)
    case (.tensor, 8): Field(name: "name", kind: .string)
    case (.tensor, 9): Field(name: "raw_data", kind: .bytes)
    case (.tensor, 12): Field(name: "doc_string", kind: .ignored)
    case (.port, 1): Field(name: "name", kind: .string)
    case (.port, 2): Field(name: "type", kind: .message(.type))
    case (.port, 3): Field(name: "doc_string", kind: .ignored)
    case (.type, 1): Field(name: "tensor_type", kind: .message(.tensorType))
    case (.tensorType, 1): Field(name: "elem_type", kind: .int32)
    case (.tensorType, 2): Field(name: "shape", kind: .message(.shape))
    case (.shape, 1): Field(name: "dim", kind: .message(.dimension), isRepeated: true)
    case (.dimension, 1): Field(name: "dim_value", kind: .int64)
    default: nil
    }
  }
}
