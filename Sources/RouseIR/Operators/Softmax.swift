import Glibc
import RouseNumerics

/// `y_i = exp(beta · x_i) / Σ_j exp(beta · x_j)` along the last axis.
public struct Softmax: DeployableOperator {
  public static let name = "softmax"
  public var beta: Float

  public init(beta: Float = 1) {
    self.beta = beta
  }

  public var attributes: [(key: String, value: String)] { [("beta", "\(beta)")] }
  public init(attributes: AttributeReader) throws(GraphError) {
    beta = try attributes.float("beta")
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    guard inputs[0].rank >= 1 else {
      throw .wrongRank(op: Self.name, input: "x", expected: 1, found: inputs[0])
    }
    return inputs
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    inputs[0].rank > 2 ? .sameRow : .timeless
  }

  // MARK: - Float

  /// Exponents are taken of the distance to the largest, so nothing overflows.
  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let length = x.shape[x.shape.rank - 1]
    let perRow = x.shape.rank == 1 ? 1 : x.shape.rowCount / length
    step.shards.forEach({ shard, rows in
      guard x.shape.rank > 1 || shard == 0 else { return }
      let rows = x.shape.rank == 1 ? 0..<1 : rows
      for row in rows.lowerBound * perRow..<rows.upperBound * perRow {
        let elements = row * length..<(row + 1) * length
        let largest = elements.reduce(-Float.infinity) { max($0, x[$1]) }
        var sum: Float = 0
        for index in elements {
          y[index] = exp((x[index] - largest) * beta)
          sum += y[index]
        }
        for index in elements { y[index] /= sum }
      }
    })
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }

  // MARK: - Quantization

  /// All of `[0, 1)` in steps of 1/256: TFLite Micro accepts no other.
  public static let resultQuantization = Quantization(scale: 1 / 256, zeroPoint: -128)

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .fixed(Self.resultQuantization, .int8))
  }

  // MARK: - Int8

  /// - Throws: what TFLite Micro refuses: types other than int8, another scale of the result than 1/256 or zero point than
  ///   −128, and a `scale · beta` or a length of the last axis that it aborts at.
  /// - Source: TFLite Micro `SoftmaxPrepare`, `CalculateSoftmaxParams`.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let shape = node.inputTypes[0].shape
    try checkResult(op: Self.name, node, try outputShapes([shape], []))
    let x = try Self.requireInt8(node.inputTypes[0], "x")
    let y = try Self.requireInt8(node.outputTypes[0], "result")
    try Self.requireEqual("zero point of the result", expected: -128, found: y.zeroPoint)
    try Self.requireEqual("scale of the result", expected: 1 / 256, found: y.scale)
    let length = shape[shape.rank - 1]
    guard length <= FixedPointSoftmax.longestRow else {
      throw .mismatch(
        op: Self.name, what: "length of the last axis",
        expected: "at most \(FixedPointSoftmax.longestRow)", found: "\(length)")
    }
    guard let softmax = FixedPointSoftmax(scale: x.scale, beta: beta) else {
      throw .unsupportedType(
        op: Self.name, input: "x", expected: "a scale above 2^-26 / beta \(beta)",
        found: "\(x.scale)")
    }
    return Int8SoftmaxKernel(
      source: Int8Operand(node.inputs[0]), target: node.outputs[0], rows: shape.count / length,
      length: length, softmax: softmax)
  }

  // MARK: - TFLite

  /// - Source: TensorFlow Lite `tools/versioning/op_version.cc`: 2 is the first version with int8.
  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .softmax, version: inputs[0].element == .float32 ? 1 : 2, options: .softmax(beta: beta),
      operands: [.input(0)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(1, tflite)
    guard case .softmax(let beta) = tflite.options, beta.isFinite else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "SoftmaxOptions with a finite beta",
        found: "\(tflite.options)")
    }
    self.beta = beta
  }

  // MARK: - ONNX

  /// Softmax of opset 13 has no factor; it is multiplied before.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let rank = inputs[0].rank
    let axis = Int64(ONNXFragment.axis(rank - 1, rank: rank))
    var nodes: [ONNXNode] = []
    var source = ONNXOperand.input(0)
    if beta != 1 {
      let (factor, scaled) = (ONNXOperand.local("beta"), ONNXOperand.local("scaled"))
      nodes = [
        ONNXNode(
          "Constant", inputs: [], outputs: [factor], attributes: ["value_float": .float(beta)]),
        ONNXNode("Mul", inputs: [source, factor], outputs: [scaled]),
      ]
      source = scaled
    }
    nodes.append(
      ONNXNode(
        "Softmax", inputs: [source], outputs: [.output(0)], attributes: ["axis": .int(axis)]))
    return ONNXFragment(nodes)
  }
}

/// SOFTMAX in integers, row by row.
struct Int8SoftmaxKernel: Int8Kernel {
  let source: Int8Operand
  let target: Int
  let rows: Int
  let length: Int
  let softmax: FixedPointSoftmax

  func run(_ memory: inout Int8Memory) {
    for row in 0..<rows {
      let elements = row &* length..<(row &+ 1) &* length
      var largest: Int8 = -128
      for index in elements { largest = max(largest, source.value(index, memory.arena)) }
      var sum: Int32 = 0
      for index in elements {
        sum &+= softmax.terms[distance(index, below: largest, memory.arena)]
      }
      let reciprocal = FixedPointSoftmax.reciprocal(sum)
      for index in elements {
        memory.arena[target &+ index] = softmax.result(
          distance: distance(index, below: largest, memory.arena), reciprocal)
      }
    }
  }

  /// 0...255, whatever a broken plan has written over the input.
  @inline(__always)
  private func distance(_ index: Int, below largest: Int8, _ arena: [Int8]) -> Int {
    Int(UInt8(truncatingIfNeeded: Int(largest) - Int(source.value(index, arena))))
  }
}
