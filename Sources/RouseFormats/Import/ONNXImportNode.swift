import RouseIR

/// A node of an ONNX graph and what it means; `ONNXImportNode+Meaning.swift` holds the operators.
///
/// Attributes became inputs over the years (axes of Squeeze in opset 13, of ReduceMean in 18): both forms are read
/// whatever the opset says, which then only decides where defaults changed.
struct ONNXImportNode: ForeignNode {
  enum Attribute: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case real(Float)
    case reals([Float])
    case text(String)
    case tensor(ForeignTensor)
    /// Graphs, lists of texts and whatever else only control flow has.
    case other
  }

  var opset: Int
  var domain = ""
  var operation = ""
  var name = ""
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [String: Attribute] = [:]

  init(opset: Int) { self.opset = opset }

  var refusal: ImportReason? {
    guard ["", "ai.onnx"].contains(domain) else { return .foreignDomain(domain) }
    switch operation {
    case "LSTM", "GRU", "RNN": return .recurrent
    case "Attention", "MultiHeadAttention", "Einsum": return .attention
    case "LayerNormalization", "InstanceNormalization", "GroupNormalization",
      "RMSNormalization", "MeanVarianceNormalization", "LpNormalization":
      return .liveStatistics
    case "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
      "MatMulInteger", "DynamicQuantizeLinear":
      return .quantized
    default: return Self.supported.contains(operation) ? nil : .unknownOperator
    }
  }

  private static let supported: Set<String> = [
    "Conv", "BatchNormalization", "Relu", "Clip", "Add", "Sub", "Mul", "Div", "Concat", "Split",
    "Slice", "Gather", "AveragePool", "MaxPool", "GlobalAveragePool", "GlobalMaxPool",
    "ReduceMean", "ReduceMax", "Gemm", "MatMul", "Sigmoid", "Softmax", "LogSoftmax", "Flatten",
    "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Cast", "Dropout", "Pad",
    "Constant", "ConstantOfShape", "Shape", "Size", "Neg", "Sqrt", "Reciprocal", "Expand",
    "Range", "Equal", "Where",
  ]

  // MARK: - Attributes

  func integer(_ key: String, _ fallback: Int) throws(ImportReason) -> Int {
    switch attributes[key] {
    case nil: return fallback
    case .integer(let value): return value
    case let other?:
      throw .attribute(name: key, expected: "an integer", found: "\(other)")
    }
  }

  func integers(_ key: String) throws(ImportReason) -> [Int]? {
    switch attributes[key] {
    case nil: return nil
    case .integers(let values): return values
    case let other?: throw .attribute(name: key, expected: "integers", found: "\(other)")
    }
  }

  /// What older operator sets state as an attribute and newer ones as an operand.
  func stated(
    _ operands: [ForeignOperand?], _ index: Int, _ key: String
  ) throws(ImportReason) -> [Int]? {
    if let values = try list(operands, index, key) { return values }
    return try integers(key)
  }

  func real(_ key: String, _ fallback: Float) throws(ImportReason) -> Float {
    switch attributes[key] {
    case nil: return fallback
    case .real(let value): return value
    case let other?: throw .attribute(name: key, expected: "a number", found: "\(other)")
    }
  }

  func text(_ key: String, _ fallback: String) throws(ImportReason) -> String {
    switch attributes[key] {
    case nil: return fallback
    case .text(let value): return value
    case let other?: throw .attribute(name: key, expected: "text", found: "\(other)")
    }
  }

  func require<Item: Equatable>(
    _ key: String, _ expected: Item, _ found: Item
  ) throws(ImportReason) {
    guard expected == found else {
      throw .attribute(name: key, expected: "\(expected)", found: "\(found)")
    }
  }
}

/// Operands of a node by position.
extension ForeignNode {
  /// nil when the operand is left out.
  func operand(_ operands: [ForeignOperand?], _ index: Int) -> ForeignOperand? {
    operands.indices.contains(index) ? operands[index] : nil
  }

  func shape(_ operands: [ForeignOperand?], _ index: Int) throws(ImportReason) -> [Int] {
    guard let operand = operand(operands, index) else {
      throw .missingOperand(what: "operand \(index)")
    }
    return operand.shape
  }

  /// A constant operand; nil when it is left out.
  func constant(
    _ operands: [ForeignOperand?], _ index: Int, _ what: String
  ) throws(ImportReason) -> ForeignTensor? {
    switch operand(operands, index) {
    case nil: return nil
    case .constant(let tensor): return tensor
    case .activation, .unknown: throw .notConstant(what: what)
    }
  }

  func reals(
    _ operands: [ForeignOperand?], _ index: Int, _ what: String
  ) throws(ImportReason) -> ForeignTensor {
    guard let tensor = try constant(operands, index, what) else {
      throw .missingOperand(what: what)
    }
    guard let values = tensor.reals else {
      throw .mismatch(what: what, expected: "float32", found: "integers")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw .mismatch(what: what, expected: "finite numbers", found: "infinity or NaN")
    }
    return tensor
  }

  /// Integers of a constant operand; nil when it is left out.
  func list(
    _ operands: [ForeignOperand?], _ index: Int, _ what: String
  ) throws(ImportReason) -> [Int]? {
    guard let tensor = try constant(operands, index, what) else { return nil }
    guard let values = tensor.integers else {
      throw .mismatch(what: what, expected: "integers", found: "floats")
    }
    return values
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ImportReason) -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(positive) else {
      throw .attribute(name: "axis", expected: "\(-rank) to \(rank - 1)", found: "\(axis)")
    }
    return positive
  }
}
