import RouseIR

/// The operators of ONNX in the terms of `ForeignOperator`.
///
/// - Source: `Operators.md` and `Changelog.md` of ONNX 1.17, opset 11 to 23.
extension ONNXImportNode {
  func meaning(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    if let refusal { throw refusal }
    switch operation {
    case "Identity", "Dropout": return ForeignMeaning(.identity)
    case "Cast":
      // Features are float32; whatever is computed from them stays so (1 float32, 10 float16, 11 float64).
      let type = try integer("to", 1)
      guard [1, 10, 11].contains(type) else {
        throw .attribute(name: "to", expected: "a float type", found: "data type \(type)")
      }
      return ForeignMeaning(.identity)
    case "Conv": return ForeignMeaning(.convolution(try convolution(operands)))
    case "BatchNormalization": return ForeignMeaning(try batchNorm(operands))
    case "Relu": return ForeignMeaning(.activation(.relu))
    case "Clip": return ForeignMeaning(.activation(try clip(operands)))
    case "Sigmoid": return ForeignMeaning(.logistic)
    case "Add", "Sub", "Mul", "Div": return try binary(operands)
    case "Neg": return ForeignMeaning(.affine(scale: .scalar(-1), shift: nil))
    case "AveragePool", "MaxPool": return ForeignMeaning(.pool(try pool(operands)))
    case "GlobalAveragePool", "GlobalMaxPool":
      let rank = try shape(operands, 0).count
      return ForeignMeaning(
        .reduce(
          operation == "GlobalMaxPool" ? .maximum : .mean, axes: Array(2..<max(2, rank)),
          keepDimensions: true))
    case "ReduceMean", "ReduceMax": return ForeignMeaning(try reduce(operands))
    case "Gemm": return ForeignMeaning(.dense(try gemm(operands)))
    case "MatMul": return try matMul(operands)
    case "Softmax", "LogSoftmax":
      let rank = try shape(operands, 0).count
      return ForeignMeaning(
        .softmax(axis: try axis(try integer("axis", opset < 13 ? 1 : -1), rank: rank)))
    case "Concat":
      let axis = try axis(try integer("axis", 0), rank: try shape(operands, 0).count)
      return ForeignMeaning(.concatenate(axis: axis), operands: Array(operands.indices))
    default: return try movement(operands)
    }
  }

  // MARK: - Convolution

  private func convolution(
    _ operands: [ForeignOperand?]
  ) throws(ImportReason) -> ForeignConvolution {
    let x = try shape(operands, 0)
    let weights = try reals(operands, 1, "weights")
    let spatial = x.count - 2
    guard (1...2).contains(spatial), weights.shape.count == x.count,
      weights.shape.allSatisfy({ $0 > 0 })
    else {
      throw .mismatch(
        what: "dimensions", expected: "a convolution along one axis or two",
        found: "input \(x), weights \(weights.shape)")
    }
    let window = try window(spatial, kernel: Array(weights.shape.dropFirst(2)), x: x)
    let groups = try integer("group", 1)
    guard groups > 0, x[1] == weights.shape[1] * groups, weights.shape[0] % groups == 0 else {
      throw .mismatch(
        what: "channels", expected: "\(weights.shape[1]) x \(groups) groups", found: "\(x[1])")
    }
    let bias =
      operand(operands, 2) == nil ? nil : try vector(operands, 2, "bias", weights.shape[0])
    return ForeignConvolution(
      weights: weights, bias: bias, channelAxis: 1, spatialAxes: Array(2..<x.count),
      strides: window.strides, dilations: window.dilations, before: window.before,
      after: window.after, groups: groups)
  }

  private struct Window {
    var strides: [Int]
    var dilations: [Int]
    var before: [Int]
    var after: [Int]
  }

  private func window(
    _ spatial: Int, kernel: [Int], x: [Int]
  ) throws(ImportReason) -> Window {
    func list(_ key: String, _ fallback: [Int], from least: Int) throws(ImportReason) -> [Int] {
      let found = try integers(key) ?? fallback
      guard found.count == fallback.count, found.allSatisfy({ (least...65_535).contains($0) })
      else {
        throw .attribute(
          name: key, expected: "\(fallback.count) integers from \(least)", found: "\(found)")
      }
      return found
    }
    let ones = [Int](repeating: 1, count: spatial)
    let zeros = [Int](repeating: 0, count: spatial)
    if let stated = try integers("kernel_shape") { try require("kernel_shape", kernel, stated) }
    var window = Window(
      strides: try list("strides", ones, from: 1), dilations: try list("dilations", ones, from: 1),
      before: zeros, after: zeros)
    switch try text("auto_pad", "NOTSET") {
    case "NOTSET":
      let pads = try list("pads", zeros + zeros, from: 0)
      (window.before, window.after) = (Array(pads[..<spatial]), Array(pads[spatial...]))
    case "VALID": break
    case let same where same == "SAME_UPPER" || same == "SAME_LOWER":
      for axis in 0..<spatial {
        let span = (kernel[axis] - 1) * window.dilations[axis] + 1
        let results = (x[2 + axis] + window.strides[axis] - 1) / window.strides[axis]
        let total = max((results - 1) * window.strides[axis] + span - x[2 + axis], 0)
        let less = total / 2
        window.before[axis] = same == "SAME_UPPER" ? less : total - less
        window.after[axis] = total - window.before[axis]
      }
    case let other:
      throw .attribute(
        name: "auto_pad", expected: "NOTSET, VALID, SAME_UPPER or SAME_LOWER", found: other)
    }
    return window
  }

  private func pool(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignPool {
    let x = try shape(operands, 0)
    guard let kernel = try integers("kernel_shape"), kernel.count == x.count - 2,
      kernel.allSatisfy({ (1...65_535).contains($0) })
    else {
      throw .attribute(
        name: "kernel_shape", expected: "\(max(0, x.count - 2)) integers from 1",
        found: "\(attributes["kernel_shape"].map { "\($0)" } ?? "none")")
    }
    let window = try window(kernel.count, kernel: kernel, x: x)
    try require(
      "pads", window.before.map { _ in 0 } + window.after.map { _ in 0 },
      window.before + window.after)
    try require("dilations", kernel.map { _ in 1 }, window.dilations)
    if try integer("ceil_mode", 0) != 0 {
      for axis in kernel.indices where (x[2 + axis] - kernel[axis]) % window.strides[axis] != 0 {
        throw .attribute(name: "ceil_mode", expected: "0", found: "1")
      }
    }
    return ForeignPool(
      reduction: operation == "MaxPool" ? .maximum : .mean, spatialAxes: Array(2..<x.count),
      kernel: kernel, strides: window.strides)
  }

  // MARK: - Arithmetic

  private func vector(
    _ operands: [ForeignOperand?], _ index: Int, _ what: String, _ count: Int
  ) throws(ImportReason) -> [Float] {
    let values = try reals(operands, index, what).reals ?? []
    guard values.count == count else {
      throw .mismatch(what: what, expected: "\(count) elements", found: "\(values.count)")
    }
    return values
  }

  private func batchNorm(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignOperator {
    try require("training_mode", 0, try integer("training_mode", 0))
    let x = try shape(operands, 0)
    guard x.count >= 2 else {
      throw .mismatch(what: "dimensions", expected: "2 or more", found: "\(x)")
    }
    let channels = x[1]
    let gamma = try vector(operands, 1, "scale", channels)
    let beta = try vector(operands, 2, "B", channels)
    let mean = try vector(operands, 3, "mean", channels)
    let variance = try vector(operands, 4, "variance", channels)
    let epsilon = Double(try real("epsilon", 1e-5))
    let scale = zip(gamma, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    let shift = scale.indices.map { Double(beta[$0]) - Double(mean[$0]) * scale[$0] }
    let shape = [channels] + [Int](repeating: 1, count: x.count - 2)
    return .affine(
      scale: ForeignTensor(shape, .reals(scale.map(Float.init))),
      shift: ForeignTensor(shape, .reals(shift.map(Float.init))))
  }

  private func clip(_ operands: [ForeignOperand?]) throws(ImportReason) -> Activation {
    func limit(_ index: Int, _ key: String, _ none: Float) throws(ImportReason) -> Float {
      if let tensor = try constant(operands, index, key) { return tensor.reals?.first ?? none }
      return try real(key, none)
    }
    let (low, high) = (
      try limit(1, "min", -.greatestFiniteMagnitude), try limit(2, "max", .greatestFiniteMagnitude)
    )
    switch (low, high) {
    case (0, 6): return .relu6
    case (-1, 1): return .reluN1To1
    case (0, Float.greatestFiniteMagnitude...): return .relu
    case (...(-Float.greatestFiniteMagnitude), Float.greatestFiniteMagnitude...): return .none
    default:
      throw .attribute(
        name: "min, max", expected: "0 and 6, -1 and 1, or 0 alone", found: "\(low), \(high)")
    }
  }

  private func binary(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    let isSecond = operand(operands, 1)?.isConstant == true
    let isFirst = operand(operands, 0)?.isConstant == true
    guard isFirst || isSecond else {
      switch operation {
      case "Add": return ForeignMeaning(.add, operands: [0, 1])
      case "Sub": return ForeignMeaning(.subtract, operands: [0, 1])
      case "Mul": return ForeignMeaning(.multiply, operands: [0, 1])
      default: throw .notConstant(what: "the divisor")
      }
    }
    let tensor = try reals(operands, isSecond ? 1 : 0, "the constant operand")
    let values = tensor.reals ?? []
    func mapped(_ body: (Float) -> Float) -> ForeignTensor {
      ForeignTensor(tensor.shape, .reals(values.map(body)))
    }
    let meaning: ForeignOperator
    switch (operation, isSecond) {
    case ("Add", _): meaning = .affine(scale: nil, shift: tensor)
    case ("Mul", _): meaning = .affine(scale: tensor, shift: nil)
    case ("Sub", true): meaning = .affine(scale: nil, shift: mapped { -$0 })
    case ("Sub", false): meaning = .affine(scale: .scalar(-1), shift: tensor)
    case ("Div", true) where !values.contains(0):
      meaning = .affine(scale: mapped { 1 / $0 }, shift: nil)
    default: throw .notConstant(what: "the divisor")
    }
    return ForeignMeaning(meaning, operands: [isSecond ? 0 : 1])
  }

  private func reduce(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignOperator {
    let rank = try shape(operands, 0).count
    var axes: [Int] = []
    for item in try stated(operands, 1, "axes") ?? [] {
      axes.append(try axis(item, rank: rank))
    }
    if axes.isEmpty {
      if try integer("noop_with_empty_axes", 0) != 0 { return .identity }
      axes = Array(0..<rank)
    }
    return .reduce(
      operation == "ReduceMax" ? .maximum : .mean, axes: Set(axes).sorted(),
      keepDimensions: try integer("keepdims", 1) != 0)
  }

  // MARK: - Dense

  private func gemm(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignDense {
    try require("transA", 0, try integer("transA", 0))
    let x = try shape(operands, 0)
    var weights = try reals(operands, 1, "weights")
    guard x.count == 2, weights.shape.count == 2 else {
      throw .mismatch(
        what: "dimensions", expected: "2", found: "input \(x), weights \(weights.shape)")
    }
    if try integer("transB", 0) == 0 { weights = weights.transposed([1, 0]) }
    let (alpha, beta) = (try real("alpha", 1), try real("beta", 1))
    if alpha != 1 {
      weights = ForeignTensor(weights.shape, .reals((weights.reals ?? []).map { $0 * alpha }))
    }
    guard weights.shape[1] == x[1] else {
      throw .mismatch(what: "features", expected: "\(weights.shape[1])", found: "\(x[1])")
    }
    var bias: [Float]?
    if let tensor = operand(operands, 2) == nil ? nil : try reals(operands, 2, "bias") {
      let values = tensor.reals ?? []
      guard values.count == 1 || values.count == weights.shape[0] else {
        throw .mismatch(
          what: "bias", expected: "\(weights.shape[0]) elements", found: "\(values.count)")
      }
      bias = (0..<weights.shape[0]).map { values[values.count == 1 ? 0 : $0] * beta }
    }
    return ForeignDense(weights: weights, bias: bias, axis: 1)
  }

  /// `x · W` contracts the last axis of `x`, `W · x` the last but one.
  private func matMul(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning {
    let isRight = operand(operands, 1)?.isConstant == true
    guard isRight || operand(operands, 0)?.isConstant == true else { throw .attention }
    let x = try shape(operands, isRight ? 0 : 1)
    var weights = try reals(operands, isRight ? 1 : 0, "weights")
    while weights.shape.count > 2, weights.shape[0] == 1 {
      weights = weights.reshaped(Array(weights.shape.dropFirst()))
    }
    guard weights.shape.count == 2, x.count >= 2 else {
      throw .mismatch(
        what: "dimensions", expected: "a matrix of weights",
        found: "input \(x), weights \(weights.shape)")
    }
    if isRight { weights = weights.transposed([1, 0]) }
    let axis = isRight ? x.count - 1 : x.count - 2
    guard weights.shape[1] == x[axis] else {
      throw .mismatch(what: "features", expected: "\(weights.shape[1])", found: "\(x[axis])")
    }
    return ForeignMeaning(
      .dense(ForeignDense(weights: weights, bias: nil, axis: axis)), operands: [isRight ? 0 : 1])
  }
}

extension ForeignTensor {
  static func scalar(_ value: Float) -> ForeignTensor { ForeignTensor([], .reals([value])) }
}
