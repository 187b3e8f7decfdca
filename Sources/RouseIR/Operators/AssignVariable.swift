import RouseNumerics

/// Replaces the content of a graph variable. One input, no result.
public struct AssignVariable: DeployableOperator {
  public static let name = "assign_variable"
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
    try Self.requireInputs(1, inputs)
    guard variables.indices.contains(variable.index) else {
      throw .unknownVariable(node: Self.name, index: variable.index)
    }
    try Self.requireEqual(
      "shape", expected: variables[variable.index].type.shape, found: inputs[0])
    return []
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    .timeless
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    step.variables[variable.index].copy(from: step.inputs[0])
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: inputs[0].count)
  }

  // MARK: - Quantization

  /// There is no result; the variable takes the type of the input.
  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    guard node.variables.indices.contains(variable.index) else {
      throw .unknownVariable(node: node.name, index: variable.index)
    }
    let (offset, type) = node.variables[variable.index]
    try Self.requireElement(node.inputTypes[0], "input", .int8, .uint8)
    try Self.requireEqual("bytes", expected: type.bytes, found: node.inputTypes[0].bytes)
    return Int8CopyKernel([
      Int8CopyKernel.Step(
        from: .init(node.inputs[0]), to: .state(offset: offset),
        StridedMove(source: 0, target: 0, length: type.bytes))
    ])
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(.assignVariable, version: 1, operands: [.variable(variable), .input(0)])
  }

  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(2, tflite)
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
