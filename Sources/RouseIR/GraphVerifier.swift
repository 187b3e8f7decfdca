import RouseNumerics

/// Checks that a graph is well formed and holds what its phase allows; runs after every pass and after every reader.
public enum GraphVerifier {
  /// Where a graph stands on its way to the device.
  public enum Phase: String, Hashable, Sendable, CaseIterable {
    /// float32, whole window, operators that have a gradient.
    case training
    /// float32, whole window, operators that a firmware has: no batch normalization.
    case deployable
    /// The same, one step at a time with variables.
    case streaming
    /// int8 throughout, as Rouse itself emits it: what any kernel library of a firmware runs alike.
    case quantized
    /// int8 as TFLite Micro would run it: wider than `quantized`, for models that others have made.
    case executable

    /// True for networks that training makes: axis 0 is the batch.
    var isFloat: Bool {
      switch self {
      case .training, .deployable, .streaming: true
      case .quantized, .executable: false
      }
    }
  }

  /// In an executable graph the operators' own rules are not checked here: `DeployableOperator.int8Kernel` throws what
  /// TFLite Micro refuses when `Interpreter` asks for it.
  ///
  /// - Throws: the first thing that is wrong, in the order names, definitions, nodes, variables, outputs, types.
  public static func verify(_ graph: Graph, phase: Phase) throws(GraphError) {
    try verifyStructure(graph)
    for node in graph.nodes {
      try verifyPhase(node, graph, phase)
      if phase.isFloat { try verifyBatch(node, graph) }
    }
    switch phase {
    case .training, .deployable, .streaming: try verifyFloat(graph)
    case .quantized: try QuantizationVerifier(graph).verify()
    case .executable: try verifyIntegers(graph)
    }
  }

  /// What holds in every phase: names, definitions, shapes, variables, outputs.
  public static func verifyStructure(_ graph: Graph) throws(GraphError) {
    try verifyNames(graph)
    try verifyDefinitions(graph)
    for value in graph.values { try verifyConstant(value) }
    for node in graph.nodes { try verifyShapes(node, graph) }
    try verifyVariables(graph)
    guard !graph.outputs.isEmpty else { throw .missingOutput }
  }

  // MARK: - Structure

  private static func verifyNames(_ graph: Graph) throws(GraphError) {
    var names: Set<String> = []
    for value in graph.values where !names.insert(value.name).inserted {
      throw .duplicateName(value.name)
    }
    names = []
    for variable in graph.variables where !names.insert(variable.name).inserted {
      throw .duplicateName(variable.name)
    }
  }

  /// Each value is an input, a constant or the result of one node, and stands before its readers.
  private static func verifyDefinitions(_ graph: Graph) throws(GraphError) {
    var isDefined = graph.values.map { $0.constant != nil }
    func define(_ id: ValueID, _ user: String) throws(GraphError) {
      guard isDefined.indices.contains(id.index) else {
        throw .useBeforeDefinition(value: "#\(id.index)", node: user)
      }
      guard !isDefined[id.index] else { throw .definedTwice(value: graph[id].name) }
      isDefined[id.index] = true
    }
    func use(_ id: ValueID, _ user: String) throws(GraphError) {
      guard isDefined.indices.contains(id.index) else {
        throw .useBeforeDefinition(value: "#\(id.index)", node: user)
      }
      guard isDefined[id.index] else {
        throw .useBeforeDefinition(value: graph[id].name, node: user)
      }
    }
    for id in graph.inputs { try define(id, "input") }
    for node in graph.nodes {
      for id in node.inputs { try use(id, graph.name(of: node)) }
      for id in node.outputs { try define(id, graph.name(of: node)) }
    }
    for id in graph.outputs { try use(id, "output") }
  }

  private static func verifyConstant(_ value: Value) throws(GraphError) {
    guard value.type.shape.checkedCount() != nil else {
      throw .mismatch(
        op: "value", what: value.name, expected: "positive dimensions, at most 2^31 - 1 elements",
        found: "\(value.type.shape)")
    }
    if let data = value.constant {
      try verifyElements("constant", value.name, data, value.type)
    }
  }

  private static func verifyElements(
    _ kind: String, _ name: String, _ data: TensorData, _ type: TensorType
  ) throws(GraphError) {
    guard data.element == type.element else {
      throw .unsupportedType(
        op: kind, input: name, expected: type.element.rawValue, found: data.element.rawValue)
    }
    guard data.count == type.shape.count else {
      throw .mismatch(
        op: kind, what: name, expected: "\(type.shape.count) elements", found: "\(data.count)")
    }
  }

  private static func verifyShapes(_ node: Node, _ graph: Graph) throws(GraphError) {
    let shapes = try node.op.definition.outputShapes(
      graph.inputTypes(of: node).map(\.shape), graph.variables)
    guard shapes.count == node.outputs.count else {
      throw .mismatch(
        op: node.op.name, what: "number of results", expected: "\(shapes.count)",
        found: "\(node.outputs.count)")
    }
    for (shape, id) in zip(shapes, node.outputs) where shape != graph[id].type.shape {
      throw .inferredShapeDiffers(
        value: graph[id].name, expected: shape, found: graph[id].type.shape)
    }
  }

  /// A variable that is read but never assigned has no memory in TFLite Micro: ASSIGN_VARIABLE allocates it. An initial
  /// value is assigned by the subgraph that CALL_ONCE runs.
  private static func verifyVariables(_ graph: Graph) throws(GraphError) {
    var isAssigned = graph.variables.map { $0.initial != nil }
    for node in graph.nodes {
      if case .assignVariable(let op) = node.op { isAssigned[op.variable.index] = true }
    }
    for node in graph.nodes {
      if case .readVariable(let op) = node.op, !isAssigned[op.variable.index] {
        throw .variableNeverAssigned(graph[op.variable].name)
      }
    }
    for variable in graph.variables where variable.type.shape.checkedCount() == nil {
      throw .mismatch(
        op: "variable", what: variable.name,
        expected: "positive dimensions, at most 2^31 - 1 elements", found: "\(variable.type.shape)")
    }
    for variable in graph.variables {
      guard let initial = variable.initial else { continue }
      try verifyElements("variable", variable.name, initial, variable.type)
    }
  }

  // MARK: - Phase

  private static func verifyPhase(
    _ node: Node, _ graph: Graph, _ phase: Phase
  ) throws(GraphError) {
    var isAllowed: Bool
    var removedBy: String?
    switch node.op {
    case .batchNorm:
      isAllowed = phase == .training
      removedBy = "fold-batch-norm"
    case .fakeQuantize, .fakeRequantize:
      isAllowed = phase == .training
      removedBy = "simulate-quantization"
    case .readVariable, .assignVariable: isAllowed = phase == .streaming || !phase.isFloat
    case .quantize: isAllowed = phase != .training
    case .conv2D, .depthwiseConv2D, .fullyConnected, .logistic, .concatenation, .stridedSlice,
      .splitV, .reshape, .add, .mul, .averagePool2D, .maxPool2D, .mean, .pad, .pack, .softmax:
      isAllowed = true
    }
    isAllowed =
      isAllowed && (phase == .training ? node.op.trainable != nil : node.op.deployable != nil)
    guard isAllowed else {
      throw .operatorNotAllowed(
        op: node.op.name, node: graph.name(of: node), phase: phase.rawValue, removedBy: removedBy)
    }
  }

  /// Where networks train, axis 0 is the batch: no operator mixes its rows.
  private static func verifyBatch(_ node: Node, _ graph: Graph) throws(GraphError) {
    guard node.op.keepsBatch(graph.inputTypes(of: node).map(\.shape)) else {
      throw .mismatch(
        op: node.op.name, what: "use of axis 0, the batch", expected: "none in a float network",
        found: "one in \(graph.name(of: node))")
    }
  }

  // MARK: - Types

  private static func verifyFloat(_ graph: Graph) throws(GraphError) {
    for value in graph.values { try verifyFloat("value", value.name, value.type) }
    for variable in graph.variables { try verifyFloat("variable", variable.name, variable.type) }
  }

  private static func verifyFloat(
    _ kind: String, _ name: String, _ type: TensorType
  ) throws(GraphError) {
    guard type.element == .float32, type.quantization == nil else {
      throw .unsupportedType(
        op: kind, input: name, expected: "float32",
        found: type.element == .float32 ? "quantized float32" : type.element.rawValue)
    }
  }

  /// Everything that is computed is an integer; a quantization has positive scales, and one scale a zero point that the
  /// element can hold.
  private static func verifyIntegers(_ graph: Graph) throws(GraphError) {
    let inputs = Set(graph.inputs)
    for (index, value) in graph.values.enumerated() where value.constant == nil {
      let kind = inputs.contains(ValueID(index)) ? "input" : "value"
      try verifyInteger(kind, value.name, value.type)
    }
    for variable in graph.variables {
      try verifyInteger("variable", variable.name, variable.type)
    }
  }

  private static func verifyInteger(
    _ kind: String, _ name: String, _ type: TensorType
  ) throws(GraphError) {
    let range: ClosedRange<Int32>
    switch type.element {
    case .int8: range = -128...127
    case .uint8: range = 0...255
    case .int32: range = .min ... .max
    case .float32:
      throw .unsupportedType(
        op: kind, input: name, expected: "int8, uint8 or int32", found: type.element.rawValue)
    }
    guard let quantization = type.quantization else { return }
    for scale in quantization.scales where !(scale.isFinite && scale > 0) {
      throw .unsupportedType(op: kind, input: name, expected: "positive scales", found: "\(scale)")
    }
    guard range.contains(quantization.zeroPoint) else {
      throw .unsupportedType(
        op: kind, input: name, expected: "a zero point in \(range)",
        found: "\(quantization.zeroPoint)")
    }
  }
}

extension Graph {
  /// The name of a node in errors: its first result, or operator and input where there is none.
  public func name(of node: Node) -> String {
    if let id = node.outputs.first, values.indices.contains(id.index) { return self[id].name }
    guard let id = node.inputs.first, values.indices.contains(id.index) else { return node.op.name }
    return "\(node.op.name)(\(self[id].name))"
  }
}
