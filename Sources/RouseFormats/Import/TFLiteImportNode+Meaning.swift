import RouseIR

/// The operators of TFLite in the terms of `ForeignOperator`: channels are the last axis, activations are fused.
///
/// - Source: `tensorflow/lite/schema/schema.fbs` and the reference kernels of LiteRT 2.3.
extension TFLiteImportNode {
  func folded(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignTensor? {
    if refusal != nil { return nil }
    if operation == "SHAPE" {
      guard let operand = operand(operands, 0), operand != .unknown else { return nil }
      return ForeignTensor(integers: operand.shape)
    }
    var constants: [ForeignTensor] = []
    for case .some(let operand) in operands {
      guard case .constant(let tensor) = operand else { return nil }
      constants.append(tensor)
    }
    guard let first = constants.first else { return nil }
    switch operation {
    case "DEQUANTIZE", "CAST": return first
    case "PACK":
      guard constants.allSatisfy({ $0.shape.isEmpty }) else { return nil }
      let integers = constants.compactMap { $0.integers?.first }
      return integers.count == constants.count ? ForeignTensor(integers: integers) : nil
    case "RESHAPE", "EXPAND_DIMS", "SQUEEZE", "TRANSPOSE", "STRIDED_SLICE", "SLICE":
      switch try meaning(operands).operators[0] {
      case .reshape(let shape):
        return ImportLimit.count(shape) == first.values.count ? first.reshaped(shape) : nil
      case .transpose(let order): return first.transposed(order)
      case .slice(let slices): return first.sliced(slices)
      default: return nil
      }
    default: return nil
    }
  }

  func meaning(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    if let refusal { throw refusal }
    let x = try shape(operands, 0)
    switch operation {
    case "CONV_2D", "DEPTHWISE_CONV_2D": return try convolution(operands, x)
    case "FULLY_CONNECTED": return try fullyConnected(operands, x)
    case "ADD", "SUB", "MUL", "DIV": return try binary(operands)
    case "RELU": return ForeignMeaning(.activation(.relu))
    case "RELU6": return ForeignMeaning(.activation(.relu6))
    case "RELU_N1_TO_1": return ForeignMeaning(.activation(.reluN1To1))
    case "NEG": return ForeignMeaning(.affine(scale: .scalar(-1), shift: nil))
    case "LOGISTIC": return ForeignMeaning(.logistic)
    case "SOFTMAX", "LOG_SOFTMAX":
      if case .softmax(let beta) = options, beta != 1 {
        throw .attribute(name: "beta", expected: "1", found: "\(beta)")
      }
      return ForeignMeaning(.softmax(axis: max(0, x.count - 1)))
    case "CAST", "DEQUANTIZE": return ForeignMeaning(.identity)
    case "MEAN", "REDUCE_MAX":
      guard case .reducer(let keep) = options else { throw missingOptions }
      var axes: Set<Int> = []
      for item in try list(operands, 1, "axes") ?? [] {
        axes.insert(try axis(item, rank: x.count))
      }
      return ForeignMeaning(
        .reduce(
          operation == "MEAN" ? .mean : .maximum, axes: axes.sorted(), keepDimensions: keep))
    case "AVERAGE_POOL_2D", "MAX_POOL_2D": return try pool(x)
    case "CONCATENATION":
      guard case .concatenation(let stated, let activation) = options else { throw missingOptions }
      var meaning = ForeignMeaning(
        .concatenate(axis: try axis(Int(stated), rank: x.count)),
        operands: Array(operands.indices))
      meaning.operators.append(.activation(activation))
      return meaning
    default: return try movement(operands, x)
    }
  }

  private var missingOptions: ImportReason { .missingOperand(what: "its options") }

  // MARK: - Convolution

  /// `SAME` as TensorFlow pads: the odd element behind.
  private func pads(
    _ padding: Padding, input: Int, kernel: Int, stride: Int, dilation: Int
  ) -> (before: Int, after: Int) {
    guard padding == .same else { return (0, 0) }
    let span = (kernel - 1) * dilation + 1
    let results = (input + stride - 1) / stride
    let total = max((results - 1) * stride + span - input, 0)
    return (total / 2, total - total / 2)
  }

  private func convolution(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> ForeignMeaning {
    var weights = try reals(operands, 1, "weights")
    guard x.count == 4, weights.shape.count == 4, weights.shape.allSatisfy({ $0 > 0 }) else {
      throw .mismatch(
        what: "dimensions", expected: "4", found: "input \(x), weights \(weights.shape)")
    }
    let (padding, strides, dilations, activation): (Padding, [Int32], [Int32], Activation)
    var groups = 1
    switch options {
    case .conv2D(let pad, let strideH, let strideW, let dilationH, let dilationW, let fused):
      (padding, strides, dilations, activation) = (
        pad, [strideH, strideW], [dilationH, dilationW], fused
      )
      weights = weights.transposed([0, 3, 1, 2])
      guard x[3] % weights.shape[1] == 0 else {
        throw .mismatch(
          what: "channels", expected: "a multiple of \(weights.shape[1])", found: "\(x[3])")
      }
      groups = x[3] / weights.shape[1]
    case .depthwiseConv2D(
      let pad, let strideH, let strideW, let dilationH, let dilationW, _, let fused):
      (padding, strides, dilations, activation) = (
        pad, [strideH, strideW], [dilationH, dilationW], fused
      )
      weights = weights.transposed([3, 0, 1, 2])
      groups = x[3]
      guard weights.shape[1] == 1 else {
        throw .mismatch(what: "axis 0 of the weights", expected: "1", found: "\(weights.shape[1])")
      }
    default: throw missingOptions
    }
    guard weights.shape[0] % groups == 0,
      (strides + dilations).allSatisfy({ (1...65_535).contains($0) })
    else {
      throw .mismatch(
        what: "channels of the result", expected: "a multiple of \(groups)",
        found: "\(weights.shape[0])")
    }
    let bias = try bias(operands, weights.shape[0])
    var convolution = ForeignConvolution(
      weights: weights, bias: bias, channelAxis: 3, spatialAxes: [1, 2],
      strides: strides.map(Int.init), dilations: dilations.map(Int.init), before: [0, 0],
      after: [0, 0], groups: groups)
    for axis in 0..<2 {
      (convolution.before[axis], convolution.after[axis]) = pads(
        padding, input: x[1 + axis], kernel: convolution.kernel(axis),
        stride: convolution.strides[axis], dilation: convolution.dilations[axis])
    }
    return ForeignMeaning(.convolution(convolution), .activation(activation))
  }

  private func bias(
    _ operands: [ForeignOperand?], _ count: Int
  ) throws(ImportReason) -> [Float]? {
    guard operand(operands, 2) != nil else { return nil }
    let values = try reals(operands, 2, "bias").reals ?? []
    guard values.count == count else {
      throw .mismatch(what: "bias", expected: "\(count) elements", found: "\(values.count)")
    }
    return values
  }

  private func pool(_ x: [Int]) throws(ImportReason) -> ForeignMeaning {
    guard
      case .pool2D(let padding, let strideH, let strideW, let height, let width, let activation) =
        options, x.count == 4
    else { throw missingOptions }
    let (kernel, strides) = ([Int(height), Int(width)], [Int(strideH), Int(strideW)])
    for axis in 0..<2 {
      guard (1...65_535).contains(kernel[axis]), (1...65_535).contains(strides[axis]) else {
        throw .attribute(name: "filter", expected: "1 to 65535", found: "\(kernel), \(strides)")
      }
      let pads = pads(
        padding, input: x[1 + axis], kernel: kernel[axis], stride: strides[axis], dilation: 1)
      guard pads.before + pads.after == 0 else {
        throw .attribute(name: "padding", expected: "valid", found: "same")
      }
    }
    return ForeignMeaning(
      .pool(
        ForeignPool(
          reduction: operation == "MAX_POOL_2D" ? .maximum : .mean, spatialAxes: [1, 2],
          kernel: kernel, strides: strides)), .activation(activation))
  }

  // MARK: - Dense, arithmetic

  private func fullyConnected(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> ForeignMeaning {
    guard case .fullyConnected(let activation, let keep) = options else { throw missingOptions }
    let weights = try reals(operands, 1, "weights")
    let count = x.reduce(1, *)
    guard weights.shape.count == 2, weights.shape[1] > 0, !x.isEmpty,
      keep ? x.last == weights.shape[1] : count % weights.shape[1] == 0
    else {
      throw .mismatch(what: "features", expected: "those of \(weights.shape)", found: "\(x)")
    }
    var meaning = ForeignMeaning()
    var axis = x.count - 1
    if !keep {
      meaning.operators.append(.reshape([count / weights.shape[1], weights.shape[1]]))
      axis = 1
    }
    meaning.operators += [
      .dense(
        ForeignDense(
          weights: weights, bias: try bias(operands, weights.shape[0]), axis: axis)),
      .activation(activation),
    ]
    return meaning
  }

  private func binary(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    let activation: Activation
    switch options {
    case .add(let fused), .mul(let fused): activation = fused
    default: throw missingOptions
    }
    let names = ["ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div"]
    var node = ONNXImportNode(opset: 17)
    node.operation = names[operation] ?? ""
    // Both formats broadcast alike and agree on what these four mean.
    var meaning = try node.meaning(operands)
    meaning.operators.append(.activation(activation))
    return meaning
  }

  // MARK: - Movement

  private func movement(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> ForeignMeaning {
    switch operation {
    case "RESHAPE", "EXPAND_DIMS", "SQUEEZE":
      guard let result = resultShapes.first else { throw .missingOperand(what: "a result") }
      return ForeignMeaning(
        .reshape(try ONNXImportNode.resolved(result, x, keepsZeros: true)))
    case "TRANSPOSE":
      let order = try list(operands, 1, "perm") ?? []
      guard order.sorted() == Array(x.indices) else {
        throw .attribute(
          name: "perm", expected: "a permutation of \(x.count) axes", found: "\(order)")
      }
      return ForeignMeaning(.transpose(order))
    case "SPLIT", "SPLIT_V": return try split(operands)
    case "STRIDED_SLICE": return ForeignMeaning(.slice(try stridedSlice(operands, x)))
    case "SLICE":
      guard let begin = try list(operands, 1, "begin"), let size = try list(operands, 2, "size"),
        begin.count == x.count, size.count == x.count
      else { throw .missingOperand(what: "begin and size") }
      var slices: [AxisSlice] = []
      for axis in x.indices {
        guard (0..<x[axis]).contains(begin[axis]) else {
          throw .attribute(name: "begin", expected: "below \(x[axis])", found: "\(begin[axis])")
        }
        let count = size[axis] == -1 ? x[axis] - begin[axis] : size[axis]
        guard (1...x[axis] - begin[axis]).contains(count) else {
          throw .attribute(name: "size", expected: "within \(x[axis])", found: "\(size[axis])")
        }
        slices.append(AxisSlice(axis: axis, begin: begin[axis], step: 1, count: count))
      }
      return ForeignMeaning(.slice(slices))
    case "PAD":
      guard let pads = try list(operands, 1, "paddings"), pads.count == 2 * x.count,
        pads.allSatisfy({ (0...65_535).contains($0) })
      else { throw .attribute(name: "paddings", expected: "a pair for each axis", found: "others") }
      return ForeignMeaning(
        .pad(
          before: x.indices.map { pads[2 * $0] }, after: x.indices.map { pads[2 * $0 + 1] }))
    default: throw .unknownOperator
    }
  }

  private func split(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    let isEven = operation == "SPLIT"
    let value = isEven ? 1 : 0
    let x = try shape(operands, value)
    guard let stated = try list(operands, isEven ? 0 : 2, "axis")?.first else {
      throw .missingOperand(what: "axis")
    }
    let axis = try axis(stated, rank: x.count)
    let sizes = resultShapes.map { $0.indices.contains(axis) ? $0[axis] : 0 }
    guard sizes.allSatisfy({ (1...x[axis]).contains($0) }), sizes.reduce(0, +) == x[axis] else {
      throw .mismatch(what: "sizes", expected: "a sum of \(x[axis])", found: "\(sizes)")
    }
    return ForeignMeaning(.split(axis: axis, sizes: sizes), operands: [value])
  }

  /// - Source: TFLite `kernels/internal/strided_slice_logic.h`.
  private func stridedSlice(
    _ operands: [ForeignOperand?], _ x: [Int]
  ) throws(ImportReason) -> [AxisSlice] {
    guard
      case .stridedSlice(let beginMask, let endMask, let ellipsis, let newAxis, let shrink) =
        options, let begin = try list(operands, 1, "begin"), let end = try list(operands, 2, "end"),
      let strides = try list(operands, 3, "strides"), begin.count <= x.count,
      end.count == begin.count, strides.count == begin.count
    else { throw missingOptions }
    guard ellipsis == 0, newAxis == 0 else {
      throw .attribute(name: "ellipsis and new axis masks", expected: "0", found: "others")
    }
    var slices: [AxisSlice] = []
    for axis in begin.indices {
      let (extent, step, bit) = (x[axis], strides[axis], Int32(1) << Int32(axis))
      guard step > 0 else { throw .movesElements(what: "reads axis \(axis) backwards") }
      func limited(_ value: Int) -> Int {
        max(0, min(value < 0 ? value + extent : value, extent))
      }
      let first = beginMask & bit != 0 ? 0 : limited(begin[axis])
      if shrink & bit != 0 {
        guard first < extent else {
          throw .attribute(name: "begin", expected: "below \(extent)", found: "\(first)")
        }
        slices.append(AxisSlice(axis: axis, begin: first, step: 1, count: 1, drops: true))
        continue
      }
      let last = endMask & bit != 0 ? extent : limited(end[axis])
      guard last > first else {
        throw .mismatch(what: "axis \(axis)", expected: "at least one element", found: "none")
      }
      let stride = min(step, extent)
      slices.append(
        AxisSlice(axis: axis, begin: first, step: stride, count: (last - first - 1) / stride + 1))
    }
    return slices
  }
}
