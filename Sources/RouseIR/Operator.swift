import RouseNumerics

/// Everything Rouse knows of one operator. One conforming type is one file in `Operators/`, sections in pipeline
/// order. A stage has no default implementation: a missing one is a compile error in the operator's file.
public protocol Operator: Hashable, Sendable {
  /// The one name of the operator: text IR, errors, file names.
  static var name: String { get }

  /// Attributes as text, in a fixed order, for `GraphText`: `stride=3x1 padding=valid`. Empty when there are none.
  var attributes: [(key: String, value: String)] { get }
  /// The inverse of `attributes`.
  init(attributes: AttributeReader) throws(GraphError)

  // MARK: Shape

  /// Result shapes from input shapes. `variables` are those of the graph.
  func outputShapes(_ inputs: [Shape], _ variables: [Variable]) throws(GraphError) -> [Shape]

  // MARK: Time

  /// How result rows (axis 1) depend on input rows; decides what a streaming graph remembers.
  func timeDependence(_ inputs: [Shape], _ outputs: [Shape]) throws(GraphError) -> TimeDependence

  // MARK: Float

  /// Writes `step.outputs` for the batch rows of the step; float32 throughout.
  func forward(_ step: ForwardStep)

  // MARK: Cost

  func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost
}

/// What a plan runs over a batch, forward and backward.
public protocol BatchOperator: Sendable {
  func forward(_ step: ForwardStep)

  /// Adds nothing, overwrites `step.inputGradients` that are present; parameter gradients are summed over the batch.
  func backward(_ step: BackwardStep)

  /// Floats of scratch that forward and backward of one node need for a batch; zeroed once, kept between steps.
  func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int
}

/// An operator that training may use.
public protocol TrainableOperator: Operator, BatchOperator {}

/// An operator that a firmware can run.
public protocol DeployableOperator: Operator {
  // MARK: Quantization
  func quantizationRule(inputCount: Int) -> QuantizationRule

  // MARK: Int8
  /// The integer meaning with all multipliers computed, as TFLite Micro's Prepare does; throws what it would refuse.
  func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel

  // MARK: TFLite
  func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment
  /// The inverse of `tflite`: the operator that an int8 TFLite operator stands for.
  init(tflite: TFLiteSource) throws(GraphError)

  // MARK: ONNX
  func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment
}

/// What a decoder knows when it turns a TFLite operator back into an IR operator.
public struct TFLiteSource: Sendable {
  public var options: TFLiteOptions
  /// Types of all operands in the order of the file.
  public var operandTypes: [TensorType]
  /// Constant operands; nil for activations.
  public var operandConstants: [TensorData?]
  /// For READ_VARIABLE and ASSIGN_VARIABLE.
  public var variable: VariableID?
  public var resultTypes: [TensorType]

  public init(
    options: TFLiteOptions, operandTypes: [TensorType], operandConstants: [TensorData?],
    variable: VariableID?, resultTypes: [TensorType]
  ) {
    self.options = options
    self.operandTypes = operandTypes
    self.operandConstants = operandConstants
    self.variable = variable
    self.resultTypes = resultTypes
  }
}
