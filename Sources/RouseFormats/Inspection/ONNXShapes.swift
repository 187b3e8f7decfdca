/// Works out the shapes that an ONNX file does not tell, for the operators of usual small networks.
///
/// Only for display and counting: an operator that is not listed, or whose operands are unknown or do not fit, leaves
/// its results unknown.
///
/// - Source: ONNX operator documentation (`Operators.md`).
enum ONNXShapes {
  static func infer(_ graph: inout InspectedGraph) {
    for node in graph.operators {
      let (shapes, element) = described(node, graph.tensors)
      for (slot, output) in node.outputs.enumerated() {
        if graph.tensors[output].shape == nil, shapes.indices.contains(slot) {
          graph.tensors[output].shape = shapes[slot]
        }
        if graph.tensors[output].element == "?", let element {
          graph.tensors[output].element = element
        }
      }
    }
  }

  /// The step ends here, so that the caller's tensors are not copied when they change.
  private static func described(
    _ node: InspectedOperator, _ tensors: [InspectedTensor]
  ) -> (shapes: [[Int]?], element: String?) {
    let step = Step(node: node, tensors: tensors)
    return (step.results(), step.element())
  }

  private struct Step {
    let node: InspectedOperator
    let tensors: [InspectedTensor]

    func element() -> String? {
      switch node.name {
      case "QuantizeLinear": tensor(2)?.element ?? "uint8"
      case "DequantizeLinear": tensor(1)?.element
      case "Cast": nil
      case "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal", "Not", "And", "Or": "bool"
      case "Shape", "Size", "ArgMax", "ArgMin", "NonZero": "int64"
      default: tensor(0)?.element
      }
    }

    func results() -> [[Int]?] {
      switch node.name {
      case "Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "Softmax", "LogSoftmax", "Identity",
        "QuantizeLinear", "DequantizeLinear", "BatchNormalization", "LayerNormalization", "Cast",
        "Elu", "Selu", "HardSigmoid", "HardSwish", "Erf", "Sqrt", "Exp", "Log", "Neg", "Abs",
        "Dropout", "PRelu", "InstanceNormalization", "Reciprocal", "Floor", "Ceil", "Softplus":
        [shape(0)]
      case "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min": [broadcast()]
      case "Conv":
        [window(kernel: shape(1).map { Array($0.dropFirst(2)) }, channels: shape(1)?.first)]
      case "MaxPool", "AveragePool":
        [window(kernel: integers("kernel_shape"), channels: channels())]
      case "GlobalAveragePool", "GlobalMaxPool":
        [shape(0).map { $0.prefix(2) + [Int](repeating: 1, count: max($0.count - 2, 0)) }]
      case "Gemm": [gemm()]
      case "MatMul": [matMul()]
      case "Transpose": [transpose()]
      case "Reshape": [reshape()]
      case "Flatten": [flatten()]
      case "Squeeze": [squeeze()]
      case "Unsqueeze": [unsqueeze()]
      case "Concat": [concat()]
      case "Split": split()
      case "Slice": [slice()]
      default: []
      }
    }

    // MARK: - Operators

    private func broadcast() -> [Int]? {
      guard let a = shape(0), let b = shape(1) else { return nil }
      let rank = max(a.count, b.count)
      let left = [Int](repeating: 1, count: rank - a.count) + a
      let right = [Int](repeating: 1, count: rank - b.count) + b
      return zip(left, right).map { $0 == 1 ? $1 : $1 == 1 ? $0 : $0 < 0 ? $1 : $0 }
    }

    private func channels() -> Int? { shape(0).flatMap { $0.count > 1 ? $0[1] : nil } }

    /// `[batch, channels]` and `(extent + pads − dilation · (kernel − 1) − 1) / stride + 1` for each other axis.
    private func window(kernel: [Int]?, channels: Int?) -> [Int]? {
      guard let x = shape(0), let kernel, let channels, x.count == kernel.count + 2 else {
        return nil
      }
      let count = kernel.count
      let strides = integers("strides") ?? [Int](repeating: 1, count: count)
      let dilations = integers("dilations") ?? [Int](repeating: 1, count: count)
      let pads = integers("pads") ?? [Int](repeating: 0, count: 2 * count)
      guard strides.count == count, dilations.count == count, pads.count == 2 * count,
        (strides + dilations + pads + kernel + x).allSatisfy({ $0.magnitude < 1 << 30 }),
        strides.allSatisfy({ $0 > 0 })
      else { return nil }
      let isSame: Bool
      switch node[option: "auto_pad"] {
      case .text(let pad)?: isSame = pad.hasPrefix("SAME")
      default: isSame = false
      }
      return [x[0], channels]
        + (0..<count).map { axis in
          let extent = x[axis + 2]
          if extent < 0 { return -1 }
          if isSame { return (extent + strides[axis] - 1) / strides[axis] }
          let room = extent + pads[axis] + pads[axis + count] - dilations[axis] * (kernel[axis] - 1)
          return max((room - 1) / strides[axis] + 1, 0)
        }
    }

    private func gemm() -> [Int]? {
      guard let a = shape(0), let b = shape(1), a.count == 2, b.count == 2 else { return nil }
      return [a[integer("transA") == 1 ? 1 : 0], b[integer("transB") == 1 ? 0 : 1]]
    }

    private func matMul() -> [Int]? {
      guard let a = shape(0), let b = shape(1), a.count >= 2, b.count >= 2 else { return nil }
      return (a.count >= b.count ? a.dropLast(2) : b.dropLast(2)) + [
        a[a.count - 2], b[b.count - 1],
      ]
    }

    private func transpose() -> [Int]? {
      guard let x = shape(0) else { return nil }
      let order = integers("perm") ?? x.indices.reversed()
      guard order.sorted() == Array(x.indices) else { return nil }
      return order.map { x[$0] }
    }

    private func reshape() -> [Int]? {
      guard let wanted = tensor(1)?.values else { return nil }
      var result = wanted
      for (axis, extent) in wanted.enumerated() where extent == 0 {
        guard let x = shape(0), x.indices.contains(axis) else { return nil }
        result[axis] = x[axis]
      }
      guard let open = wanted.firstIndex(of: -1) else { return result }
      guard let count = tensor(0)?.count(unknown: 1), shape(0)?.allSatisfy({ $0 > 0 }) == true,
        let rest = product(result.filter { $0 != -1 }), rest > 0
      else { return result }
      result[open] = count / rest
      return result
    }

    private func flatten() -> [Int]? {
      guard let x = shape(0), x.allSatisfy({ $0 >= 0 }) else { return nil }
      let axis = min(max(integer("axis") ?? 1, 0), x.count)
      guard let first = product(Array(x[..<axis])), let second = product(Array(x[axis...])) else {
        return nil
      }
      return [first, second]
    }

    private func squeeze() -> [Int]? {
      guard let x = shape(0) else { return nil }
      guard let axes = axes(rank: x.count) else { return x.filter { $0 != 1 } }
      return x.indices.filter { !axes.contains($0) }.map { x[$0] }
    }

    private func unsqueeze() -> [Int]? {
      guard let x = shape(0), let listed = tensor(1)?.values ?? integers("axes"),
        let axes = axes(rank: x.count + listed.count)
      else { return nil }
      var result = x
      for axis in axes.sorted() where (0...result.count).contains(axis) {
        result.insert(1, at: axis)
      }
      return result
    }

    private func concat() -> [Int]? {
      let shapes = node.inputs.indices.map(shape)
      guard var result = shapes.first ?? nil, let axis = axis(rank: result.count, default: 0) else {
        return nil
      }
      for shape in shapes.dropFirst() {
        guard let shape, shape.count == result.count else { return nil }
        let (sum, overflow) = result[axis].addingReportingOverflow(shape[axis])
        if overflow { return nil }
        result[axis] = result[axis] < 0 || shape[axis] < 0 ? -1 : sum
      }
      return result
    }

    private func split() -> [[Int]?] {
      guard let x = shape(0), let axis = axis(rank: x.count, default: 0), !node.outputs.isEmpty
      else { return [] }
      let even = [Int](repeating: x[axis] / node.outputs.count, count: node.outputs.count)
      return (tensor(1)?.values ?? integers("split") ?? even).map { extent in
        var result = x
        result[axis] = extent
        return result
      }
    }

    private func slice() -> [Int]? {
      guard var result = shape(0), let starts = tensor(1)?.values ?? integers("starts"),
        let ends = tensor(2)?.values ?? integers("ends"), starts.count == ends.count
      else { return nil }
      let axes = tensor(3)?.values ?? integers("axes") ?? Array(starts.indices)
      let steps = tensor(4)?.values ?? [Int](repeating: 1, count: starts.count)
      guard axes.count == starts.count, steps.count == starts.count else { return nil }
      for index in starts.indices {
        let axis = axes[index] < 0 ? axes[index] &+ result.count : axes[index]
        guard result.indices.contains(axis), result[axis] >= 0, steps[index] > 0 else { return nil }
        let extent = result[axis]
        func clamped(_ bound: Int) -> Int {
          min(max(bound < 0 ? bound + extent : bound, 0), extent)
        }
        let length = max(clamped(ends[index]) - clamped(starts[index]), 0)
        result[axis] = length / steps[index] + (length % steps[index] == 0 ? 0 : 1)
      }
      return result
    }

    // MARK: - Operands

    private func tensor(_ slot: Int) -> InspectedTensor? {
      guard node.inputs.indices.contains(slot), node.inputs[slot] >= 0 else { return nil }
      return tensors[node.inputs[slot]]
    }

    private func shape(_ slot: Int) -> [Int]? { tensor(slot)?.shape }

    private func integers(_ name: String) -> [Int]? {
      if case .integers(let values)? = node[option: name] { values } else { nil }
    }

    private func integer(_ name: String) -> Int? {
      if case .integer(let value)? = node[option: name] { value } else { nil }
    }

    private func axis(rank: Int, default fallback: Int) -> Int? {
      let axis = integer("axis") ?? fallback
      let counted = axis < 0 ? axis &+ rank : axis
      return (0..<rank).contains(counted) ? counted : nil
    }

    private func axes(rank: Int) -> Set<Int>? {
      (tensor(1)?.values ?? integers("axes")).map { Set($0.map { $0 < 0 ? $0 &+ rank : $0 }) }
    }

    private func product(_ extents: [Int]) -> Int? {
      InspectedTensor(name: "", shape: extents, element: "").count()
    }
  }
}
