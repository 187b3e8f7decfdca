import RouseIR
import RouseNumerics

/// One node with its operands: the operators are methods of it.
struct ONNXStep {
  typealias Value = ONNXInterpreter.Value

  let index: Int
  let node: ONNXModel.Node
  let inputs: [Value?]
  /// Operand 1 less its zero point in double, when it is constant weights; nil to convert it.
  var weights: [Double]?

  func run() throws(FormatError) -> [Value] {
    let results: [Value] =
      switch node.opType {
      case "Conv": [try conv()]
      case "ConvInteger": [try convInteger()]
      case "Gemm": [try gemm()]
      case "MatMul": [try matMul()]
      case "MatMulInteger": [try matMulInteger()]
      case "AveragePool": [try averagePool()]
      case "MaxPool": [try maxPool()]
      case "ReduceMean": [try reduceMean()]
      case "Softmax": [try softmax()]
      case "Relu": [try relu()]
      case "Clip": [try clip()]
      case "Sigmoid": [try sigmoid()]
      case "Add", "Sub", "Mul", "Div": [try arithmetic()]
      case "Abs": [try abs()]
      case "Sign": [try sign()]
      case "Cast": [try cast()]
      case "Concat": [try concat()]
      case "Slice": [try slice()]
      case "Split": try split()
      case "Gather": [try gather()]
      case "Pad": [try pad()]
      case "Reshape": [try reshape()]
      case "Squeeze": [try squeeze()]
      case "Unsqueeze": [try unsqueeze()]
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
