/// What an operator does, as far as a picture and the counts need to know. Names of TFLite and of ONNX.
enum OperatorFamily: String, CaseIterable {
  case convolution, dense, pooling, arithmetic, activation, movement, state, conversion, control
  case other

  init(_ name: String) { self = Self.byName[name] ?? .other }

  /// Where the operands of an operator that multiplies by weights stand.
  struct Operands {
    var data = 0
    var weights = 1
    var bias: Int? = 2
  }

  static func operands(_ name: String) -> Operands? {
    switch name {
    case "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_3D", "FULLY_CONNECTED", "Conv", "ConvTranspose",
      "Gemm":
      Operands()
    case "TRANSPOSE_CONV", "CONV_3D_TRANSPOSE": Operands(data: 2, weights: 1, bias: 3)
    case "BATCH_MATMUL", "MatMul", "MatMulInteger", "ConvInteger": Operands(bias: nil)
    case "QLinearConv": Operands(data: 0, weights: 3, bias: 8)
    case "QLinearMatMul": Operands(data: 0, weights: 3, bias: nil)
    default: nil
    }
  }

  /// Operands that say how numbers are scaled.
  static func quantizationOperands(_ name: String) -> Set<Int> {
    switch name {
    case "QuantizeLinear", "DequantizeLinear": [1, 2]
    case "QLinearConv", "QLinearMatMul": [1, 2, 4, 5, 6, 7]
    default: []
    }
  }

  /// Operators that hand on a constant in another form.
  static let wrappers: Set<String> = [
    "DEQUANTIZE", "CAST", "DequantizeLinear", "Identity", "Cast", "Transpose", "TRANSPOSE",
  ]

  private static let byName: [String: Self] = {
    var result: [String: Self] = [:]
    for (family, names) in members {
      for name in names.split(whereSeparator: \.isWhitespace) { result[String(name)] = family }
    }
    return result
  }()

  private static let members: [(Self, String)] = [
    (
      .convolution,
      """
      CONV_2D DEPTHWISE_CONV_2D TRANSPOSE_CONV CONV_3D CONV_3D_TRANSPOSE Conv ConvTranspose ConvInteger QLinearConv
      """
    ),
    (
      .dense,
      """
      FULLY_CONNECTED BATCH_MATMUL SVDF RNN LSTM UNIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN
      BIDIRECTIONAL_SEQUENCE_LSTM BIDIRECTIONAL_SEQUENCE_RNN EMBEDDING_LOOKUP Gemm MatMul MatMulInteger QLinearMatMul
      RNN LSTM GRU Einsum
      """
    ),
    (
      .pooling,
      """
      AVERAGE_POOL_2D MAX_POOL_2D L2_POOL_2D MEAN SUM REDUCE_MAX REDUCE_MIN REDUCE_PROD AveragePool MaxPool
      GlobalAveragePool GlobalMaxPool ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2 ArgMax ARG_MAX ARG_MIN
      """
    ),
    (
      .arithmetic,
      """
      ADD SUB MUL DIV ADD_N MAXIMUM MINIMUM POW SQUARED_DIFFERENCE SQUARE SQRT RSQRT EXP LOG NEG ABS FLOOR CEIL ROUND
      SIN COS FLOOR_DIV FLOOR_MOD Add Sub Mul Div Pow Sqrt Exp Log Neg Abs Max Min Sum Floor Ceil Reciprocal
      BatchNormalization LayerNormalization InstanceNormalization L2_NORMALIZATION LOCAL_RESPONSE_NORMALIZATION
      """
    ),
    (
      .activation,
      """
      LOGISTIC RELU RELU6 RELU_N1_TO_1 RELU_0_TO_1 TANH SOFTMAX LOG_SOFTMAX LEAKY_RELU PRELU ELU HARD_SWISH GELU
      Sigmoid Relu Clip Tanh Softmax LogSoftmax LeakyRelu PRelu Elu HardSwish HardSigmoid Gelu Erf Softplus Selu
      """
    ),
    (
      .movement,
      """
      RESHAPE STRIDED_SLICE SLICE CONCATENATION SPLIT SPLIT_V PACK UNPACK PAD PADV2 MIRROR_PAD TRANSPOSE SQUEEZE
      EXPAND_DIMS GATHER GATHER_ND TILE SHAPE RANK FILL RANGE BROADCAST_TO REVERSE_V2 SPACE_TO_DEPTH DEPTH_TO_SPACE
      SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR Reshape Slice Concat Split Pad
      Transpose Squeeze Unsqueeze Flatten Gather Tile Shape Expand Constant ConstantOfShape Identity Resize
      """
    ),
    (.state, "VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE"),
    (
      .conversion,
      "QUANTIZE DEQUANTIZE CAST FAKE_QUANT QuantizeLinear DequantizeLinear DynamicQuantizeLinear Cast"
    ),
    (.control, "CALL_ONCE IF WHILE CALL If Loop Scan"),
  ]
}
