import RouseNumerics

/// `y = clamp(round(x / scale[c]), low…high)`: real numbers as the codes that the quantizer gives them, less the zero
/// point; float32 that holds integers.
///
/// Only trains: `SimulateQuantization` puts it behind weights, biases and the network's input, and takes it out again.
/// With a scale for each index along `axis`, or one for the tensor.
///
/// - Rounding: the quotient in double, half away from zero, as the quantizer rounds constants.
/// - Gradient: straight through: `1 / scale[c]` where the clamp changes nothing, 0 elsewhere.
public struct FakeQuantize: TrainableOperator {
  public static let name = "fake_quantize"
  /// Positive; those of biases are products of two float32 scales, exact in double.
  public let scales: [Double]
  /// The axis that `scales` runs along, of any extent when there is only one.
  public let axis: Int
  public let limits: ClosedRange<Int32>

  /// - Precondition: there are scales, all of them positive and finite, and float32 can hold the limits.
  public init(scales: [Double], axis: Int = 0, limits: ClosedRange<Int32>) {
    precondition(
      !scales.isEmpty && scales.allSatisfy { $0.isFinite && $0 > 0 }, "scales must be positive")
    precondition(Self.holds(limits), "limits are integers of float32")
    self.scales = scales
    self.axis = axis
    self.limits = limits
  }

  public var attributes: [(key: String, value: String)] {
    [
      ("scales", scales.map { "\($0)" }.joined(separator: ",")), ("axis", "\(axis)"),
      ("low", "\(limits.lowerBound)"), ("high", "\(limits.upperBound)"),
    ]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    let scales = try attributes.doubles("scales")
    guard !scales.isEmpty, scales.allSatisfy({ $0 > 0 }) else {
      throw .text(line: attributes.line, expected: "positive scales", found: "\(scales)")
    }
    let limits = try attributes.int32Range()
    guard Self.holds(limits) else {
      throw .text(line: attributes.line, expected: "limits of 24 bits", found: "\(limits)")
    }
    self.init(scales: scales, axis: try attributes.int("axis"), limits: limits)
  }

  /// True when a clamp to `limits` gives the same in float32.
  private static func holds(_ limits: ClosedRange<Int32>) -> Bool {
    [limits.lowerBound, limits.upperBound].allSatisfy { Int32(exactly: Float($0)) == $0 }
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    try Self.requireAxis(axis, rank: inputs[0].rank)
    if scales.count > 1 {
      try Self.requireEqual("scales", expected: inputs[0][axis], found: scales.count)
    }
    return inputs
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    inputs[0].rank > 2 ? .sameRow : .timeless
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    step.shards.forEach({ shard, _ in
      forEachRun(part(shard, step.shards, of: x.count), x.shape) { start, count, scale in
        FloatKernels.fakeQuantize(
          Place(x, start), into: Place(y, start), count: count, scale: scale, limits: limits)
      }
    })
  }

  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let (x, dy) = (step.inputs[0], step.outputGradients[0])
    step.shards.forEach({ shard, _ in
      forEachRun(part(shard, step.shards, of: x.count), x.shape) { start, count, scale in
        FloatKernels.fakeQuantizeGradient(
          Place(x, start), Place(dy, start), into: Place(dx, start), count: count, scale: scale,
          limits: limits)
      }
    })
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  /// One shard's share of the elements: axis 0 of weights is not the batch, so they are cut regardless of rows.
  private func part(_ shard: Int, _ shards: Shards, of count: Int) -> Range<Int> {
    count * shard / shards.count..<count * (shard + 1) / shards.count
  }

  /// Calls `body` for stretches of elements that share a scale.
  private func forEachRun(
    _ elements: Range<Int>, _ shape: Shape, _ body: (_ start: Int, _ count: Int, Double) -> Void
  ) {
    guard scales.count > 1 else {
      if !elements.isEmpty { body(elements.lowerBound, elements.count, scales[0]) }
      return
    }
    var inner = 1
    for index in axis + 1..<shape.rank { inner *= shape[index] }
    var start = elements.lowerBound
    while start < elements.upperBound {
      let end = min((start / inner + 1) * inner, elements.upperBound)
      body(start, end - start, scales[start / inner % scales.count])
      start = end
    }
  }

  /// The codes of a constant, as `forward` computes them; nil when an element is not a number.
  package func codes(of values: [Float], shape: Shape) -> [Int32]? {
    if values.contains(where: { $0.isNaN }) { return nil }
    let x = FloatView(values, shape: shape)
    let y = FloatView(zeros: shape)
    forEachRun(0..<x.count, shape) { start, count, scale in
      FloatKernels.fakeQuantize(
        Place(x, start), into: Place(y, start), count: count, scale: scale, limits: limits)
    }
    return y.values.map { Int32($0) }
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(requantizations: outputs[0].count)
  }
}
