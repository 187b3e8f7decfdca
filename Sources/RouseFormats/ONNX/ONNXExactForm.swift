import RouseIR
import RouseNumerics

extension ONNXLowering {
  /// The name of the first operator that `exactModel` cannot say in integers; nil when it can say the whole graph.
  public static func operatorWithoutExactForm(in graph: Graph) -> String? {
    graph.nodes.first { !hasExactForm($0, in: graph) }?.op.name
  }

  private static func hasExactForm(_ node: Node, in graph: Graph) -> Bool {
    let (inputs, outputs) = (graph.inputTypes(of: node), graph.outputTypes(of: node))
    switch node.op {
    case .conv2D, .depthwiseConv2D, .fullyConnected, .add, .mul:
      return (inputs.prefix(1) + outputs).allSatisfy { $0.element == .int8 }
    case .logistic, .quantize: return true
    case .maxPool2D(let op):
      // Without an activation, which would be a Clip of int8.
      let nodes = op.onnx(inputs.map(\.shape), outputs.map(\.shape)).nodes
      return nodes.count == 1 && inputs[0].element == .int8
    case .concatenation, .stridedSlice, .splitV, .reshape, .pad, .pack, .readVariable,
      .assignVariable:
      // Bytes move, so all must mean the same.
      let types = zip(node.inputs, inputs).filter { graph[$0.0].constant == nil }.map(\.1) + outputs
      return Set(types.map { TensorType([], $0.element, $0.quantization) }).count <= 1
    case .averagePool2D, .mean, .softmax, .batchNorm, .fakeQuantize, .fakeRequantize: return false
    }
  }
}

/// The exact form: the integers of the device in standard operators.
///
/// | operator | in ONNX |
/// |---|---|
/// | weights | ConvInteger or MatMulInteger, Add of the bias in int32, then `rescale` in int64 |
/// | one operand, element by element | Gather from the 256 results of the operator's own kernel |
/// | two operands, element by element | Gather from its 65,536 results |
/// | moves elements | the same operator on integers |
///
/// Both operands of a sum of products are uint8 (zero point 128 for weights): ONNX Runtime adds pairs of
/// uint8 · int8 products in 16 saturating bits on processors that have AVX2 but no VNNI, and is wrong there by any amount
/// (`ONNXPeerTests.exactSumsDoNotSaturate`); those of uint8 · uint8 it adds in 32 bits everywhere.
extension ONNXAssembly {
  mutating func lowerExactly(
    _ fragment: ONNXFragment, _ op: any DeployableOperator, _ scope: inout Scope
  ) throws(FormatError) {
    do {
      for item in fragment.withoutActivation.nodes {
        switch item.opType {
        case "Conv", "Gemm": try weighted(item, &scope)
        case "Sigmoid": try lookUp(item, op, &scope)
        case "Identity":
          if case .quantize = scope.node.op {
            try lookUp(item, op, &scope)
          } else {
            append(item, &scope)
          }
        case "Add", "Mul": try lookUpPair(item, op, &scope)
        case "Pad": pad(item, &scope)
        default: append(item, &scope)
        }
      }
    } catch {
      throw FormatError.graph(.onnx, op: scope.node.op.name, tensor: scope.name, error)
    }
    for (id, result) in zip(scope.node.outputs, scope.results) {
      readable[id] = result
      integers[id] = result
    }
  }

  private func type(_ scope: Scope, input index: Int) -> TensorType {
    graph[scope.node.inputs[index]].type
  }

  /// PAD fills with the zero point.
  private mutating func pad(_ item: ONNXNode, _ scope: inout Scope) {
    let type = type(scope, input: 0)
    let fill = zeroPoint(scope.name, type.element, type.quantization?.zeroPoint ?? 0)
    append(
      "Pad", item.inputs.map { operand($0, scope) } + [fill], [result(item.outputs[0], &scope)],
      of: scope.name, attributes: item.attributes)
  }

  // MARK: - Sums of products

  private mutating func weighted(_ item: ONNXNode, _ scope: inout Scope) throws(GraphError) {
    let layer = try WeightedIntegers(of: scope.node, in: graph)
    let isConv = item.opType == "Conv"
    let shape = type(scope, input: 1).shape
    let order: [Int] =
      if case .permutedInput(_, let order) = item.inputs[1] { order } else { [1, 0] }
    let weights = constant(
      Arrangement(value: scope.node.inputs[1], permutation: order, isUnsigned: true))
    precondition(shape.rank == order.count)
    let zeros = [layer.inputZeroPoint, layer.weightZeroPoint].map { zero in
      initializer("\(scope.name).zero_point", shape: [], .uint8([UInt8(zero + 128)]))
    }
    let x = unsigned(operand(item.inputs[0], scope), scope)
    var sum = unique("\(scope.name).sum")
    var attributes = item.attributes
    if !isConv { attributes = [:] }
    append(
      isConv ? "ConvInteger" : "MatMulInteger", [x, weights] + zeros, [sum], of: scope.name,
      attributes: attributes)
    // One number for each channel, which is axis 1 of an image and the last axis of a matrix.
    let channels: Shape = isConv ? [1, layer.bias.count, 1, 1] : [1, layer.bias.count]
    if layer.bias.contains(where: { $0 != 0 }) {
      let bias = initializer("\(scope.name).bias", shape: channels, .int32(layer.bias))
      sum = step("Add", [sum, bias], scope)
    }
    rescale(sum, layer, channels, to: result(item.outputs[0], &scope), scope)
  }

  /// `x + 128` as uint8, made once for each value.
  private mutating func unsigned(_ x: String, _ scope: Scope) -> String {
    if let made = unsignedValues[x] { return made }
    let wide = step("Cast", [x], scope, ["to": .int(Int64(ONNXModel.Element.int32.rawValue))])
    let offset = initializer("\(scope.name).offset", shape: [], .int32([128]))
    let moved = step("Add", [wide, offset], scope)
    let result = step(
      "Cast", [moved], scope, ["to": .int(Int64(ONNXModel.Element.uint8.rawValue))])
    unsignedValues[x] = result
    return result
  }

  /// `y = clamp(multiplier · sum + zero point)` with both roundings of `FixedPointMultiplier.apply`.
  ///
  /// In int64, and divisions of numbers that are not negative only, so that the direction in which a runtime rounds
  /// quotients plays no part:
  /// - `(sum · 2^left · m + 2^30) >> 31` is `(… + 2^30 + 2^62) / 2^31 − 2^31`: the product lies in `±2^62`.
  /// - half away from zero is `sign(v) · ((|v| + 2^(right − 1)) / 2^right)`.
  private mutating func rescale(
    _ sum: String, _ layer: WeightedIntegers, _ channels: Shape, to result: String, _ scope: Scope
  ) {
    let multipliers = layer.multipliers
    func perChannel(_ value: (FixedPointMultiplier) -> Int64) -> (Shape, [Int64]) {
      let values = multipliers.map(value)
      return Set(values).count == 1 ? ([], [values[0]]) : (channels, values)
    }
    var sum = sum
    if multipliers.contains(where: { $0.shift > 0 }) {
      // Wraps in int32, as on the device.
      let (shape, values) = perChannel { 1 << Int64(max($0.shift, 0)) }
      let factor = initializer(
        "\(scope.name).left", shape: shape, .int32(values.map { Int32(truncatingIfNeeded: $0) }))
      sum = step("Mul", [sum, factor], scope)
    }
    var value = step("Cast", [sum], scope, ["to": .int(Int64(ONNXModel.Element.int64.rawValue))])
    func apply(_ opType: String, _ name: String, _ shape: Shape, _ values: [Int64]) {
      let constant = initializer("\(scope.name).\(name)", shape: shape, .int64(values))
      value = step(opType, [value, constant], scope)
    }
    let (shape, mantissas) = perChannel { Int64($0.multiplier) }
    apply("Mul", "multiplier", shape, mantissas)
    apply("Add", "half", [], [1 << 62 + 1 << 30])
    apply("Div", "unit", [], [1 << 31])
    apply("Sub", "unit", [], [1 << 31])
    if multipliers.contains(where: { $0.shift < 0 }) {
      let sign = step("Sign", [value], scope)
      value = step("Abs", [value], scope)
      let (shape, divisors) = perChannel { 1 << Int64(max(-$0.shift, 0)) }
      apply("Add", "half", shape, divisors.map { $0 / 2 })
      apply("Div", "divisor", shape, divisors)
      value = step("Mul", [value, sign], scope)
    }
    apply("Add", "zero_point", [], [Int64(layer.zeroPoint)])
    let bounds = [layer.range.lowerBound, layer.range.upperBound].map { bound in
      initializer("\(scope.name).bound", shape: [], .int64([Int64(bound)]))
    }
    value = step("Clip", [value] + bounds, scope)
    append(
      "Cast", [value], [result], of: scope.name,
      attributes: ["to": .int(Int64(ONNXModel.Element.int8.rawValue))])
  }

  // MARK: - Tables

  private mutating func lookUp(
    _ item: ONNXNode, _ op: any DeployableOperator, _ scope: inout Scope
  ) throws(GraphError) {
    let x = type(scope, input: 0)
    let index = self.index(operand(item.inputs[0], scope), of: x, 1, scope)
    try gather([Self.codes(x)], index, op, item, &scope)
  }

  private mutating func lookUpPair(
    _ item: ONNXNode, _ op: any DeployableOperator, _ scope: inout Scope
  ) throws(GraphError) {
    let (a, b) = (type(scope, input: 0), type(scope, input: 1))
    let first = self.index(operand(item.inputs[0], scope), of: a, 256, scope)
    let second = self.index(operand(item.inputs[1], scope), of: b, 1, scope)
    let index = step("Add", [first, second], scope)
    let high = Self.codes(a).flatMap { [Int8](repeating: $0, count: 256) }
    let low = [[Int8]](repeating: Self.codes(b), count: 256).flatMap { $0 }
    try gather([high, low], index, op, item, &scope)
  }

  /// All codes of an 8-bit type from the lowest, as bit patterns.
  private static func codes(_ type: TensorType) -> [Int8] {
    let first = type.element == .uint8 ? 0 : -128
    return (first..<first + 256).map { Int8(truncatingIfNeeded: $0) }
  }

  /// `(x − lowest code) · stride` in int32.
  private mutating func index(
    _ x: String, of type: TensorType, _ stride: Int32, _ scope: Scope
  ) -> String {
    var index = step("Cast", [x], scope, ["to": .int(Int64(ONNXModel.Element.int32.rawValue))])
    if type.element == .int8 {
      let offset = initializer("\(scope.name).offset", shape: [], .int32([128]))
      index = step("Add", [index, offset], scope)
    }
    guard stride != 1 else { return index }
    let factor = initializer("\(scope.name).stride", shape: [], .int32([stride]))
    return step("Mul", [index, factor], scope)
  }

  /// Looks the results up that the operator's kernel gives for `codes`, int8 codes of each operand.
  private mutating func gather(
    _ codes: [[Int8]], _ index: String, _ op: any DeployableOperator, _ item: ONNXNode,
    _ scope: inout Scope
  ) throws(GraphError) {
    let table = try op.results(
      for: codes, graph.inputTypes(of: scope.node), graph.outputTypes(of: scope.node)[0])
    let isUnsigned = graph[scope.node.outputs[0]].type.element == .uint8
    let name = initializer(
      "\(scope.name).table", shape: [table.count],
      isUnsigned ? .uint8(table.map { UInt8(bitPattern: $0) }) : .int8(table))
    append("Gather", [name, index], [result(item.outputs[0], &scope)], of: scope.name)
  }

  // MARK: - Nodes

  /// A node with one result, which is named after the node.
  private mutating func step(
    _ opType: String, _ inputs: [String], _ scope: Scope,
    _ attributes: [String: ONNXAttribute] = [:]
  ) -> String {
    let result = unique("\(scope.name).\(opType.lowercased())")
    append(opType, inputs, [result], of: scope.name, attributes: attributes)
    return result
  }
}

extension DeployableOperator {
  /// What the operator's kernel makes of `codes`, one result for each element; uint8 as bit patterns.
  fileprivate func results(
    for codes: [[Int8]], _ inputs: [TensorType], _ output: TensorType
  ) throws(GraphError) -> [Int8] {
    let shape: Shape = [1, codes[0].count]
    func reshaped(_ type: TensorType) -> TensorType {
      TensorType(shape, type.element, type.quantization)
    }
    let count = codes[0].count
    let kernel = try int8Kernel(
      Int8Node(
        name: Self.name, inputTypes: inputs.map(reshaped),
        inputs: codes.indices.map { .arena(offset: $0 * count) }, outputTypes: [reshaped(output)],
        outputs: [codes.count * count], variables: []))
    var memory = Int8Memory(arenaBytes: (codes.count + 1) * count, stateBytes: 0)
    for (index, operand) in codes.enumerated() {
      for (place, code) in operand.enumerated() { memory.arena[index * count + place] = code }
    }
    kernel.run(&memory)
    return Array(memory.arena.suffix(count))
  }
}

extension ONNXFragment {
  /// Without the Relu or Clip at the end, whose bounds the integers already keep.
  fileprivate var withoutActivation: ONNXFragment {
    guard let last = nodes.last, ["Relu", "Clip"].contains(last.opType),
      let inner = last.inputs.first
    else { return self }
    var kept = nodes.dropLast().filter { $0.opType != "Constant" }
    for index in kept.indices where kept[index].outputs == [inner] {
      kept[index].outputs = last.outputs
    }
    return ONNXFragment(Array(kept))
  }
}
