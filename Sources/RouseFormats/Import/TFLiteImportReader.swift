import RouseIR

/// A float `.tflite` file as a foreign network: the tensors with data are its constants.
enum TFLiteImportReader {
  static func read(_ bytes: [UInt8]) throws(FormatError) -> ForeignNetwork {
    try network(try TFLiteReader.read(bytes))
  }

  static func network(_ model: TFLiteModel) throws(FormatError) -> ForeignNetwork {
    let main = model.subgraphs[0]
    let keys = self.keys(main.tensors)
    var network = ForeignNetwork(
      kind: .tflite, producer: model.description, name: main.name, inputs: [], outputs: [],
      constants: [:], nodes: [])
    for (index, tensor) in main.tensors.enumerated() {
      let bytes = model.buffers[tensor.buffer]
      guard !bytes.isEmpty else { continue }
      network.constants[keys[index]] = try constant(tensor, bytes, keys[index])
    }
    for input in main.inputs.map(Int.init) {
      let tensor = main.tensors[input]
      network.inputs.append(
        .init(name: keys[input], shape: tensor.shape.map { $0 > 0 ? Int($0) : nil }))
      guard tensor.element == .float32 else {
        throw .notImportable(
          .tflite,
          [
            ImportProblem(
              position: nil, operation: "", name: keys[input],
              reason: [.int8, .uint8, .int16].contains(tensor.element)
                ? .quantized
                : .mismatch(
                  what: "type of the input", expected: "float32", found: "\(tensor.element)"))
          ])
      }
    }
    network.outputs = main.outputs.map { keys[Int($0)] }
    network.nodes = main.operators.map { operation in
      let code = model.operatorCodes[operation.opcode]
      return TFLiteImportNode(
        code: code, operation: operation, keys: keys,
        resultShapes: operation.outputs.map { main.tensors[Int($0)].shape.map(Int.init) })
    }
    return network
  }

  /// A name for each tensor: its own, or with the index where that is missing or taken.
  private static func keys(_ tensors: [TFLiteModel.Tensor]) -> [String] {
    var taken: Set<String> = []
    return tensors.enumerated().map { index, tensor in
      let isFree = !tensor.name.isEmpty && !taken.contains(tensor.name)
      let key = isFree ? tensor.name : "\(tensor.name)#\(index)"
      taken.insert(key)
      return key
    }
  }

  private static func constant(
    _ tensor: TFLiteModel.Tensor, _ bytes: [UInt8], _ key: String
  ) throws(FormatError) -> ForeignTensor {
    let shape = tensor.shape.map(Int.init)
    let values: ForeignTensor.Values
    switch tensor.element {
    case .float32: values = .reals(ForeignBytes.floats(bytes[...]))
    case .float16: values = .reals(ForeignBytes.halves(bytes[...]))
    case .int32:
      values = .integers(
        ForeignBytes.words(bytes[...], UInt32.self).map { Int(Int32(bitPattern: $0)) })
    case .int64:
      values = .integers(
        ForeignBytes.words(bytes[...], UInt64.self).map { Int(Int64(bitPattern: $0)) })
    case .int8: values = .integers(bytes.map { Int(Int8(bitPattern: $0)) })
    case .uint8, .bool: values = .integers(bytes.map(Int.init))
    case .int16, .string, .resource:
      throw .tensorRule(
        .tflite, tensor: key, rule: "float32 or integers", found: "\(tensor.element)")
    }
    guard let count = ImportLimit.count(shape), count == values.count else {
      throw .tensorRule(
        .tflite, tensor: key, rule: "elements for \(shape)", found: "\(values.count)")
    }
    return ForeignTensor(shape, values)
  }
}

/// One operator of a `.tflite` file; `TFLiteImportNode+Meaning.swift` says what it means.
struct TFLiteImportNode: ForeignNode {
  let operation: String
  let name: String
  let inputs: [String]
  let outputs: [String]
  let options: TFLiteOptions
  /// As the file has them; extents from 1.
  let resultShapes: [[Int]]

  init(
    code: TFLiteModel.OperatorCode, operation: TFLiteModel.Operator, keys: [String],
    resultShapes: [[Int]]
  ) {
    self.operation =
      code.customCode.isEmpty ? TFLiteNames.builtin(Int(code.code)) : code.customCode
    inputs = operation.inputs.map { $0 < 0 ? "" : keys[Int($0)] }
    outputs = operation.outputs.map { keys[Int($0)] }
    name = outputs.first ?? ""
    options = operation.options
    self.resultShapes = resultShapes
  }

  var refusal: ImportReason? {
    switch operation {
    case "LSTM", "RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "UNIDIRECTIONAL_SEQUENCE_LSTM",
      "BIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_LSTM", "WHILE", "SVDF":
      .recurrent
    case "BATCH_MATMUL": .attention
    case "L2_NORMALIZATION", "LOCAL_RESPONSE_NORMALIZATION", "RSQRT", "SQUARED_DIFFERENCE":
      .liveStatistics
    case "QUANTIZE": .quantized
    case "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE": .alreadyStreaming
    default: Self.supported.contains(operation) ? nil : .unknownOperator
    }
  }

  private static let supported: Set<String> = [
    "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "SUB", "MUL", "DIV", "RELU",
    "RELU6", "RELU_N1_TO_1", "LOGISTIC", "SOFTMAX", "LOG_SOFTMAX", "MEAN", "REDUCE_MAX",
    "AVERAGE_POOL_2D", "MAX_POOL_2D", "CONCATENATION", "SPLIT", "SPLIT_V", "STRIDED_SLICE",
    "SLICE", "PAD", "RESHAPE", "EXPAND_DIMS", "SQUEEZE", "TRANSPOSE", "SHAPE", "PACK", "CAST",
    "DEQUANTIZE", "NEG",
  ]
}
