import RouseNumerics

/// The current content of a graph variable. No inputs, one result.
public struct ReadVariable: DeployableOperator {
  public static let name = "read_variable"
  public var variable: VariableID

  public init(variable: VariableID) {
    self.variable = variable
  }

  public var attributes: [(key: String, value: String)] { [("variable", "\(variable.index)")] }
  public init(attributes: AttributeReader) throws(GraphError) {
    variable = VariableID(try attributes.int("variable"))
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(0, inputs)
    guard variables.indices.contains(variable.index) else {
      throw .unknownVariable(node: Self.name, index: variable.index)
    }
    return [variables[variable.index].type.shape]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    .timeless
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    step.outputs[0].copy(from: step.variables[variable.index])
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: outputs[0].count)
  }

  // MARK: - Quantization

  /// The variable counts as the input: the result has its type.
  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [], result: .sameAsInputs)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    guard node.variables.indices.contains(variable.index) else {
      throw .unknownVariable(node: node.name, index: variable.index)
    }
    let (offset, type) = node.variables[variable.index]
    try Self.requireElement(node.outputTypes[0], "result", .int8, .uint8)
    try Self.requireEqual("bytes", expected: type.bytes, found: node.outputTypes[0].bytes)
    return Int8CopyKernel([
      Int8CopyKernel.Step(
        from: .state(offset: offset), to: .arena(offset: node.outputs[0]),
        StridedMove(source: 0, target: 0, length: type.bytes))
    ])
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(.readVariable, version: 1, operands: [.variable(variable)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(1, tflite)
    guard let variable = tflite.variable else {
      throw .mismatch(
        op: Self.name, what: "operand 0", expected: "a variable", found: "another tensor")
    }
    self.variable = variable
  }

  // MARK: - ONNX

  /// - Precondition: never asked for. ONNX holds whole-window graphs; those have no variables.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    preconditionFailure("\(Self.name): a whole-window graph has no variables")
  }
}
