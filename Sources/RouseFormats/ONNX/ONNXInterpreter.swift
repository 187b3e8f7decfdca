import RouseIR
import RouseNumerics

/// Runs a decoded ONNX model by the operators' definitions in the ONNX specification (opset 17).
///
/// A second opinion on the float and QDQ models: plain loops over the decoded bytes that share nothing with the
/// operators' own kernels. Sums are double and rounded to float32 once.
///
/// Sources: ONNX operator documentation (`Operators.md`), one function for each operator in the files beside this one.
public struct ONNXInterpreter: Sendable {
  /// A tensor while the model runs.
  public struct Value: Hashable, Sendable {
    public var shape: Shape
    public var data: ONNXData

    /// - Precondition: `data` fills `shape`.
    public init(shape: Shape, data: ONNXData) {
      precondition(data.count == shape.count, "data does not fill its shape")
      self.shape = shape
      self.data = data
    }
  }

  /// Most elements of one result, extents of 0 taken as 1. A file with absurd pads or repeated concatenations stops
  /// here; the largest result of a wake-word model has some ten thousand.
  static let maximumElements = 1 << 24

  public let model: ONNXModel
  private let constants: [String: Value]

  /// - Throws: `FormatError.tensorRule` when a name is made twice or read before it is made.
  public init(_ model: ONNXModel) throws(FormatError) {
    self.model = model
    var constants: [String: Value] = [:]
    var made: Set<String> = []
    for tensor in model.initializers {
      try Self.make(tensor.name, &made)
      constants[tensor.name] = Value(shape: tensor.shape, data: tensor.data)
    }
    for port in model.inputs { try Self.make(port.name, &made) }
    for node in model.nodes {
      for name in node.inputs where !name.isEmpty { try Self.check(name, made) }
      for name in node.outputs where !name.isEmpty { try Self.make(name, &made) }
    }
    for port in model.outputs { try Self.check(port.name, made) }
    self.constants = constants
  }

  /// The model's outputs, in order, for its inputs, in order.
  ///
  /// - Throws: `FormatError.unknownOperator`, or `operatorRule` for operands that break an operator's definition.
  public func run(_ inputs: [Value]) throws(FormatError) -> [Value] {
    precondition(inputs.count == model.inputs.count, "one value for each input of the model")
    var values = constants
    for (port, value) in zip(model.inputs, inputs) {
      guard value.shape == port.shape, value.data.element == port.element else {
        throw .tensorRule(
          .onnx, tensor: port.name, rule: "\(port.element) \(port.shape)",
          found: "\(value.data.element) \(value.shape)")
      }
      values[port.name] = value
    }
    for (index, node) in model.nodes.enumerated() {
      let results = try ONNXStep(index: index, node: node, inputs: node.inputs.map { values[$0] })
        .run()
      for (name, result) in zip(node.outputs, results) { values[name] = result }
    }
    return model.outputs.compactMap { values[$0.name] }
  }

  /// One float in, one float out: the score of a window.
  public func score(window: [Float]) throws(FormatError) -> Float {
    guard let port = model.inputs.first, model.inputs.count == 1, port.shape.count == window.count
    else {
      throw .modelRule(
        .onnx, what: "inputs", rule: "one of \(window.count) elements",
        found: "\(model.inputs.map(\.shape))")
    }
    let results = try run([Value(shape: port.shape, data: .float32(window))])
    guard results.count == 1, case .float32(let scores) = results[0].data, scores.count == 1 else {
      throw .modelRule(
        .onnx, what: "outputs", rule: "one float", found: "\(model.outputs.map(\.shape))")
    }
    return scores[0]
  }

  private static func make(_ name: String, _ made: inout Set<String>) throws(FormatError) {
    guard made.insert(name).inserted else {
      throw .tensorRule(.onnx, tensor: name, rule: "a name is given once", found: "twice")
    }
  }

  private static func check(_ name: String, _ made: Set<String>) throws(FormatError) {
    guard made.contains(name) else {
      throw .tensorRule(.onnx, tensor: name, rule: "made before it is read", found: "not made")
    }
  }
}

/// One node with its operands: the operators are methods of it.
struct ONNXStep {
  typealias Value = ONNXInterpreter.Value

  let index: Int
  let node: ONNXModel.Node
  let inputs: [Value?]

  func run() throws(FormatError) -> [Value] {
    let results: [Value] =
      switch node.opType {
      case "Conv": [try conv()]
      case "Gemm": [try gemm()]
      case "Relu": [try relu()]
      case "Clip": [try clip()]
      case "Sigmoid": [try sigmoid()]
      case "Concat": [try concat()]
      case "Slice": [try slice()]
      case "Split": try split()
      case "Reshape": [try reshape()]
      case "Squeeze": [try squeeze()]
      case "Transpose": [try transpose()]
      case "Identity": [try input(0)]
      case "Constant": [try constant()]
      case "QuantizeLinear": [try quantizeLinear()]
      case "DequantizeLinear": [try dequantizeLinear()]
      default: throw .unknownOperator(.onnx, index: index, name: node.opType)
      }
    guard results.count >= node.outputs.count else {
      throw broken("\(node.outputs.count) results", "\(results.count)")
    }
    return results
  }

  // MARK: - Operands

  func optional(_ index: Int) -> Value? { inputs.indices.contains(index) ? inputs[index] : nil }

  func input(_ index: Int) throws(FormatError) -> Value {
    guard let value = optional(index) else { throw broken("an operand \(index)", "none") }
    return value
  }

  func floats(_ index: Int) throws(FormatError) -> (shape: Shape, values: [Float]) {
    let value = try input(index)
    guard case .float32(let values) = value.data else {
      throw broken("operand \(index) of float32", "\(value.data.element)")
    }
    return (value.shape, values)
  }

  /// An operand of small integers: shapes, axes, sizes. Values beyond 32 bits are clamped, which no tensor needs.
  func integers(_ index: Int) throws(FormatError) -> [Int] {
    let value = try input(index)
    guard case .int64(let values) = value.data else {
      throw broken("operand \(index) of int64", "\(value.data.element)")
    }
    return values.map { Int(Int32(clamping: $0)) }
  }

  // MARK: - Attributes

  func integer(_ name: String, default fallback: Int) throws(FormatError) -> Int {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .int(let value) = attribute else { throw broken("an int `\(name)`", "another") }
    return Int(Int32(clamping: value))
  }

  func integers(_ name: String, default fallback: [Int]) throws(FormatError) -> [Int] {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .ints(let values) = attribute else { throw broken("ints `\(name)`", "another") }
    return values.map { Int(Int32(clamping: $0)) }
  }

  func float(_ name: String, default fallback: Float) throws(FormatError) -> Float {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .float(let value) = attribute else { throw broken("a float `\(name)`", "another") }
    return value
  }

  /// `axis` counted from the start, `-1` being the last.
  func axis(_ axis: Int, rank: Int) throws(FormatError) -> Int {
    let result = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(result) else { throw broken("an axis below \(rank)", "\(axis)") }
    return result
  }

  // MARK: - Results

  func result(_ shape: Shape, _ data: ONNXData) -> Value { Value(shape: shape, data: data) }

  /// A result shape whose element count stays within bounds.
  func checked(_ dimensions: [Int]) throws(FormatError) -> Shape {
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 1))
      guard dimension >= 0, !overflow, product <= ONNXInterpreter.maximumElements else {
        throw broken("at most \(ONNXInterpreter.maximumElements) elements", "\(dimensions)")
      }
      count = product
    }
    return Shape(dimensions)
  }

  func broken(_ rule: String, _ found: String) -> FormatError {
    .operatorRule(
      .onnx, op: node.opType, tensor: node.outputs.first ?? node.name, rule: rule, found: found)
  }
}
