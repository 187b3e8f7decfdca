import RouseNumerics

/// Checks a quantized graph's types against the operators' own quantization rules.
struct QuantizationVerifier {
  private let graph: Graph

  init(_ graph: Graph) { self.graph = graph }

  func verify() throws(GraphError) {
    for id in graph.inputs { try verifyActivation("input", graph[id].name, graph[id].type) }
    for variable in graph.variables {
      try verifyActivation("variable", variable.name, variable.type)
    }
    for node in graph.nodes { try verify(node) }
  }

  private func verify(_ node: Node) throws(GraphError) {
    guard let op = node.op.deployable else { return }
    let rule = op.quantizationRule(inputCount: node.inputs.count)
    var activations: [ValueID] = []
    for (input, id) in zip(rule.inputs, node.inputs) {
      switch input {
      case .activation:
        try verifyActivation(node.op.name, graph[id].name, graph[id].type)
        activations.append(id)
      case .weightsPerTensor: try verifyWeights(node, id, axis: nil)
      case .weightsPerChannel(let axis): try verifyWeights(node, id, axis: axis)
      case .bias(let activation, let weights):
        try verifyBias(node, id, node.inputs[activation], node.inputs[weights])
      }
    }
    try verifyBiasIsPresent(node, rule)
    for id in node.outputs {
      try verifyActivation(node.op.name, graph[id].name, graph[id].type)
    }
    try verifyResult(node, rule, activations)
  }

  // MARK: - Activations

  private func verifyActivation(
    _ op: String, _ name: String, _ type: TensorType
  ) throws(GraphError) {
    let range: ClosedRange<Int32>
    switch type.element {
    case .int8: range = -128...127
    case .uint8: range = 0...255
    case .int32, .float32:
      throw .unsupportedType(
        op: op, input: name, expected: "int8 or uint8", found: type.element.rawValue)
    }
    guard let quantization = type.quantization, quantization.axis == nil,
      quantization.scales.count == 1
    else {
      throw .unsupportedType(op: op, input: name, expected: "one scale", found: "\(type.element)")
    }
    try verifyScales(op, name, quantization)
    guard range.contains(quantization.zeroPoint) else {
      throw .unsupportedType(
        op: op, input: name, expected: "a zero point in \(range)",
        found: "\(quantization.zeroPoint)")
    }
  }

  private func verifyScales(
    _ op: String, _ name: String, _ quantization: Quantization
  ) throws(GraphError) {
    for scale in quantization.scales where !(scale.isFinite && scale > 0) {
      throw .unsupportedType(op: op, input: name, expected: "positive scales", found: "\(scale)")
    }
  }

  private func verifyResult(
    _ node: Node, _ rule: QuantizationRule, _ activations: [ValueID]
  ) throws(GraphError) {
    switch rule.result {
    case .calibrated: break
    case .fixed(let quantization, let element):
      // QUANTIZE goes between any two 8-bit types; its rule only says which one the quantizer chooses.
      if case .quantize = node.op { return }
      for id in node.outputs {
        try same(node, graph[id].name, TensorType(graph[id].type.shape, element, quantization), id)
      }
    case .sameAsInputs:
      var model = activations.first.map { graph[$0].type }
      if case .readVariable(let op) = node.op { model = graph[op.variable].type }
      if case .assignVariable(let op) = node.op { model = graph[op.variable].type }
      guard let model else { return }
      for id in activations + node.outputs { try same(node, graph[id].name, model, id) }
    }
  }

  /// The value has the element type and the quantization of `model`.
  private func same(
    _ node: Node, _ name: String, _ model: TensorType, _ id: ValueID
  ) throws(GraphError) {
    let type = graph[id].type
    guard type.element == model.element, type.quantization == model.quantization else {
      throw .mismatch(
        op: node.op.name, what: "quantization of \(name)", expected: text(model), found: text(type))
    }
  }

  private func text(_ type: TensorType) -> String {
    guard let quantization = type.quantization, let scale = quantization.scales.first else {
      return type.element.rawValue
    }
    return "\(type.element) scale \(scale) zero point \(quantization.zeroPoint)"
  }

  // MARK: - Constants

  /// Weights are symmetric int8; where one scale per channel is allowed, one for all is, too (TFLite Micro's
  /// convolutions accept both).
  private func verifyWeights(_ node: Node, _ id: ValueID, axis: Int?) throws(GraphError) {
    let (name, type) = (graph[id].name, graph[id].type)
    guard type.element == .int8, case .int8? = graph[id].constant else {
      throw .unsupportedType(
        op: node.op.name, input: name, expected: "an int8 constant", found: type.element.rawValue)
    }
    guard let quantization = type.quantization, quantization.zeroPoint == 0 else {
      throw .unsupportedType(
        op: node.op.name, input: name, expected: "symmetric quantization",
        found: type.quantization.map { "zero point \($0.zeroPoint)" } ?? "none")
    }
    try verifyScales(node.op.name, name, quantization)
    let isPerChannel =
      axis.map { axis in
        quantization.axis == axis && quantization.scales.count == type.shape[axis]
      } ?? false
    guard isPerChannel || (quantization.axis == nil && quantization.scales.count == 1) else {
      let along = quantization.axis.map { " along axis \($0)" } ?? ""
      throw .mismatch(
        op: node.op.name, what: "scales of \(name)",
        expected: axis.map { "one, or one for each index of axis \($0)" } ?? "one",
        found: "\(quantization.scales.count)\(along)")
    }
  }

  /// `scale(bias)` is the product within 1e-5: writers that round the product differently agree to 1 ulp (6e-8), a
  /// wrong scale does not.
  private func verifyBias(
    _ node: Node, _ id: ValueID, _ activation: ValueID, _ weights: ValueID
  ) throws(GraphError) {
    let (name, type) = (graph[id].name, graph[id].type)
    guard type.element == .int32, case .int32? = graph[id].constant else {
      throw .unsupportedType(
        op: node.op.name, input: name, expected: "an int32 constant", found: type.element.rawValue)
    }
    // A file may leave the scales out where the kernels multiply those of input and weights themselves.
    if type.quantization == nil, graph[weights].type.quantization?.axis != nil { return }
    guard let quantization = type.quantization, quantization.zeroPoint == 0,
      let scale = graph[activation].type.quantization?.scales.first,
      let weightScales = graph[weights].type.quantization?.scales,
      quantization.scales.count == weightScales.count
    else {
      throw .unsupportedType(
        op: node.op.name, input: name, expected: "a scale for each scale of the weights",
        found: "\(type.quantization?.scales.count ?? 0)")
    }
    for (found, weight) in zip(quantization.scales, weightScales) {
      let expected = Double(scale) * Double(weight)
      guard abs(Double(found) - expected) <= expected * 1e-5 else {
        throw .mismatch(
          op: node.op.name, what: "scale of \(name)", expected: "\(Float(expected))",
          found: "\(found)")
      }
    }
  }

  /// An operator with weights always has a bias: the kernels that ESPHome pins abort without one.
  private func verifyBiasIsPresent(_ node: Node, _ rule: QuantizationRule) throws(GraphError) {
    var hasWeights = false
    var hasBias = false
    for input in rule.inputs {
      switch input {
      case .activation: break
      case .weightsPerTensor, .weightsPerChannel: hasWeights = true
      case .bias: hasBias = true
      }
    }
    guard hasBias || !hasWeights else {
      throw .wrongInputCount(op: node.op.name, expected: 3, found: node.inputs.count)
    }
  }
}
