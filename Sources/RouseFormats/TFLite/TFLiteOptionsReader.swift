import CTFLite
import RouseIR

/// The options tables of `TFLiteOptions`; the numbers are field ids of `tflite_subset.fbs`.
extension TFLiteWalk {
  /// `.none` for tables that have no fields, that Rouse does not know, or that are not there.
  mutating func options(_ node: FlatTable) throws(FormatError) -> TFLiteOptions {
    let kind = Int(try reader.value(node, 3, default: UInt8(0)))
    guard kind != 0, let table = try reader.table(node, 4) else { return .none }
    switch kind {
    case ctflite_options_conv_2d:
      return .conv2D(
        padding: try padding(table, 0), strideH: try positive(table, 2, "strides"),
        strideW: try positive(table, 1, "strides"),
        dilationH: try positive(table, 5, "dilations", default: 1),
        dilationW: try positive(table, 4, "dilations", default: 1),
        activation: try activation(table, 3))
    case ctflite_options_depthwise_conv_2d:
      return .depthwiseConv2D(
        padding: try padding(table, 0), strideH: try positive(table, 2, "strides"),
        strideW: try positive(table, 1, "strides"),
        dilationH: try positive(table, 6, "dilations", default: 1),
        dilationW: try positive(table, 5, "dilations", default: 1),
        multiplier: try int(table, 3), activation: try activation(table, 4))
    case ctflite_options_pool_2d:
      return .pool2D(
        padding: try padding(table, 0), strideH: try positive(table, 2, "strides"),
        strideW: try positive(table, 1, "strides"),
        filterH: try positive(table, 4, "filter sizes"),
        filterW: try positive(table, 3, "filter sizes"), activation: try activation(table, 5))
    case ctflite_options_fully_connected:
      guard try reader.value(table, 1, default: Int8(0)) == 0 else {
        throw .unsupported(.tflite, offset: table.position, feature: "shuffled weights")
      }
      return .fullyConnected(
        activation: try activation(table, 0), keepDimensions: try reader.bool(table, 2))
    case ctflite_options_softmax:
      let beta = try reader.float(table, 0, default: 0)
      guard beta.isFinite else {
        throw reader.malformed(at: table.position, "a finite beta", "\(beta)")
      }
      return .softmax(beta: beta)
    case ctflite_options_concatenation:
      return .concatenation(axis: try int(table, 0), activation: try activation(table, 1))
    // SubOptions (28) and DivOptions (29) have the one field that AddOptions has.
    case ctflite_options_add, 28, 29:
      return .add(activation: try activation(table, 0))
    case ctflite_options_reshape:
      let shape = try reader.integers(
        table, 0, of: Int32.self, limit: Limit.rank, what: "the new shape")
      return .reshape(newShape: shape ?? [])
    case ctflite_options_mul:
      return .mul(activation: try activation(table, 0))
    case ctflite_options_reducer:
      return .reducer(keepDimensions: try reader.bool(table, 0))
    case ctflite_options_strided_slice:
      guard try reader.bool(table, 5) == false else {
        throw .unsupported(.tflite, offset: table.position, feature: "offset slice")
      }
      return .stridedSlice(
        beginMask: try int(table, 0), endMask: try int(table, 1), ellipsisMask: try int(table, 2),
        newAxisMask: try int(table, 3), shrinkAxisMask: try int(table, 4))
    case ctflite_options_pack:
      return .pack(count: try int(table, 0), axis: try int(table, 1))
    case ctflite_options_split_v:
      return .splitV(count: try int(table, 0))
    case ctflite_options_call_once:
      return .callOnce(initSubgraph: try int(table, 0))
    case ctflite_options_var_handle:
      return .varHandle(
        container: try reader.string(table, 0, limit: Limit.text, what: "a container"),
        sharedName: try reader.string(table, 1, limit: Limit.text, what: "a shared name"))
    default:
      return .none
    }
  }

  private mutating func int(
    _ table: FlatTable, _ id: Int, _ fallback: Int32 = 0
  ) throws(FormatError) -> Int32 {
    try reader.value(table, id, default: fallback)
  }

  /// A number that kernels divide by or count in; the schema's default for strides and filters is 0.
  private mutating func positive(
    _ table: FlatTable, _ id: Int, _ what: String, default fallback: Int32 = 0
  ) throws(FormatError) -> Int32 {
    let value = try int(table, id, fallback)
    guard value >= 1 else {
      let offset = try reader.field(table, id, size: 4) ?? table.position
      throw reader.malformed(at: offset, "\(what) from 1", "\(value)")
    }
    return value
  }

  private mutating func padding(_ table: FlatTable, _ id: Int) throws(FormatError) -> Padding {
    let value = try reader.value(table, id, default: Int8(0))
    guard let padding = Padding(schemaValue: value) else {
      throw reader.malformed(at: table.position, "padding 0 or 1", "\(value)")
    }
    return padding
  }

  private mutating func activation(
    _ table: FlatTable, _ id: Int
  ) throws(FormatError) -> Activation {
    let value = try reader.value(table, id, default: Int8(0))
    guard let activation = Activation(schemaValue: value) else {
      throw .unsupported(.tflite, offset: table.position, feature: "fused activation \(value)")
    }
    return activation
  }
}

extension Padding {
  /// `Padding` of the schema.
  var schemaValue: Int8 {
    switch self {
    case .same: 0
    case .valid: 1
    }
  }

  init?(schemaValue: Int8) {
    guard let match = Self.allCases.first(where: { $0.schemaValue == schemaValue }) else {
      return nil
    }
    self = match
  }
}

extension Activation {
  /// `ActivationFunctionType` of the schema.
  var schemaValue: Int8 {
    switch self {
    case .none: 0
    case .relu: 1
    case .reluN1To1: 2
    case .relu6: 3
    }
  }

  init?(schemaValue: Int8) {
    guard let match = Self.allCases.first(where: { $0.schemaValue == schemaValue }) else {
      return nil
    }
    self = match
  }
}
