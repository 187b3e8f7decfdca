import Glibc
import RouseIR
import RouseNumerics
import RouseRuntime

/// The working state of `QuantizeModel`: which values share a quantization, and the graph being retyped.
struct Quantizer {
  private(set) var graph: Graph
  private let input: Quantization
  private let choices: QuantizationChoices
  /// Union-find parents over values, then variables.
  private var parent: [Int]
  private var fixed: [Int: (Quantization, ElementType)] = [:]
  private var calibrated: [ValueID] = []
  private var rules: [QuantizationRule] = []

  init(_ graph: Graph, input: Quantization, _ choices: QuantizationChoices) {
    self.graph = graph
    self.input = input
    self.choices = choices
    parent = Array(0..<graph.values.count + graph.variables.count)
  }

  // MARK: - Groups

  private mutating func find(_ index: Int) -> Int {
    var root = index
    while parent[root] != root { root = parent[root] }
    parent[index] = root
    return root
  }

  private mutating func join(_ a: Int, _ b: Int) throws(GraphError) {
    let (a, b) = (find(a), find(b))
    guard a != b else { return }
    if let first = fixed[a], let second = fixed[b], first != second {
      throw .conflictingQuantization(graph.values[a].name, graph.values[b].name)
    }
    let (low, high) = (min(a, b), max(a, b))
    fixed[low] = fixed[low] ?? fixed[high]
    parent[high] = low
  }

  private func slot(of variable: VariableID) -> Int { graph.values.count + variable.index }

  /// Joins everything that an operator wants to agree and notes what is fixed or calibrated.
  mutating func groupActivations() throws(GraphError) {
    for id in graph.inputs { fixed[find(id.index)] = (input, .int8) }
    for node in graph.nodes {
      guard let op = node.op.deployable else {
        throw .operatorNotAllowed(
          op: node.op.name, node: node.outputs.first.map { graph[$0].name } ?? node.op.name,
          phase: "quantized", removedBy: "fold-batch-norm")
      }
      let rule = op.quantizationRule(inputCount: node.inputs.count)
      rules.append(rule)
      switch rule.result {
      case .calibrated: calibrated += node.outputs
      case .fixed(let quantization, let element):
        for id in node.outputs {
          let root = find(id.index)
          if let other = fixed[root], other != (quantization, element) {
            throw .conflictingQuantization(graph[id].name, graph.values[root].name)
          }
          fixed[root] = (quantization, element)
        }
      case .sameAsInputs:
        var members = node.outputs.map(\.index)
        for (id, kind) in zip(node.inputs, rule.inputs) where kind == .activation {
          members.append(id.index)
        }
        switch node.op {
        case .readVariable(let read): members.append(slot(of: read.variable))
        case .assignVariable(let assign): members.append(slot(of: assign.variable))
        default: break
        }
        for member in members.dropFirst() { try join(members[0], member) }
      }
    }
  }

  /// The calibrated values of each group, without groups of a fixed quantization, in the order of the graph.
  mutating func calibratedGroups() -> [[String]] {
    var order: [Int] = []
    var members: [Int: [String]] = [:]
    for id in calibrated {
      let root = find(id.index)
      guard fixed[root] == nil else { continue }
      if members[root] == nil { order.append(root) }
      members[root, default: []].append(graph[id].name)
    }
    return order.map { members[$0] ?? [] }
  }

  // MARK: - Activations

  mutating func typeActivations() throws(GraphError) {
    var groupRange: [Int: ValueRange] = [:]
    for id in calibrated {
      guard let range = choices.ranges[graph[id].name] else {
        throw .notCalibrated(value: graph[id].name)
      }
      let root = find(id.index)
      groupRange[root] = groupRange[root]?.union(range) ?? range
    }
    for index in graph.values.indices where graph.values[index].constant == nil {
      let (quantization, element) = try chosen(index, groupRange, graph.values[index].name)
      graph.values[index].type.quantization = quantization
      graph.values[index].type.element = element
    }
    for index in graph.variables.indices {
      let name = graph.variables[index].name
      let (quantization, element) = try chosen(slot(of: VariableID(index)), groupRange, name)
      graph.variables[index].type.quantization = quantization
      graph.variables[index].type.element = element
    }
  }

  private mutating func chosen(
    _ index: Int, _ ranges: [Int: ValueRange], _ name: String
  ) throws(GraphError) -> (Quantization, ElementType) {
    let root = find(index)
    if let known = fixed[root] { return known }
    guard let range = ranges[root] else { throw .notCalibrated(value: name) }
    return (QuantizeModel.activation(range), .int8)
  }

  // MARK: - Constants

  /// - Parameter weights: what was quantized before, and then what is quantized now.
  mutating func quantizeConstants(_ weights: inout QuantizedWeights) throws(GraphError) {
    for (node, rule) in zip(graph.nodes, rules) {
      for (position, kind) in rule.inputs.enumerated() {
        guard case .bias(let activation, let filters) = kind else { continue }
        let (x, w) = (node.inputs[activation], node.inputs[filters])
        guard let inputScale = graph[x].type.quantization?.scale else {
          throw .notCalibrated(value: graph[x].name)
        }
        let bias = node.inputs[position]
        quantizeWeights(
          w, rule.inputs[filters], bias: graph[bias].floats, inputScale: inputScale, &weights)
        quantizeBias(bias, inputScale: inputScale, weights: w)
      }
    }
  }

  /// Symmetric: `scale = max|w| / 127`, for each channel or for the tensor. One scale for a tensor is rounded up as
  /// those of activations are.
  ///
  /// A channel whose bias would not fit 30 bits at that scale gets a larger one; a channel of zeros gets 1.
  private mutating func quantizeWeights(
    _ id: ValueID, _ kind: QuantizationRule.Input, bias: [Float], inputScale: Float,
    _ weights: inout QuantizedWeights
  ) {
    let (values, shape) = (graph[id].floats, graph[id].type.shape)
    var axis: Int?
    // A file cannot tell one scale for the only channel from one scale for all: a reader takes it for the channel's.
    if case .weightsPerChannel(let channels) = kind,
      shape[channels] == 1 || !choices.oneScale.contains(graph[id].name)
    {
      axis = channels
    }
    let count = axis.map { shape[$0] } ?? 1
    let inner = axis.map { shape.dimensions[($0 + 1)...].reduce(1, *) } ?? values.count
    let filter = QuantizedWeights.Filter(values: values, channels: count, inner: inner)
    let largest = weights.largest(of: filter, named: graph[id].name)
    let scales = largest.enumerated().map { channel, limit -> Float in
      let biases = axis == nil ? bias : [bias[channel]]
      let floor = (biases.map(abs).max() ?? 0) / inputScale / Float(1 << 30)
      let scale = limit > 0 ? max(limit / 127, floor) : max(floor, 1)
      return axis == nil ? QuantizeModel.roundedUp(scale) : scale
    }
    graph[id].constant = .int8(weights.codes(of: filter, scales: scales, named: graph[id].name))
    graph[id].type.element = .int8
    graph[id].type.quantization =
      axis.map { Quantization(perChannel: scales, axis: $0) }
      ?? Quantization(scale: scales[0], zeroPoint: 0)
  }

  private mutating func quantizeBias(_ id: ValueID, inputScale: Float, weights: ValueID) {
    let scales = graph[weights].type.quantization?.scales ?? []
    let biasScales = scales.map { inputScale * $0 }
    let corrections = choices.biasCorrections[graph[id].name]
    let quantized = graph[id].floats.enumerated().map { channel, value -> Int32 in
      let scale = Double(inputScale) * Double(scales[scales.count == 1 ? 0 : channel])
      let corrected = Double(value) + (corrections?[channel] ?? 0)
      let steps = (corrected / scale).rounded(.toNearestOrAwayFromZero)
      return Int32(max(-0x7fff_ffff, min(0x7fff_ffff, steps)))
    }
    graph[id].constant = .int32(quantized)
    graph[id].type.element = .int32
    graph[id].type.quantization =
      graph[weights].type.quantization?.axis == nil
      ? Quantization(scale: biasScales[0], zeroPoint: 0)
      : Quantization(perChannel: biasScales, axis: 0)
  }

  // MARK: - Output

  /// ESPHome reads uint8 probabilities: a `quantize` from int8 1/256, −128 to uint8 1/256, 0 ends the graph.
  func withUnsignedOutput() throws(GraphError) -> Graph {
    var result = graph
    for (position, id) in graph.outputs.enumerated() {
      guard let quantization = graph[id].type.quantization else {
        throw .notCalibrated(value: graph[id].name)
      }
      let unsigned = Value(
        name: graph[id].name + "/uint8",
        type: TensorType(
          graph[id].type.shape, .uint8,
          Quantization(scale: quantization.scale, zeroPoint: quantization.zeroPoint + 128)))
      result.values.append(unsigned)
      let output = ValueID(result.values.count - 1)
      result.nodes.append(Node(.quantize(Quantize()), inputs: [id], outputs: [output]))
      result.outputs[position] = output
    }
    return result
  }
}
