import RouseIR
import RouseNumerics

/// The working state of `SimulateQuantization`: the training graph so far and where each quantized value went.
struct Simulation {
  private let float: Graph
  private let quantized: Graph
  private(set) var builder: GraphBuilder
  /// Quantized activation -> its codes less the zero point.
  private var codes: [ValueID: ValueID] = [:]
  /// Quantized activation -> the real numbers behind a logistic function, which nothing rounds again.
  private var reals: [ValueID: ValueID] = [:]
  /// Quantized constant -> its codes, whole or in parts.
  private var constants: [ValueID: [ValueID]] = [:]

  /// Up to 30 bits, as many as the quantizer gives them.
  static let biasLimits: ClosedRange<Int32> = -(1 << 30)...(1 << 30)
  /// Integers up to here are exact in float32.
  private static let exactLimit = 1 << 24
  /// The largest code less its zero point.
  private static let largestActivation = 255

  static func partName(_ name: String, _ index: Int) -> String { "\(name)/part\(index)" }

  init(float: Graph, _ quantized: Graph) {
    self.float = float
    self.quantized = quantized
    builder = GraphBuilder(name: quantized.name)
  }

  mutating func run() throws(GraphError) {
    for id in quantized.inputs {
      let (name, type) = (quantized[id].name, try quantization(id))
      let input = builder.input(name, TensorType(quantized[id].type.shape))
      let op = FakeQuantize(
        scales: [Double(type.scale)], limits: -128 - type.zeroPoint...127 - type.zeroPoint)
      codes[id] = try builder.node("\(name)/codes", .fakeQuantize(op), [input])[0]
    }
    for node in quantized.nodes {
      switch node.op {
      case .conv2D, .depthwiseConv2D, .fullyConnected: try addLayer(node)
      case .reshape, .splitV, .stridedSlice, .concatenation, .pack, .pad: try addMove(node)
      // A bound of an activation is another number in codes, except 0.
      case .maxPool2D(let pool) where pool.activation == .none || pool.activation == .relu:
        try addMove(node)
      case .logistic: try addLogistic(node)
      case .quantize:
        guard let real = reals[node.inputs[0]] else { throw refused(node) }
        reals[node.outputs[0]] = real
      default: throw refused(node)
      }
    }
    for id in quantized.outputs {
      guard let output = reals[id] ?? codes[id] else {
        throw .useBeforeDefinition(value: quantized[id].name, node: "output")
      }
      builder.output(output)
    }
  }

  private func refused(_ node: Node) -> GraphError {
    .operatorNotAllowed(
      op: node.op.name, node: quantized.name(of: node), phase: SimulateQuantization.phase,
      removedBy: nil)
  }

  /// The quantization of an int8 activation.
  private func quantization(_ id: ValueID) throws(GraphError) -> Quantization {
    let type = quantized[id].type
    guard type.element == .int8, let quantization = type.quantization, quantization.axis == nil,
      quantization.scales.count == 1, quantization.scale.isFinite, quantization.scale > 0,
      (-128...127).contains(quantization.zeroPoint)
    else {
      throw .unsupportedType(
        op: "simulate-quantization", input: quantized[id].name,
        expected: "int8 with one scale and zero point", found: type.element.rawValue)
    }
    return quantization
  }

  // MARK: - Activations

  /// An operator that moves codes and computes nothing, the same on floats.
  private mutating func addMove(_ node: Node) throws(GraphError) {
    var inputs: [ValueID] = []
    for id in node.inputs {
      guard let input = codes[id] else { throw refused(node) }
      inputs.append(input)
    }
    let type = try quantization(node.inputs[0])
    for id in node.inputs + node.outputs where try quantization(id) != type {
      throw .conflictingQuantization(quantized[node.inputs[0]].name, quantized[id].name)
    }
    let results = try builder.node(quantized.name(of: node), node.op, inputs)
    for (old, new) in zip(node.outputs, results) {
      builder.rename(new, to: quantized[old].name)
      codes[old] = new
    }
  }

  /// The loss sees the function of the real number that a code stands for. What the device makes of it is 8 bits of the
  /// same, which `SimulatedHead` computes.
  private mutating func addLogistic(_ node: Node) throws(GraphError) {
    guard let input = codes[node.inputs[0]] else { throw refused(node) }
    let name = quantized[node.inputs[0]].name
    let scale = builder.constant(
      "\(name)/scale", .float32([try quantization(node.inputs[0]).scale]), shape: [1])
    let real = try builder.node("\(name)/real", .mul(Mul()), [input, scale])
    reals[node.outputs[0]] = try builder.node(
      quantized[node.outputs[0]].name, .logistic(Logistic()), real)[0]
  }

  // MARK: - Layers

  private mutating func addLayer(_ node: Node) throws(GraphError) {
    guard let layer = LinearLayer(node.op), node.inputs.count == 3,
      let x = codes[node.inputs[0]], case .int8(let weights)? = quantized[node.inputs[1]].constant,
      case .int32(let biases)? = quantized[node.inputs[2]].constant
    else { throw refused(node) }
    let name = quantized[node.outputs[0]].name
    let (input, result) = (try quantization(node.inputs[0]), try quantization(node.outputs[0]))
    let shape = quantized[node.inputs[1]].type.shape
    let channels = shape[layer.channelAxis]
    let w = try weightScales(node.inputs[1], axis: layer.channelAxis, channels)
    let rescaling = try Int8Rescaling(
      op: node.op.name, rule: layer.rule, activation: layer.activation, channels: channels,
      x: input, w: w, biasScale: quantized[node.inputs[2]].type.quantization?.scales.first,
      y: result)

    let largest: Int32 = weights.contains(-128) ? -128 : -127
    let sizes = try parts(node, layer, largest: -Int(largest))
    let scales = w.scales.map { Double($0) }
    let weightCodes = try constant(
      node.inputs[1], weights.map { Int32($0) }, sizes,
      FakeQuantize(scales: scales, axis: layer.channelAxis, limits: largest...127))
    let bias = try constant(
      node.inputs[2], biases, [channels],
      FakeQuantize(scales: scales.map { Double(input.scale) * $0 }, limits: Self.biasLimits))[0]

    let last = builder.graph[x].type.shape.rank - 1
    let pieces =
      sizes.count == 1
      ? [x] : try builder.node("\(name)/pieces", .splitV(SplitV(sizes: sizes, axis: last)), [x])
    var sums: [ValueID] = []
    for (index, (piece, weights)) in zip(pieces, weightCodes).enumerated() {
      let part = sizes.count == 1 ? "\(name)/sums" : Self.partName("\(name)/sums", index)
      sums += try builder.node(part, layer.with(activation: .none), [piece, weights])
    }
    if sums.count > 1 {
      let axis = builder.graph[sums[0]].type.shape.rank - 1
      sums = try builder.node(
        "\(name)/sums", .concatenation(Concatenation(axis: axis)), sums)
    }
    let multipliers = ChannelMultipliers(
      rescaling.channels, zeroPoint: rescaling.zeroPoint, range: rescaling.range)
    codes[node.outputs[0]] = try builder.node(
      name, .fakeRequantize(FakeRequantize(multipliers, parts: sizes.count)), [sums[0], bias])[0]
  }

  /// One scale, or one for each channel.
  private func weightScales(
    _ id: ValueID, axis: Int, _ channels: Int
  ) throws(GraphError) -> Quantization {
    guard let w = quantized[id].type.quantization, w.zeroPoint == 0,
      w.scales.count == 1 || (w.scales.count == channels && w.axis == axis),
      w.scales.allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw .unsupportedType(
        op: "simulate-quantization", input: quantized[id].name,
        expected: "positive scales, one or \(channels) along axis \(axis), and zero point 0",
        found: "\(quantized[id].type.quantization?.scales ?? [])")
    }
    return w
  }

  /// The input channels of the parts that a layer is cut into, so that no sum of a part leaves the integers that float32
  /// holds, whatever values the weights take.
  private func parts(
    _ node: Node, _ layer: LinearLayer, largest: Int
  ) throws(GraphError) -> [Int] {
    let shape = quantized[node.inputs[1]].type.shape
    let channels = shape[shape.rank - 1]
    let products = shape.count / shape[layer.channelAxis]
    let most = Self.exactLimit / (largest * Self.largestActivation)
    if products <= most { return [channels] }
    let x = quantized[node.inputs[0]].type.shape
    // Products that one input channel takes part in; those of a depthwise convolution are all of one.
    let taps = products / channels
    guard layer.channelAxis == 0, taps <= most, x[x.rank - 1] == channels else {
      throw refused(node)
    }
    let count = (channels + most / taps - 1) / (most / taps)
    return (0..<count).map { channels / count + ($0 < channels % count ? 1 : 0) }
  }

  /// The codes of a constant, cut into `sizes` along its last axis; the same ones for every layer that reads it.
  private mutating func constant(
    _ id: ValueID, _ start: [Int32], _ sizes: [Int], _ op: FakeQuantize
  ) throws(GraphError) -> [ValueID] {
    if let known = constants[id] { return known }
    let (name, shape) = (quantized[id].name, quantized[id].type.shape)
    let values = masters(id, start, op)
    let rows = shape.count / shape[shape.rank - 1]
    var results: [ValueID] = []
    var first = 0
    for (index, size) in sizes.enumerated() {
      var part = shape
      part[shape.rank - 1] = size
      let width = shape[shape.rank - 1]
      let elements = (0..<rows).flatMap { row in
        values[row * width + first..<row * width + first + size]
      }
      let partName = sizes.count == 1 ? name : Self.partName(name, index)
      let master = builder.constant(
        partName, .float32(elements), shape: part, isParameter: true)
      results += try builder.node("\(partName)/codes", .fakeQuantize(op), [master])
      first += size
    }
    constants[id] = results
    return results
  }

  /// Where training begins: the float network's numbers where they round to `start`, else what `start` stands for.
  private func masters(_ id: ValueID, _ start: [Int32], _ op: FakeQuantize) -> [Float] {
    let (name, shape) = (quantized[id].name, quantized[id].type.shape)
    let inner = shape.dimensions[(op.axis + 1)...].reduce(1, *)
    let real = start.enumerated().map { index, code in
      Float(Double(code) * op.scales[index / inner % op.scales.count])
    }
    guard let twin = float.value(named: name), float[twin].type.shape == shape,
      case .float32(let values)? = float[twin].constant,
      let rounded = op.codes(of: values, shape: shape)
    else { return real }
    return start.indices.map { rounded[$0] == start[$0] ? values[$0] : real[$0] }
  }
}
