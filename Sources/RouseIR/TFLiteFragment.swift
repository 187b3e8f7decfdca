/// Operators of TensorFlow Lite by their schema code (`BuiltinOperator` in schema.fbs).
public enum TFLiteBuiltin: Int32, Hashable, Sendable, CaseIterable {
  case add = 0
  case averagePool2D = 1
  case concatenation = 2
  case conv2D = 3
  case depthwiseConv2D = 4
  case fullyConnected = 9
  case logistic = 14
  case maxPool2D = 17
  case mul = 18
  case reshape = 22
  case softmax = 25
  case pad = 34
  case mean = 40
  case stridedSlice = 45
  case pack = 83
  case splitV = 102
  case quantize = 114
  case callOnce = 129
  case varHandle = 142
  case readVariable = 143
  case assignVariable = 144

  /// The name in the schema, as ESPHome and TFLite Micro print it: `DEPTHWISE_CONV_2D`.
  public var schemaName: String {
    switch self {
    case .add: "ADD"
    case .averagePool2D: "AVERAGE_POOL_2D"
    case .concatenation: "CONCATENATION"
    case .conv2D: "CONV_2D"
    case .depthwiseConv2D: "DEPTHWISE_CONV_2D"
    case .fullyConnected: "FULLY_CONNECTED"
    case .logistic: "LOGISTIC"
    case .maxPool2D: "MAX_POOL_2D"
    case .mul: "MUL"
    case .reshape: "RESHAPE"
    case .softmax: "SOFTMAX"
    case .pad: "PAD"
    case .mean: "MEAN"
    case .stridedSlice: "STRIDED_SLICE"
    case .pack: "PACK"
    case .splitV: "SPLIT_V"
    case .quantize: "QUANTIZE"
    case .callOnce: "CALL_ONCE"
    case .varHandle: "VAR_HANDLE"
    case .readVariable: "READ_VARIABLE"
    case .assignVariable: "ASSIGN_VARIABLE"
    }
  }
}

/// `Padding` of the schema.
public enum Padding: String, Hashable, Sendable, CaseIterable {
  case same, valid
}

/// `ActivationFunctionType` of the schema, as far as int8 kernels implement it.
public enum Activation: String, Hashable, Sendable, CaseIterable {
  case none, relu, relu6
  /// Clamps to −1...1.
  case reluN1To1 = "relu_n1_to_1"
}

/// `BuiltinOptions` of the schema, for the operators Rouse reads and writes.
public enum TFLiteOptions: Hashable, Sendable {
  case none
  case conv2D(
    padding: Padding, strideH: Int32, strideW: Int32, dilationH: Int32, dilationW: Int32,
    activation: Activation)
  case depthwiseConv2D(
    padding: Padding, strideH: Int32, strideW: Int32, dilationH: Int32, dilationW: Int32,
    multiplier: Int32, activation: Activation)
  case pool2D(
    padding: Padding, strideH: Int32, strideW: Int32, filterH: Int32, filterW: Int32,
    activation: Activation)
  case fullyConnected(activation: Activation, keepDimensions: Bool)
  case concatenation(axis: Int32, activation: Activation)
  case reshape(newShape: [Int32])
  case stridedSlice(
    beginMask: Int32, endMask: Int32, ellipsisMask: Int32, newAxisMask: Int32, shrinkAxisMask: Int32
  )
  case splitV(count: Int32)
  case add(activation: Activation)
  case mul(activation: Activation)
  case reducer(keepDimensions: Bool)
  case pack(count: Int32, axis: Int32)
  case softmax(beta: Float)
  case callOnce(initSubgraph: Int32)
  case varHandle(container: String, sharedName: String)
}

/// One operator of a `.tflite` file as a plain value; the writer turns it into bytes.
public struct TFLiteFragment: Hashable, Sendable {
  /// Where an operand of the TFLite operator comes from.
  public enum Operand: Hashable, Sendable {
    /// The node's input with this index.
    case input(Int)
    /// An int32 constant that the IR keeps as an attribute, such as the axis of SPLIT_V.
    case attribute([Int32], isScalar: Bool)
    /// The same with two dimensions, row by row, such as the paddings of PAD.
    case matrix([Int32], columns: Int)
    /// The resource handle of a graph variable.
    case variable(VariableID)
  }

  public var builtin: TFLiteBuiltin
  public var version: Int32
  public var options: TFLiteOptions
  public var operands: [Operand]

  public init(
    _ builtin: TFLiteBuiltin, version: Int32, options: TFLiteOptions = .none, operands: [Operand]
  ) {
    self.builtin = builtin
    self.version = version
    self.options = options
    self.operands = operands
  }
}
